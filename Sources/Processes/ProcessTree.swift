/// A process as `/proc/PID/stat` describes it (proc_pid_stat(5)).
public struct ProcessStat: Hashable, Sendable {
    public var id: Int32
    /// At most 15 bytes, chosen by the process itself.
    public var name: String
    /// `R`, `S`, `Z` and so on.
    public var state: Character
    public var parent: Int32

    /// - Parameter text: the file's only line. The name in it may contain blanks and parentheses.
    public init?(_ text: String) {
        guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")"), open < close else { return nil }
        let rest = text[text.index(after: close)...].split(separator: " ")
        guard let id = Int32(text[..<open].filter { $0 != " " }), rest.count >= 2, let parent = Int32(rest[1]), rest[0].count == 1,
            let state = rest[0].first
        else { return nil }
        self.id = id
        self.parent = parent
        self.state = state
        name = String(text[text.index(after: open)..<close])
    }
}

/// Which process started which.
public enum ProcessTree {
    /// What a process has started, and what that has started, without the process itself.
    /// - Parameter children: the processes that a process has started.
    public static func descendants(of root: Int32, _ children: (Int32) -> [Int32]) -> [Int32] {
        var found: [Int32] = []
        var known: Set<Int32> = [root]
        var pending = [root]
        while let parent = pending.popLast() {
            for child in children(parent) where known.insert(child).inserted {
                found.append(child)
                pending.append(child)
            }
        }
        return found
    }

    /// The processes in `/proc/PID/task/TID/children`: numbers between blanks.
    public static func children(_ text: [UInt8]) -> [Int32] {
        text.split(separator: UInt8(ascii: " ")).compactMap { Int32(String(decoding: $0, as: UTF8.self)) }
    }
}
