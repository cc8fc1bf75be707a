import Packets
import Processes

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the kernel says below `/proc`; nothing where there is no such thing, as on macOS.
enum ProcFiles {
    /// All of a file, whose length is not known before.
    static func content(_ path: String) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 32 << 10)
        while true {
            let count = unsafe read(descriptor, &room, room.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count == 0 ? content : nil }
            content += room.prefix(count)
        }
    }

    /// The numbers among the names in a directory: processes in `/proc`, descriptors in `/proc/PID/fd`.
    static func numbers(in path: String) -> [Int32] { names(in: path).compactMap { Int32($0) } }

    /// The names in a directory.
    static func names(in path: String) -> [String] {
        guard let directory = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            // Invariant: the name ends with a zero, and is valid until the next call.
            names.append(
                unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                    unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
                })
        }
        return names.filter { $0 != "." && $0 != ".." }
    }

    static func target(ofLink path: String) -> String? {
        var room = [CChar](repeating: 0, count: 256)
        let count = unsafe readlink(path, &room, room.count)
        return count > 0 ? String(decoding: room.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }

    /// What this process has started, and what that has started.
    static func descendants() -> [Int32] {
        if content("/proc/self/task/\(getpid())/children") != nil { return ProcessTree.descendants(of: getpid(), children) }
        // A kernel without these files: all processes are asked for their parents, which takes longer.
        var started: [Int32: [Int32]] = [:]
        for stat in numbers(in: "/proc").compactMap({ stat(of: $0) }) { started[stat.parent, default: []].append(stat.id) }
        return ProcessTree.descendants(of: getpid()) { started[$0] ?? [] }
    }

    /// Processes that any thread of a process has started.
    private static func children(of process: Int32) -> [Int32] {
        numbers(in: "/proc/\(process)/task").flatMap { thread in
            content("/proc/\(process)/task/\(thread)/children").map(ProcessTree.children) ?? []
        }
    }

    static func stat(of process: Int32) -> ProcessStat? {
        content("/proc/\(process)/stat").flatMap { ProcessStat(String(decoding: $0, as: UTF8.self)) }
    }

    /// The kernel's tables of TCP sockets.
    static func socketTables() -> [[UInt8]] { ["/proc/net/tcp", "/proc/net/tcp6"].compactMap { content($0) } }

    /// Inodes of the sockets that a process has open.
    static func sockets(of process: Int32) -> [UInt64] {
        numbers(in: "/proc/\(process)/fd").compactMap { number in
            target(ofLink: "/proc/\(process)/fd/\(number)").flatMap { SocketTable.inode(ofLink: $0) }
        }
    }
}
