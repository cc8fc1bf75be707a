import Bytes
import Channels
import Verdicts

/// A layer on a channel, and the channels that it carries.
final class CarrierSession {
    let layer: any Layer
    /// The same where it takes bytes of a channel.
    let ofBytes: (any ByteLayer)?
    /// The same where it takes datagrams.
    let ofDatagrams: (any DatagramLayer)?
    /// The number of its connection on datagrams (`DatagramOwner.connection`).
    let datagramConnection: UInt64?
    /// The channel of the stream that was asked for last: the next bytes are often its own.
    @safe @exclusivity(unchecked) private var latest: Channel?
    /// Streams that one end gave up, and when: the other one may still be sending.
    @safe @exclusivity(unchecked) var draining: [(stream: UInt64, since: PacketMark)] = []
    let transport: String
    /// The packet that brought its first bytes.
    let begun: PacketMark
    /// Taken out while it is in use.
    @safe @exclusivity(unchecked) var output: LayerOutput? = LayerOutput()
    /// What a layer on datagrams contributes to the count of waiting bytes.
    var countedByteCount = 0
    /// How far the streams may be read while what waited is taken in the order of its packets; nil if that is not going on.
    var replayed: Pair<UInt64>?
    /// What is reported came with earlier packets, whose times are those of findings.
    var isReplaying = false
    /// Bytes of each direction that came after those that wait for secrets, and were not kept.
    var overflow = Pair<UInt64>(fromLow: 0, fromHigh: 0)
    /// How TCP ended, while the layer waits for what may still open it.
    var deferredEnd: TransportEnd?
    /// How the whole of each direction stalled last, because its receiver took no more.
    var stalls = Pair<EndFacts.Stall?>(fromLow: nil, fromHigh: nil)
    /// Why a sender gives up all its streams, where it said so.
    var warnings = Pair<(abort: StreamAbort, mark: PacketMark)?>(fromLow: nil, fromHigh: nil)
    /// It says where parts of its units stand.
    var isLocating = false
    /// WebSocket connections on its streams so far, refused ones included.
    var connectionCount: UInt64 = 0
    /// What both sides had sent before its first byte, if that is measured and was all captured.
    var bytesBefore: UInt64?
    /// WebSocket connections on streams that have ended, for what is found later.
    private var endedConnections: [UInt64: Connection] = [:]
    private var endedOrder: [UInt64] = []
    private static let endedCount = 256
    /// Those that are over.
    private var drained: Set<UInt64> = []
    private var drainedOrder: [UInt64] = []
    /// In the order in which they were first heard of; nil where one has ended.
    private var slots: [Channel?] = []
    private var indices: [UInt64?: Int] = [:]
    /// From the first to the last stream that is not followed, since there were too many.
    private var omitted: ClosedRange<UInt64>?

    init(_ layer: any ByteLayer, transport: String, begun: PacketMark) {
        self.layer = layer
        ofBytes = layer
        ofDatagrams = nil
        datagramConnection = nil
        self.transport = transport
        self.begun = begun
    }

    /// - Parameter connection: its number (`DatagramOwner.connection`).
    init(_ layer: any DatagramLayer, of connection: UInt64, transport: String, begun: PacketMark) {
        self.layer = layer
        ofBytes = nil
        ofDatagrams = layer
        datagramConnection = connection
        self.transport = transport
        self.begun = begun
    }

    /// In the order in which they were first heard of.
    var children: [Channel] { slots.compactMap { $0 } }
    var childCount: Int { indices.count }

    func child(_ stream: UInt64?) -> Channel? {
        if let latest, latest.id.stream == stream { return latest }
        guard let index = indices[stream] else { return nil }
        latest = slots[index]
        return latest
    }

    /// The channel of a stream if it was asked for last, for a call, without counting a reference.
    @inline(__always)
    func latestChild(_ stream: UInt64) -> Unmanaged<Channel>? {
        guard let latest, latest.id.stream == stream else { return nil }
        return unsafe .passUnretained(latest)
    }

    func add(_ child: Channel) {
        indices[child.id.stream] = slots.count
        slots.append(child)
    }

    /// Forgets a stream that has ended.
    func remove(_ child: Channel) {
        guard let index = indices.removeValue(forKey: child.id.stream) else { return }
        slots[index] = nil
        if latest === child { latest = nil }
        guard slots.count > 64, indices.count * 2 < slots.count else { return }
        slots.removeAll { $0 == nil }
        for (index, child) in slots.enumerated() { if let child { indices[child.id.stream] = index } }
    }

    private func keep(_ connection: Connection, _ stream: UInt64) {
        if endedConnections.updateValue(connection, forKey: stream) == nil { endedOrder.append(stream) }
        if endedOrder.count > Self.endedCount { endedConnections[endedOrder.removeFirst()] = nil }
    }

    /// Notes that nothing more is awaited of a stream that was given up.
    func noteDrained(_ stream: UInt64) {
        if drained.insert(stream).inserted { drainedOrder.append(stream) }
        if drainedOrder.count > Self.endedCount { drained.remove(drainedOrder.removeFirst()) }
    }

    func isDrained(_ stream: UInt64?) -> Bool { stream.map { drained.contains($0) } ?? false }

    /// The WebSocket connection on a stream that has ended, if it is still remembered.
    func endedConnection(on stream: UInt64) -> Connection? { endedConnections[stream] }

    /// Notes that a stream is not followed, now or later. Numbers of streams grow.
    func omit(_ stream: UInt64?) {
        let stream = stream ?? 0
        omitted = omitted.map { min($0.lowerBound, stream)...max($0.upperBound, stream) } ?? stream...stream
    }

    /// A stream without a channel began when there were too many of them.
    func hasOmitted(_ stream: UInt64?) -> Bool { omitted?.contains(stream ?? 0) ?? false }
}

extension Channel {
    /// The session of the layer on it, for a call, without counting a reference.
    @inline(__always)
    var unretainedCarrier: Unmanaged<CarrierSession>? {
        if case .carrier(let session) = session { unsafe .passUnretained(session) } else { nil }
    }

    /// The channels that this one carries, each before those that it carries itself.
    var descendants: [Channel] {
        guard case .carrier(let session) = session else { return [] }
        return session.children.flatMap { [$0] + $0.descendants }
    }

    /// The layer on datagrams that carries this channel, if one does, and the stream there.
    var datagrams: (layer: any DatagramLayer, stream: UInt64)? {
        var channel = self
        while let parent = channel.parent {
            if case .carrier(let session) = parent.session, let layer = session.ofDatagrams {
                return channel.id.stream.map { (layer, $0) }
            }
            channel = parent
        }
        return nil
    }

    /// Packets of one direction that were not captured, on a layer that numbers them.
    func missingPacketCount(from direction: Direction) -> UInt64? { datagrams?.layer.traffic(of: direction).missingPacketCount }

    /// A layer below cannot read what comes next in a direction.
    func isUnread(_ direction: Direction) -> Bool {
        var next = parent
        while let below = next {
            if case .carrier(let session) = below.session, session.layer.facts.isUnread(direction) { return true }
            next = below.parent
        }
        return false
    }
}
