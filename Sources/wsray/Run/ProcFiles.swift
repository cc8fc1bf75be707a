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

    private static func numbers(in path: String) -> [Int32] { Directory.names(in: path).compactMap { Int32($0) } }
}
