import Bytes
import Capture
import Packets
import Processes
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Finds out whose connections are: whenever one begins, it looks at once which process has its socket open.
final class SocketWatch: @unchecked Sendable {
    // Invariant: everything below is used under the lock.
    private let lock = Mutex(())
    private let packets: PacketWatch
    private var batch = PacketBatch()
    private var decoder = PacketDecoder()
    private var ownership = SocketOwnership()
    /// Processes that the command has started, itself included, as of the last look.
    private var processes: [Int32] = []
    /// A pipe whose end ends the thread.
    private let ending: (reading: Int32, writing: Int32)
    private var thread: Background.Running?

    /// First segments of connections, over IPv4 and, where no header stands before TCP's, IPv6.
    private static let filter = "tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn or (ip6[6] == 6 and ip6[53] & 0x12 == 2)"

    /// Milliseconds between looks at the processes where no connection begins.
    private static let interval: Int32 = 50

    /// Opens the interfaces, which takes permission.
    init(_ interfaces: [String]) throws(CaptureError) {
        packets = try PacketWatch(interfaces, filter: Self.filter)
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw CaptureError(.unreadable, "opening a pipe failed") }
        ending = (ends[0], ends[1])
    }

    deinit {
        close(ending.reading)
        close(ending.writing)
    }

    /// Begins to watch. As root it is faster, where there is much else to do.
    func start() { thread = Background.run { [self] in work() } }

    func stop() {
        var byte: UInt8 = 0
        _ = unsafe write(ending.writing, &byte, 1)
        thread?.join()
        thread = nil
    }

    /// Whether a connection that has begun is the command's.
    func owns(_ pair: SocketPair) -> Bool {
        lock.withLock { _ in
            // Its first segment has passed by; it may wait to be looked at.
            look()
            return ownership.owns(pair)
        }
    }

    /// Processes that the command has started and that still run.
    static func remainingProcesses() -> [ProcessStat] {
        ProcFiles.descendants().compactMap { ProcFiles.stat(of: $0) }.filter { $0.state != "Z" }
    }

    private func work() {
        #if os(Linux)
            // A process may close its socket within a millisecond. On Linux this is about the calling thread, and root's to do.
            #if canImport(Musl)
                _ = setpriority(PRIO_PROCESS, 0, -20)
            #else
                _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, -20)
            #endif
        #endif
        var items = ([ending.reading] + packets.descriptors).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while true {
            let count = unsafe poll(&items, nfds_t(items.count), Self.interval)
            guard count >= 0 || errno == EINTR else { return }
            if count > 0, items[0].revents != 0 { return }
            lock.withLock { _ in
                look()
                // So that there is less to do when a connection begins.
                if count == 0 { processes = ProcFiles.descendants() }
            }
        }
    }

    /// Looks at all connections that have begun since the last time.
    private func look() {
        while packets.receive(&batch) {
            // Both are to be had only while a process has its socket open, so they come before everything else.
            let tables = ProcFiles.socketTables()
            var owned = Set(processes.flatMap { ProcFiles.sockets(of: $0) })
            let known = Set(processes)
            processes = ProcFiles.descendants()
            for process in processes where !known.contains(process) { owned.formUnion(ProcFiles.sockets(of: process)) }
            for pair in beginningPairs() { ownership.forget(pair) }
            ownership.learn(tables.flatMap { SocketTable.entries($0) }, owned: owned)
        }
    }

    /// The connections whose first segments are in the batch.
    private func beginningPairs() -> Set<SocketPair> {
        var pairs: Set<SocketPair> = []
        for place in 0..<batch.count {
            let header = batch.header(at: place, number: 0, of: packets.interfaces)
            guard case .segment(let segment) = decoder.decode(header, batch.bytes(at: place)) else { continue }
            pairs.insert(SocketPair(source: segment.source, destination: segment.destination))
        }
        return pairs
    }
}
