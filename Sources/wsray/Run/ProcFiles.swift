import Processes
import System

/// What the kernel says below `/proc`; nothing where there is no such thing, as on macOS.
enum ProcFiles {
    /// What this process has started, and what that has started.
    static func descendants() -> [Int32] {
        let own = CurrentProcess.id
        if Directory.content(ofFile: "/proc/self/task/\(own)/children") != nil { return ProcessTree.descendants(of: own, children) }
        // A kernel without these files: all processes are asked for their parents, which takes longer.
        var started: [Int32: [Int32]] = [:]
        for stat in numbers(in: "/proc").compactMap({ stat(of: $0) }) { started[stat.parent, default: []].append(stat.id) }
        return ProcessTree.descendants(of: own) { started[$0] ?? [] }
    }

    /// Processes that any thread of a process has started.
    private static func children(of process: Int32) -> [Int32] {
        numbers(in: "/proc/\(process)/task").flatMap { thread in
            Directory.content(ofFile: "/proc/\(process)/task/\(thread)/children").map(ProcessTree.children) ?? []
        }
    }

    static func stat(of process: Int32) -> ProcessStat? {
        Directory.content(ofFile: "/proc/\(process)/stat").flatMap { ProcessStat(String(decoding: $0, as: UTF8.self)) }
    }

    /// Inodes of the sockets that a process has open.
    static func sockets(of process: Int32) -> [UInt64] {
        numbers(in: "/proc/\(process)/fd").compactMap { number in
            Directory.target(ofLink: "/proc/\(process)/fd/\(number)").flatMap { SocketTable.inode(ofLink: $0) }
        }
    }

    /// All processes, those that began last first, as their numbers tell.
    static var all: [Int32] { numbers(in: "/proc").sorted(by: >) }

    /// Whether a process has a socket open; false where its files may not be looked at, or the time is up.
    static func holds(_ inode: UInt64, _ process: Int32, until end: Int64) -> Bool {
        let wanted = "socket:[\(inode)]"
        return numbers(in: "/proc/\(process)/fd").contains { number in
            SystemClock.nanoseconds < end && Directory.target(ofLink: "/proc/\(process)/fd/\(number)") == wanted
        }
    }

    /// The beginning of a command line, its words between blanks; nil for what has none.
    static func command(of process: Int32, limit: Int) -> String? {
        guard let bytes = Directory.content(ofFile: "/proc/\(process)/cmdline"), !bytes.isEmpty else { return nil }
        let words = bytes.prefix(limit).map { $0 == 0 ? UInt8(ascii: " ") : $0 }
        let isCut = bytes.count > limit
        let text = String(decoding: words.reversed().drop { $0 == UInt8(ascii: " ") }.reversed(), as: UTF8.self)
        return isCut ? text + "…" : text
    }

    private static func numbers(in path: String) -> [Int32] { Directory.names(in: path).compactMap { Int32($0) } }
}
