import Bytes
import HTTP
import Packets
import Rules
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
    public internal(set) var ending: Ending?

    var closes = CloseLog()
    /// The limit on memory was told of.
    var hasToldMemory = false
    var pings = PingLog()
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
        rules = ConnectionRules(isInferred: status == .inferred)
        self.inferred = inferred
        let agreed = response.flatMap { UpgradeResponse($0) }?.extensions.extensions ?? []
        extensions = agreed
        let compression = agreed.first { $0.name.lowercased() == DeflateParameters.extensionName }
        deflate = compression.map { DeflateParameters($0.parameters.map { ($0.name, $0.value) }) }
    }

    // MARK: What the handshake says

    /// The extensions agreed on.
    public let extensions: [Extension]
    public var subprotocol: String? { response.flatMap { UpgradeResponse($0) }?.subprotocol }
    public var url: String? { request?.webSocketURL(secure: false) }

    /// Nanoseconds from the request to the answer.
    public var upgradeNanoseconds: Int64? { request == nil ? nil : responseTime?.nanoseconds(since: time) }

    public func totals(of side: Side) -> Totals { side == .client ? clientTotals : serverTotals }

    /// Field by field, because this runs once per frame and a field costs no check of exclusive access.
    @inline(__always)
    func countFrame(of side: Side, wireBytes: UInt64, headerBytes: UInt64) {
        if side == .client {
            clientTotals.frames += 1
            clientTotals.wireBytes += wireBytes
            clientTotals.headerBytes += headerBytes
        } else {
            serverTotals.frames += 1
            serverTotals.wireBytes += wireBytes
            serverTotals.headerBytes += headerBytes
        }
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
}
