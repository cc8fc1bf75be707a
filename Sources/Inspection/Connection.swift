import Bytes
import HTTP
import Packets
import Rules
import Streams
import WebSocket

/// One WebSocket connection, or one attempt at it, as reports see it.
///
/// A TCP connection may carry several: a refused upgrade and then a granted one are two.
public final class Connection {
    public enum Status: Sendable {
        /// The upgrade was granted.
        case open
        /// The upgrade was answered with another status than 101.
        case refused
        /// No answer was captured.
        case unanswered
        /// Frames were found although the handshake, or half of it, was not captured.
        case inferred
    }

    // What every frame touches comes first, side by side.
    /// Counted from 1, in the order in which connections were recognised.
    public let number: UInt64
    public let status: Status
    /// Digits behind the decimal point that the capture's timestamps have: 6 or 9.
    public let fractionDigits: UInt8
    var frameCount: UInt64 = 0
    var messageCount: UInt64 = 0
    var clientTotals = Totals()
    var serverTotals = Totals()
    /// The last frame of each side, or the handshake.
    var clientSpoke: PacketMark
    var serverSpoke: PacketMark

    public let client: Endpoint
    public let server: Endpoint
    /// When the upgrade was asked for, or what there is of it first seen.
    public let time: Timestamp
    /// When the upgrade was answered.
    public let responseTime: Timestamp?
    public let request: RequestHead?
    public let response: ResponseHead?
    /// What is taken for granted without having been seen, a sentence each.
    public let inferred: [String]
    /// The packets of the handshake.
    public let packets: PacketList
    /// permessage-deflate as agreed on.
    public let deflate: DeflateParameters?

    /// What the rules say of the handshake; told as findings too.
    public internal(set) var handshakeFindings = HandshakeFindings()
    /// What came with the status that refused the upgrade.
    public internal(set) var refusalBody: RefusalBody?
    /// How and why it ended; nil until then.
    public internal(set) var verdict: Verdict?
    /// Room for a sink to note what it decided about this connection; 0 at first, and nothing to the inspection.
    public var selection: UInt64 = 0

    /// nil unless `Inspector.Options.measuresTraffic`, and where another connection on the same TCP connection counts it.
    var clientTraffic: LaneTraffic?
    var serverTraffic: LaneTraffic?

    /// Where it stands in its TCP connection, when the inspector was asked to say so.
    public internal(set) var place: ConnectionPlace?

    var closes = CloseLog()
    /// The limit on memory was told of.
    var hasToldMemory = false
    var pings = PingLog()
    /// Pings without a pong when the connection was about to end; what comes later came too late.
    private var keptPings: (client: EndFacts.Pings?, server: EndFacts.Pings?)?
    var clientConduct = Conduct()
    var serverConduct = Conduct()
    var rules: ConnectionRules
    /// The TCP connection, until this connection ends.
    var flow: Flow?

    init(number: UInt64, client: Endpoint, server: Endpoint, status: Status, handshake: Handshake, inferred: [String]) {
        self.number = number
        self.client = client
        self.server = server
        self.status = status
        time = handshake.time
        responseTime = handshake.responseTime
        fractionDigits = handshake.fractionDigits
        request = handshake.request
        response = handshake.response
        packets = handshake.packets
        clientSpoke = PacketMark(number: handshake.packets.first, time: handshake.time)
        serverSpoke = PacketMark(number: handshake.packets.last, time: handshake.responseTime ?? handshake.time)
        rules = ConnectionRules(isInferred: status == .inferred)
        self.inferred = inferred
        let agreed = response.flatMap { UpgradeResponse($0) }?.extensions.extensions ?? []
        extensions = agreed
        let compression = agreed.first { $0.name.lowercased() == DeflateParameters.extensionName }
        deflate = compression.map { DeflateParameters($0.parameters.map { ($0.name, $0.value) }) }
    }

    /// The same connection with other heads, for those who may not see what was sent.
    ///
    /// What changes while a connection lasts is as of now; `follow` brings it up to date.
    public init(
        _ original: Connection, request: RequestHead?, response: ResponseHead?, refusalBody: RefusalBody?,
        handshakeFindings: HandshakeFindings
    ) {
        number = original.number
        client = original.client
        server = original.server
        status = original.status
        time = original.time
        responseTime = original.responseTime
        fractionDigits = original.fractionDigits
        self.request = request
        self.response = response
        self.refusalBody = refusalBody
        self.handshakeFindings = handshakeFindings
        packets = original.packets
        rules = ConnectionRules(isInferred: original.status == .inferred)
        inferred = original.inferred
        extensions = original.extensions
        deflate = original.deflate
        place = original.place
        clientSpoke = original.clientSpoke
        serverSpoke = original.serverSpoke
        follow(original, verdict: original.verdict)
    }

    /// Takes over what has become of the connection that this one stands for.
    public func follow(_ original: Connection, verdict: Verdict?) {
        frameCount = original.frameCount
        messageCount = original.messageCount
        clientTotals = original.clientTotals
        serverTotals = original.serverTotals
        self.verdict = verdict
    }

    // MARK: What the handshake says

    /// The extensions agreed on.
    public let extensions: [Extension]
    public var subprotocol: String? { response.flatMap { UpgradeResponse($0) }?.subprotocol }
    public var url: String? { request?.webSocketURL(secure: false) }

    /// Nanoseconds from the request to the answer.
    public var upgradeNanoseconds: Int64? { request == nil ? nil : responseTime?.nanoseconds(since: time) }

    /// What a side's packets cost; packets that follow the end are counted too, since they belong to it.
    public func traffic(of side: Side) -> LaneTraffic? { side == .client ? clientTraffic : serverTraffic }

    /// What became of the pings that a side sent.
    public func pingCounts(of side: Side) -> PingCounts { pings.counts(of: side) }

    public func totals(of side: Side) -> Totals { side == .client ? clientTotals : serverTotals }

    /// Field by field, because this runs once per frame and a field costs no check of exclusive access.
    @inline(__always)
    func countFrame(of side: Side, wireBytes: UInt64, headerBytes: UInt64, _ mark: PacketMark) {
        if side == .client {
            clientSpoke = mark
            clientTotals.frames += 1
            clientTotals.wireBytes += wireBytes
            clientTotals.headerBytes += headerBytes
        } else {
            serverSpoke = mark
            serverTotals.frames += 1
            serverTotals.wireBytes += wireBytes
            serverTotals.headerBytes += headerBytes
        }
    }

    /// What a verdict wants to know of one side's conduct.
    struct Conduct {
        /// The first and the last frame that makes the other side fail the connection.
        var firstFault: EndFacts.Fault?
        var lastFault: EndFacts.Fault?
        /// The first of those that followed one another closely up to the last: what comes behind it may be no frames at all.
        var runFault: EndFacts.Fault?
        /// Bytes that the capture lacks since the side's last frame, and how many frames there were then.
        var missing: (byteCount: UInt64, frameCount: UInt64, mark: PacketMark)?
    }

    func keepPings() { keptPings = (pings.unanswered(from: .client), pings.unanswered(from: .server)) }

    func unansweredPings(from side: Side) -> EndFacts.Pings? {
        guard let keptPings else { return pings.unanswered(from: side) }
        return side == .client ? keptPings.client : keptPings.server
    }

    func conduct(of side: Side) -> Conduct { side == .client ? clientConduct : serverConduct }

    func note(_ fault: EndFacts.Fault, of side: Side) {
        var conduct = conduct(of: side)
        if conduct.firstFault == nil { conduct.firstFault = fault }
        let pause = conduct.lastFault.map { fault.mark.time.nanoseconds(since: $0.until) } ?? .max
        if pause > Judgement.reactionTime { conduct.runFault = fault }
        conduct.lastFault = fault
        if side == .client { clientConduct = conduct } else { serverConduct = conduct }
    }

    func note(missing count: UInt64, of side: Side, _ mark: PacketMark) {
        var conduct = conduct(of: side)
        let before = conduct.missing.flatMap { $0.frameCount == totals(of: side).frames ? $0.byteCount : nil } ?? 0
        conduct.missing = (before &+ count, totals(of: side).frames, mark)
        if side == .client { clientConduct = conduct } else { serverConduct = conduct }
    }

    @inline(__always)
    func countMessage(of side: Side, bytes: UInt64) {
        if side == .client {
            clientTotals.messages += 1
            clientTotals.bytes += bytes
        } else {
            serverTotals.messages += 1
            serverTotals.bytes += bytes
        }
    }
}

/// What was seen of an opening handshake.
struct Handshake {
    var time: Timestamp
    var responseTime: Timestamp?
    var fractionDigits: UInt8
    var request: RequestHead?
    var response: ResponseHead?
    var packets = PacketList()
    var requestHead: ConnectionPlace.Head?
    var responseHead: ConnectionPlace.Head?
}
