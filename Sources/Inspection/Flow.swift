import Bytes
import HTTP
import Packets
import Rules
import Streams
import WebSocket

/// The two ends of a TCP connection, in an order that both directions agree on.
struct FlowKey: Equatable {
    var low: Endpoint
    var high: Endpoint

    /// The key of a segment, and whether it was sent by the low end.
    @inline(__always)
    static func of(_ segment: Segment) -> (key: FlowKey, fromLow: Bool) {
        let a = segment.source
        let b = segment.destination
        return precedes(a, b) ? (FlowKey(low: a, high: b), true) : (FlowKey(low: b, high: a), false)
    }

    @inline(__always)
    private static func precedes(_ a: Endpoint, _ b: Endpoint) -> Bool {
        if a.address.low != b.address.low { return a.address.low < b.address.low }
        if a.address.high != b.address.high { return a.address.high < b.address.high }
        return a.port <= b.port
    }

    @inline(__always)
    var hash: UInt64 {
        var mixed = (low.address.low ^ low.address.high) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ high.address.low ^ high.address.high) &* 0xC2B2_AE3D_27D4_EB4F
        mixed = (mixed ^ UInt64(low.port) << 16 ^ UInt64(high.port)) &* 0x9E37_79B9_7F4A_7C15
        return mixed ^ mixed >> 29
    }
}

/// A request whose response has not been seen yet.
struct PendingRequest {
    enum Kind {
        case plain
        /// A WebSocket opening handshake.
        case upgrade(Handshake)
        /// CONNECT: behind a 2xx both directions begin anew.
        case tunnel
    }

    var method: String
    var kind: Kind
    /// Stream offset behind its head.
    var end: UInt64
    var exchange: OpenExchange?
}

/// One TCP connection and what its two directions are understood to be.
final class Flow {
    // What every packet touches comes first, side by side.
    let hash: UInt64
    let low: Lane
    let high: Lane
    var connection: Connection?
    /// The direction whose FIN came first.
    var firstFin: Lane?
    var isOver = false
    let key: FlowKey
    /// Counted from 1, in the order in which flows were seen.
    let serial: UInt64
    let fractionDigits: UInt8
    var pending: [PendingRequest] = []
    /// A PROXY header before the client's first request, where heads are located.
    var proxyHeader: ConnectionPlace.Head?
    /// The upgrade that was refused last, while the body of that answer comes.
    var refusal: Refusal?
    /// Heads of other exchanges since the attempt before, where heads are located.
    private(set) var otherHeads: [ConnectionPlace.Head] = []
    private var otherHeadByteCount = 0
    private static let otherHeadLimit = 256 << 10
    /// Requests may be missing, so a response is not waited for with.
    var hasLostRequests = false
    /// The answer to an upgrade is missing.
    var hasLostResponse = false
    /// The last connection on this flow that has ended.
    var ended: Connection?
    var hasToldDataAfterEnd = false
    var reset: Reset?
    /// A response has ended: the client's next data are of something else.
    var isBetweenExchanges = false
    /// A connection has the lanes' `traffic`.
    var isTrafficTaken = false

    /// A RST, and what its sender was last seen to send before.
    struct Reset {
        var facts: EndFacts.Reset
        var seenBefore: PacketMark
    }

    init(key: FlowKey, hash: UInt64, serial: UInt64, fractionDigits: UInt8) {
        self.serial = serial
        self.key = key
        self.hash = hash
        self.fractionDigits = fractionDigits
        low = Lane(sender: key.low)
        high = Lane(sender: key.high)
    }

    /// The last packet.
    var seen: PacketMark { low.seen.number > high.seen.number ? low.seen : high.seen }

    @inline(__always) func lane(fromLow: Bool) -> Lane { fromLow ? low : high }
    func other(_ lane: Lane) -> Lane { lane === low ? high : low }
    func lane(of side: Side) -> Lane { low.side == side ? low : high }

    /// Whether the answer to an upgrade is due.
    var asksUpgrade: Bool { firstUpgrade != nil }

    private var firstUpgrade: Int? { pending.firstIndex { if case .upgrade = $0.kind { true } else { false } } }

    /// Keeps the head of another exchange than an attempt, when it stands behind one or between its request and its answer.
    func keep(_ head: ConnectionPlace.Head) {
        guard asksUpgrade || ended != nil || refusal != nil, otherHeadByteCount < Self.otherHeadLimit else { return }
        otherHeads.append(head)
        otherHeadByteCount += head.bytes.count
    }

    func takeOtherHeads() -> [ConnectionPlace.Head] {
        defer { (otherHeads, otherHeadByteCount) = ([], 0) }
        return otherHeads
    }

    /// An upgrade was granted: if requests before it seem to wait yet, their answers were not captured.
    func forgetRequestsBeforeUpgrade() {
        if let place = firstUpgrade { pending.removeFirst(place) }
    }

    /// Says which end is the client; the other is the server.
    func assign(client lane: Lane) {
        lane.side = .client
        other(lane).side = .server
    }
}

/// One direction of a TCP connection.
final class Lane {
    /// What the bytes that come next are taken for.
    ///
    /// The decoders are kept apart from the lane, which stays small enough to be looked at in few cache lines.
    enum Stage {
        /// The first bytes will tell.
        case undecided
        indirect case request(RequestHeadDecoder)
        indirect case response(ResponseHeadDecoder)
        indirect case body(BodyDecoder)
        /// The body with which an upgrade is refused.
        indirect case refusal(BodyDecoder)
        /// The client's bytes behind an upgrade request or a CONNECT: what they are depends on the response.
        case awaiting
        /// Behind a 101, as long as it may still turn out that the client goes on with HTTP.
        case upgraded
        case frames
        /// Out of step, or joined midway: the start of a head or of a chain of frames is looked for.
        indirect case searching(FrameSearch)
        /// Not ours.
        case opaque
    }

    // What every packet touches comes first.
    /// Its last packet, of whatever kind.
    var seen = PacketMark(number: 0, time: Timestamp(nanoseconds: 0))
    /// What its sender had received when it last sent data.
    var heard: UInt32?
    /// Its window is 0.
    var isStalled = false
    /// What it sent again without any answer since.
    var repeats = EndFacts.Repeats()
    var reassembler = StreamReassembler()
    var stage = Stage.undecided
    var frames: FrameLaneBox?
    /// Stream bytes that wait for more.
    var window = ByteBuffer()
    /// Stream offset of the first byte of `window`.
    var windowOffset: UInt64 = 0
    var lastMark = PacketMark(number: 0, time: Timestamp(nanoseconds: 0))
    /// Whether `marks` has any: asked for every frame.
    private(set) var hasMarks = false
    /// nil while it is not known which end is the client.
    var side: Side?
    /// Where in the stream the packets that fill `window` end; what is behind the last is of `lastMark`.
    private(set) var marks: [(end: UInt64, mark: PacketMark)] = []
    /// What of this lane is in the engine's count of waiting bytes.
    var weighedByteCount = 0
    let sender: Endpoint
    /// The first FIN, and what its sender had received by then.
    var fin: ConnectionRules.TransportEnd.Fin?
    var finPacket: UInt64 = 0
    /// The last bytes before the first FIN of either side.
    var spokeBeforeFin: PacketMark?
    /// The first bytes behind the other side's FIN.
    var spokeAfterFin: PacketMark?
    /// The last time that its window was 0.
    var stall: EndFacts.Stall?
    /// nil unless traffic is measured.
    var traffic: LaneTraffic?
    /// What the body that is being read belongs to.
    var exchange: OpenExchange?

    init(sender: Endpoint) { self.sender = sender }

    /// The packet that brought the byte at a stream offset.
    @inline(__always)
    func mark(at offset: UInt64) -> PacketMark {
        if !hasMarks { return lastMark }
        let place = firstMark(endingBehind: offset)
        return place < marks.count ? marks[place].mark : lastMark
    }

    /// The place in `marks` of the packet that brought the byte at a stream offset; their number when it was the last one.
    private func firstMark(endingBehind offset: UInt64) -> Int {
        var range = 0..<marks.count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = marks[middle].end > offset ? range.lowerBound..<middle : middle + 1..<range.upperBound
        }
        return range.lowerBound
    }

    /// The next stream offset behind `offset` where a packet of the window ends; nil when that is the window's end.
    func packetEnd(behind offset: UInt64) -> UInt64? {
        let place = firstMark(endingBehind: offset)
        return place < marks.count ? marks[place].end : nil
    }

    /// True when a packet of the window ends at a stream offset, the last one's end not counted.
    func isPacketEnd(_ offset: UInt64) -> Bool {
        let place = firstMark(endingBehind: offset)
        return place > 0 && marks[place - 1].end == offset
    }

    /// Adds the packets that brought the bytes of a stream range.
    @inline(__always)
    func addPackets(_ range: Range<UInt64>, to list: inout PacketList, limit: Int) {
        if !hasMarks { return list.add(lastMark.number, limit: limit) }
        var start = range.lowerBound
        for entry in marks[firstMark(endingBehind: start)...] where start < range.upperBound {
            list.add(entry.mark.number, limit: limit)
            start = entry.end
        }
        if start < range.upperBound { list.add(lastMark.number, limit: limit) }
    }

    /// Says that the bytes up to `offset` are of `lastMark`, and what follows of `mark`.
    func addMark(_ mark: PacketMark, behind offset: UInt64) {
        marks.append((end: offset, mark: lastMark))
        hasMarks = true
        lastMark = mark
    }

    func forgetMarks() {
        guard hasMarks else { return }
        marks.removeAll(keepingCapacity: true)
        hasMarks = false
    }

    func forgetMarks(upTo offset: UInt64) {
        guard hasMarks else { return }
        marks.removeFirst(firstMark(endingBehind: offset))
        hasMarks = !marks.isEmpty
    }

    /// Bytes that wait, behind a hole or for more, with what it takes to know their packets.
    var waitingByteCount: Int { window.count + marks.count * 24 + reassembler.heldBytes }

    /// Forgets all waiting bytes.
    func clear() {
        windowOffset += UInt64(window.count)
        window.removeAll(keepingAtMost: 4_096)
        forgetMarks()
    }
}
