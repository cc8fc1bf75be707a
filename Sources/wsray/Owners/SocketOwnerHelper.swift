import Inspection
import Processes
import System

/// A process beside a live capture that looks below `/proc` for who has a socket open.
///
/// The capture itself cannot: whom Landlock confines may not look at other processes, nor may who has given up root at those of others. So
/// this is this program once more, started before, which reads numbers from the capture and nothing from strangers. It gives up all but
/// the one capability that looking takes, and most system calls.
enum SocketOwnerHelper {
    /// The only argument of such a process; a second one says that it gives up nothing.
    private static let word = "find-socket-owners--"
    private static let freely = "freely"

    /// Nanoseconds that an answer may take.
    static let longestSearch: Int64 = 300_000_000
    private static let recentCount = 16
    /// Bytes of a command line, and of an answer.
    private static let commandLimit = 256
    static let answerLimit = 1_024

    // MARK: In the capture

    /// Starts it; nil where it cannot be, or would find nothing.
    static func start(isConfined: Bool) -> CompanionProcess? {
        guard let program = CurrentProcess.programPath else { return nil }
        let command = "exec \(RemoteOptions.quoted(program)) \(word)\(isConfined ? "" : " \(freely)")"
        return try? CompanionProcess(command, environment: CurrentProcess.environment)
    }

    /// What an answer says: the number, the name and the command line of a process, tabs between them.
    static func owner(_ answer: [UInt8]) -> SocketOwner? {
        let words = answer.split(separator: UInt8(ascii: "\t"), maxSplits: 2, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard words.count == 3, let process = Int32(words[0]) else { return nil }
        return SocketOwner(process: process, name: words[1], command: words[2].isEmpty ? nil : words[2])
    }

    // MARK: In the process

    /// Does its work to the end if these are its arguments; false if they are not.
    static func runIfAsked(_ arguments: [String]) -> Bool {
        guard arguments.first == word else { return false }
        // It ends with the capture, and not before.
        Signal.interrupt.ignore()
        if arguments.last != freely {
            var needs = Sandbox.Needs(folders: nil)
            needs.looksAtProcesses = true
            Sandbox.enter(needs)
        }
        var recent: [Int32] = []
        while let line = readLine() {
            let answer = UInt64(line).flatMap { found($0, &recent) } ?? ""
            guard (try? Descriptor.standardOutput.write(Array("\(answer)\n".utf8).span)) != nil else { break }
        }
        return true
    }

    private static func found(_ inode: UInt64, _ recent: inout [Int32]) -> String? {
        let end = SystemClock.nanoseconds + longestSearch
        let known = Set(recent)
        let process =
            recent.first { ProcFiles.holds(inode, $0, until: end) }
            ?? ProcFiles.all.first { !known.contains($0) && ProcFiles.holds(inode, $0, until: end) }
        guard let process, let stat = ProcFiles.stat(of: process) else { return nil }
        // Those that were found last are asked first.
        recent = ([process] + recent.filter { $0 != process }).prefix(recentCount).map { $0 }
        let command = ProcFiles.command(of: process, limit: commandLimit) ?? ""
        return "\(process)\t\(line(stat.name))\t\(line(command))"
    }

    /// Without what would end a line or a word.
    private static func line(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
    }
}
