import Bytes
import CSocketDiagnosis
import Capture
import Packets
import Processes
import System

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
    /// Ends the thread.
    private let ending: WakePipe
    private var thread: Background.Running?

    /// First segments of connections, over IPv4 and, where no header stands before TCP's, IPv6.
    private static let filter = "tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn or (ip6[6] == 6 and ip6[53] & 0x12 == 2)"

    /// Milliseconds between looks at the processes where no connection begins.
    private static let interval: Int32 = 50

    /// Opens the interfaces, which takes permission.
    init(_ interfaces: [String]) throws(CaptureError) {
        packets = try PacketWatch(interfaces, filter: Self.filter)
        do throws(SystemError) { ending = try WakePipe() } catch {
            throw CaptureError(.unreadable, "opening a pipe failed: \(error.words)")
        }
    }

    /// Begins to watch. As root it is faster, where there is much else to do.
    func start() { thread = Background.run { [self] in work() } }

    /// The command has been started: its process is known before it connects.
    func noteStart() { lock.withLock { _ in processes = ProcFiles.descendants() } }

    func stop() {
        ending.ring()
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
        // A process may close its socket within a millisecond.
        CurrentProcess.hurryThisThread()
        var items = ([ending.descriptor] + packets.descriptors).map { Awaited($0) }
        while true {
            items.wait(milliseconds: Self.interval)
            if items[0].isReady { return }
            lock.withLock { _ in
                look()
                // So that there is less to do when a connection begins.
                if !items.contains(where: \.isReady) { processes = ProcFiles.descendants() }
            }
        }
    }

    /// Looks at all connections that have begun since the last time.
    private func look() {
        while packets.receive(&batch) {
            // To be had only while a process has its socket open, so this comes before everything else.
            let pairs = beginningPairs()
            let sockets = pairs.flatMap { [Self.socket(of: $0), Self.socket(of: $0.reversed)] }.filter { $0.inode != 0 }
            var owned = Set(processes.flatMap { ProcFiles.sockets(of: $0) })
            if !sockets.isEmpty, !sockets.contains(where: { owned.contains($0.inode) }) {
                let known = Set(processes)
                processes = ProcFiles.descendants()
                for process in processes where !known.contains(process) { owned.formUnion(ProcFiles.sockets(of: process)) }
            }
            for pair in pairs { ownership.forget(pair) }
            ownership.learn(sockets, owned: owned)
        }
    }

    /// The socket at the source of a connection, or the one that listens there.
    private static func socket(of pair: SocketPair) -> SocketEntry {
        let (local, remote) = (pair.source.address.octets, pair.destination.address.octets)
        // Invariant: both have the same number of bytes, which is passed.
        let inode =
            local.count == remote.count
            ? unsafe wsray_socket_inode(local, remote, Int32(local.count), pair.source.port, pair.destination.port) : 0
        return SocketEntry(local: pair.source, remote: pair.destination, state: 1, inode: UInt64(inode))
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

extension IPAddress {
    /// As on the wire.
    var octets: [UInt8] {
        let words = isV4 ? [low << 32] : [high, low]
        return words.flatMap { word in (0..<(isV4 ? 4 : 8)).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) } }
    }
}
