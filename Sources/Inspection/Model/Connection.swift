import Bytes
import Channels
import HTTP
import Packets
import Rules
import Streams
import WebSocket

/// One WebSocket connection, or an attempt at one, as it was when it was recognised.
///
/// Nothing of it changes but the counts in `traffic`: what becomes of it is reported when it has ended (`ConnectionEnd`). So it may be
/// kept, and looked at from any thread. A TCP connection may carry several: a refused upgrade and then a granted one are two.
public final class Connection: Sendable {
    public enum Status: Sendable {
        /// The upgrade was granted.
        case open
        /// The upgrade was answered with another status than 101.
        case refused
        /// No answer was captured, or none that can be read.
        case unanswered
        /// Frames were found although the handshake, or half of it, was not captured.
        case inferred
    }

    /// Counted from 1, in the order in which connections were recognised.
    public let number: UInt64
    /// Where a sink may keep its notes on it (`ConnectionTable`): a small number, used again once the connection has ended. 0 for
    /// attempts, which end as soon as they are reported.
    public let row: Int
    public let status: Status
    /// Digits after the decimal point of the capture's timestamps: 6 or 9.
    public let fractionDigits: UInt8
    public let carrier: Carrier
    public let client: Endpoint
    public let server: Endpoint
    /// When the upgrade was requested, or when the first captured part of the connection came.
    public let time: Timestamp
    /// When the upgrade was answered.
    public let responseTime: Timestamp?
    public let request: RequestHead?
    public let response: ResponseHead?
    /// What is assumed although it was not captured, a sentence each.
    public let inferred: [String]
    /// The packets of the handshake.
    public let packets: PacketList
    /// The extensions agreed on.
    public var extensions: [Extension] { agreed?.extensions ?? [] }
    /// permessage-deflate as agreed on.
    public var deflate: DeflateParameters? { agreed?.deflate }
    private let agreed: Agreed?
    /// Compressed messages are expected, or cannot be ruled out.
    let allowsCompression: Bool
    /// Another extension than compression was agreed on, or cannot be ruled out.
    let allowsUnknown: Bool
    /// What the rules say about the handshake; also reported as findings.
    public let handshakeFindings: HandshakeFindings
    /// The body of the answer that refused the upgrade.
    public var refusalBody: RefusalBody? { rare?.refusalBody }
    /// What each side's packets cost; nil unless `Inspector.Options.measuresTraffic` is set, and if another connection on the same
    /// TCP connection counts it.
    public var traffic: ConnectionTraffic? { rare?.traffic }
    /// Where it is in its TCP connection; nil unless `Inspector.Options.locates` is set.
    public var place: ConnectionPlace? { rare?.place }
    /// Who recorded it, where it comes from a recording: its messages are known, and neither frames nor packets. Nil if it was captured.
    public var recorder: String? { rare?.recorder }
    /// The processes that had its ends open when it was recognised; nil unless `Inspector.Options.owners` finds any.
    public var owners: SocketOwners? { rare?.owners }
    private let rare: Rare?

    /// The extensions agreed on, where there are any.
    private final class Agreed: Sendable {
        let extensions: [Extension]
        let deflate: DeflateParameters?

        init?(_ extensions: [Extension]) {
            if extensions.isEmpty { return nil }
            self.extensions = extensions
            deflate = DeflateParameters(agreedIn: extensions)
        }
    }

    /// What few connections have.
    private final class Rare: Sendable {
        let traffic: ConnectionTraffic?
        let refusalBody: RefusalBody?
        let place: ConnectionPlace?
        let recorder: String?
        let owners: SocketOwners?

        /// Nil where there is none of it.
        init?(
            _ traffic: ConnectionTraffic?, _ refusalBody: RefusalBody?, _ place: ConnectionPlace?, _ recorder: String?,
            _ owners: SocketOwners?
        ) {
            if traffic == nil, refusalBody == nil, place == nil, recorder == nil, owners == nil { return nil }
            self.traffic = traffic
            self.owners = owners
            self.refusalBody = refusalBody
            self.place = place
            self.recorder = recorder
        }
    }

    init(
        number: UInt64, client: Endpoint, server: Endpoint, status: Status, handshake: Handshake, inferred: [String],
        row: Int = 0, carrier: Carrier = Carrier(), findings: HandshakeFindings = HandshakeFindings(), refusalBody: RefusalBody? = nil,
        traffic: ConnectionTraffic? = nil, place: ConnectionPlace? = nil, recorder: String? = nil, owners: SocketOwners? = nil
    ) {
        self.number = number
        self.row = row
        self.carrier = carrier
        self.client = client
        self.server = server
        self.status = status
        time = handshake.time
        responseTime = handshake.responseTime
        fractionDigits = handshake.fractionDigits
        let response = handshake.response
        let extensions = response.flatMap { UpgradeResponse.extensions(of: $0) }?.extensions ?? []
        agreed = Agreed(extensions)
        allowsCompression = agreed?.deflate != nil || status == .inferred || response == nil
        allowsUnknown = response == nil || extensions.contains { !$0.name.equalsIgnoringCase(DeflateParameters.extensionName) }
        request = handshake.request
        self.response = response
        packets = handshake.packets
        self.inferred = inferred
        handshakeFindings = findings
        rare = Rare(traffic, refusalBody, place, recorder, owners)
    }

    /// The same connection with other heads, for a reader who may not see what was sent.
    public init(
        _ original: Connection, request: RequestHead?, response: ResponseHead?, refusalBody: RefusalBody?,
        handshakeFindings: HandshakeFindings
    ) {
        number = original.number
        row = original.row
        carrier = original.carrier
        client = original.client
        server = original.server
        status = original.status
        time = original.time
        responseTime = original.responseTime
        fractionDigits = original.fractionDigits
        self.request = request
        self.response = response
        rare = Rare(original.traffic, refusalBody, original.place, original.recorder, original.owners?.withoutCommands)
        self.handshakeFindings = handshakeFindings
        packets = original.packets
        inferred = original.inferred
        agreed = original.agreed
        allowsCompression = original.allowsCompression
        allowsUnknown = original.allowsUnknown
    }

    /// Its messages come from a recording.
    public var isRecorded: Bool { recorder != nil }

    /// `192.0.2.1:40000 → 192.0.2.2:80`, without an end that is not known; nil where neither is.
    public func ends(arrow: StaticString = "→") -> String? {
        guard client.isKnown || server.isKnown else { return nil }
        return (client.isKnown ? "\(client) " : "") + "\(arrow)" + (server.isKnown ? " \(server)" : "")
    }

    // MARK: What the handshake says

    public var subprotocol: String? { response.flatMap { UpgradeResponse.subprotocol(of: $0) } }
    public var url: String? { request?.webSocketURL(secure: carrier.security != nil) }

    /// Nanoseconds from the request to the answer.
    public var upgradeNanoseconds: Int64? { request == nil ? nil : responseTime?.nanoseconds(since: time) }
}

/// The traffic of both sides of a connection; packets that follow its end are counted too, since they belong to it.
public struct ConnectionTraffic: Sendable {
    public let client: DirectionTraffic
    public let server: DirectionTraffic
    /// It is that of a TCP connection with several streams, and no stream's own (`SharedFlow`).
    public var isShared = false

    public subscript(side: Side) -> DirectionTraffic { side == .client ? client : server }

    var copy: ConnectionTraffic {
        ConnectionTraffic(client: DirectionTraffic(client), server: DirectionTraffic(server), isShared: isShared)
    }

    /// A copy as it is now: more may be added to the traffic's own.
    var acknowledgeTimes: (client: Durations, server: Durations) {
        var times = (client: client.acknowledgeTimes, server: server.acknowledgeTimes)
        times.client.freeze()
        times.server.freeze()
        return times
    }
}

/// What was captured of an opening handshake.
///
/// An object, since it is handed on more often than it is changed, and refers to much.
final class Handshake {
    let time: Timestamp
    var responseTime: Timestamp?
    let fractionDigits: UInt8
    var request: RequestHead?
    var response: ResponseHead?
    var packets = PacketList()
    /// The server had announced that it takes such requests (RFC 8441 §3); nil if that is not known, or need not be.
    var isAnnounced: Bool?
    /// Fields of the heads are missing, so that nothing may be missed in them.
    var isPartial = false
    /// All fields were captured, and some are not kept.
    var leavesOutFields = false
    /// Packets of the server that were not captured before the request, on a layer that numbers them.
    var missingPacketCount: UInt64?
    /// What is wrong with an answer that cannot be read.
    var answerFault: Finding?
    /// What of the heads is not known, a sentence each.
    var inferred: [String] = []
    var requestHead: ConnectionPlace.Head?
    var responseHead: ConnectionPlace.Head?

    init(
        time: Timestamp, responseTime: Timestamp? = nil, fractionDigits: UInt8, request: RequestHead? = nil, response: ResponseHead? = nil
    ) {
        self.time = time
        self.responseTime = responseTime
        self.fractionDigits = fractionDigits
        self.request = request
        self.response = response
    }
}

extension Connection {
    /// Memory that its heads take while it is open, about, beyond what the limit on connections allows for each.
    var keptByteCount: Int { max(0, 2 * ((request?.byteCount ?? 0) + (response?.byteCount ?? 0)) - 4_096) }
}

extension DeflateParameters {
    /// permessage-deflate as agreed on; nil where it was not.
    package init?(agreedIn extensions: [Extension]) {
        guard let compression = extensions.first(where: { $0.name.equalsIgnoringCase(Self.extensionName) }) else { return nil }
        self.init(compression.parameters.map { ($0.name, $0.value) })
    }
}
