import Bytes
import Channels
import TLS

/// What one end of a connection sends: its keys, its packet numbers, and what it has announced.
// Invariant where accesses are not checked for exclusiveness: one thread reaches them, and what changes one in place calls nothing that
// reaches the same one.
final class Sender {
    let direction: Direction
    @safe @exclusivity(unchecked) var phases: KeyPhases?
    @safe @exclusivity(unchecked) var application = NumberSpace()
    @safe @exclusivity(unchecked) var sent = SentPackets()
    @safe @exclusivity(unchecked) var traffic = DatagramTraffic()
    /// The packet of which the time until its acknowledgement was taken last: it may have several pieces.
    @safe @exclusivity(unchecked) var timedNumber: UInt64?
    @safe @exclusivity(unchecked) var initial = NumberSpace()
    @safe @exclusivity(unchecked) var handshake = NumberSpace()
    var handshakeProtection: PacketProtection?
    var earlyProtection: PacketProtection?
    @safe @exclusivity(unchecked) var initialMessages = CryptoStream()
    @safe @exclusivity(unchecked) var handshakeMessages = CryptoStream()
    /// Connection IDs that it chose, which the other end writes into its packets; the newest last.
    private(set) var ids: [ConnectionID] = []
    /// The one that the packet looked at last has. How long it is follows from the packet and the IDs alone, not from packets before.
    @safe @exclusivity(unchecked) private(set) var current = ConnectionID()
    /// One of them begins with another.
    @safe @exclusivity(unchecked) private var hasPrefixes = false
    var parameters: TransportParameters?
    /// What proves that it lost the connection (RFC 9000 §10.3).
    private var resetTokens: [[UInt8]] = []
    /// What it may send on all streams, as the other end says; nil where that is not known.
    @safe @exclusivity(unchecked) var maxData: UInt64?
    /// How far all its streams reach together.
    @safe @exclusivity(unchecked) var dataCount: UInt64 = 0
    @safe @exclusivity(unchecked) var isStalled = false
    /// Streams on which bytes of its are missing before others, to be looked at in turn.
    @safe @exclusivity(unchecked) var gapped: [QUICStream] = []
    private var gappedIndex = 0
    /// Memory of bytes that wait for those before them.
    @safe @exclusivity(unchecked) var heldCost = 0
    @safe @exclusivity(unchecked) var waiting = WaitingPackets()
    /// Of each kind of protection, what is known about secrets that are lacking.
    var lacks: [PacketLevel: Lack] = [:]
    /// Why its packets cannot be opened, the most telling reason so far.
    var misfit: OpaqueReason?
    var hasOpenedHandshake = false
    /// Datagrams that it sent after the handshake and that could not be opened.
    var unopenedCount: UInt64 = 0

    /// What is known about secrets that opened nothing.
    struct Lack {
        /// How many secrets the store had when none of them fitted.
        var generation = -1
        var failedCount = 0
    }

    /// Memory of all that waits.
    var waitingByteCount: Int { heldCost + waiting.cost + initialMessages.heldCost + handshakeMessages.heldCost }

    private static let idLimit = 64

    init(_ direction: Direction) { self.direction = direction }

    /// Notes an ID that it chose; the oldest one is returned if there are too many.
    func add(_ id: ConnectionID) -> ConnectionID? {
        if ids.contains(id) { return nil }
        if !hasPrefixes, ids.contains(where: { $0.begins(with: id) || id.begins(with: $0) }) { hasPrefixes = true }
        ids.append(id)
        let oldest = ids.count > Self.idLimit ? ids.removeFirst() : nil
        if ids.count == 1 || current == oldest { current = id }
        return oldest
    }

    /// Gives back what only packets of the handshake need.
    func forgetHandshake() {
        handshakeProtection = nil
        initialMessages = CryptoStream()
        handshakeMessages = CryptoStream()
    }

    /// The next one of the streams with gaps.
    func nextGapped() -> QUICStream? {
        guard !gapped.isEmpty else { return nil }
        if gappedIndex >= gapped.count { gappedIndex = 0 }
        defer { gappedIndex += 1 }
        return gapped[gappedIndex]
    }

    func removeGapped(at index: Int) {
        let last = gapped.removeLast()
        guard index < gapped.count else { return }
        gapped[index] = last
        last.withHalf(direction) { $0.gapIndex = index }
    }

    func add(resetToken token: [UInt8]) {
        if resetTokens.count >= Self.idLimit { resetTokens.removeFirst() }
        resetTokens.append(token)
    }

    /// Whether a datagram ends with one of its tokens (RFC 9000 §10.3.1).
    func hasResetToken(_ datagram: Span<UInt8>) -> Bool {
        guard !resetTokens.isEmpty, datagram.count >= 21 else { return false }
        let end = datagram.extracting(datagram.count - 16..<datagram.count).copied()
        return resetTokens.contains(end)
    }

    /// Whether a packet with a short header begins with one of its IDs, the longest of which is the current one then. Otherwise that is
    /// the newest one: one that was not captured is most likely as long.
    @inline(__always)
    func isAddressed(by datagram: Span<UInt8>) -> Bool {
        !hasPrefixes && current.stands(in: datagram) || isAddressedAnew(by: datagram)
    }

    @inline(never)
    private func isAddressedAnew(by datagram: Span<UInt8>) -> Bool {
        var longest: ConnectionID?
        for id in ids where id.byteCount >= longest?.byteCount ?? 0 && id.stands(in: datagram) { longest = id }
        current = longest ?? ids.last ?? ConnectionID()
        return longest != nil
    }
}

/// What protects a packet (RFC 9001 §2.1).
enum PacketLevel: Hashable {
    case initial
    case earlyData
    case handshake
    case application
}

/// Packets of one direction that wait for secrets, in the order in which they came.
struct WaitingPackets {
    struct Packet {
        var bytes: [UInt8]
        var numberOffset: Int
        var level: PacketLevel
        var version: QUICVersion?
        var mark: PacketMark
        /// Which of all packets of the connection that wait it is.
        var order: UInt64

        var cost: Int { bytes.count + 96 }
    }

    private(set) var packets: [Packet] = []
    private var head = 0
    private(set) var cost = 0

    var isEmpty: Bool { head == packets.count }

    /// Keeps a packet, and gives up the oldest ones that there is no room for; how many those are.
    mutating func append(_ packet: Packet, limit: Int) -> Int {
        cost += packet.cost
        packets.append(packet)
        var count = 0
        while cost > limit, head < packets.count {
            cost -= packets[head].cost
            packets[head].bytes = []
            head += 1
            count += 1
        }
        if head > 64, head * 2 > packets.count {
            packets.removeFirst(head)
            head = 0
        }
        return count
    }

    /// All of them, which do not wait any more.
    mutating func takeAll() -> [Packet] {
        defer { self = WaitingPackets() }
        return Array(packets[head...])
    }
}
