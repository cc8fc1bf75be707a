import Bytes
import HTTP
import Inspection
import Packets
import Streams
import Verdicts
import WebSocket

/// The figures of one connection: counted while it is open, and what a table shows of it afterwards.
package final class ConnectionFigures {
    package let number: UInt64
    package let client: Endpoint
    package let server: Endpoint
    package let status: Connection.Status
    package let responseStatus: Int?
    package var url: String?
    package let time: Timestamp
    package let fractionDigits: Int
    /// Its stream, and the TCP connection that this one shares with others; nil for one with a TCP connection of its own.
    package let shared: (flow: UInt64, stream: UInt64)?
    /// The Engine.IO session that this WebSocket goes on with.
    package let session: String?
    package private(set) var end: Timestamp
    package var fromClient: SideCost
    package var fromServer: SideCost
    /// By the side that sent the pings.
    package private(set) var clientPings = Heartbeat()
    package private(set) var serverPings = Heartbeat()
    /// The protocol inside it; nil while it is not known.
    package var protocolName: String?
    /// By the side that sent them first.
    var clientHeartbeat = ProtocolHeartbeat()
    var serverHeartbeat = ProtocolHeartbeat()
    private var clientTraffic: DirectionTraffic?
    private var serverTraffic: DirectionTraffic?

    /// Bytes of a URL, or of a target that is polled, that are kept: more than any table shows.
    package static let urlByteCount = 1_024

    package init(_ connection: Connection) {
        number = connection.number
        client = connection.client
        server = connection.server
        status = connection.status
        responseStatus = connection.response?.status
        let whole = connection.url
        url = whole.map { $0.utf8.count > Self.urlByteCount ? String(decoding: $0.utf8.prefix(Self.urlByteCount), as: UTF8.self) : $0 }
        time = connection.time
        end = connection.time
        fractionDigits = Int(connection.fractionDigits)
        session = connection.request.flatMap { RequestTarget($0.target).engineIO(transport: "websocket") }
        fromClient = SideCost()
        fromServer = SideCost()
        // What TLS costs is known of the whole connection that streams share.
        fromClient.isSecured = connection.carrier.security != nil && connection.carrier.stream == nil
        fromServer.isSecured = fromClient.isSecured
        fromClient.handshakeBytes = UInt64(connection.request?.byteCount ?? 0)
        fromServer.handshakeBytes = UInt64(connection.response?.byteCount ?? 0)
        shared = connection.carrier.stream.map { (connection.carrier.flow, $0) }
        guard let traffic = connection.traffic, !traffic.isShared else { return }
        clientTraffic = traffic.client
        serverTraffic = traffic.server
    }

    package func cost(of side: Side) -> SideCost { side == .client ? fromClient : fromServer }
    package func heartbeat(of side: Side) -> Heartbeat { side == .client ? clientPings : serverPings }
    package var both: SideCost { fromClient + fromServer }
    /// Bytes on the wire; of a stream, what of them is certainly its own.
    package var size: UInt64 { shared == nil ? both.wireBytes : both.ownBytes }
    package var durationNanoseconds: Int64 { max(0, end.nanoseconds(since: time)) }

    package func change(_ side: Side, _ change: (inout SideCost) -> Void) {
        if side == .client { change(&fromClient) } else { change(&fromServer) }
    }

    /// Takes a pong that answers a ping of the other side.
    package func takePong(from side: Side, roundTrip: Int64) {
        if side == .client { serverPings.roundTrips.add(roundTrip) } else { clientPings.roundTrips.add(roundTrip) }
    }

    /// Takes what is known when the connection has ended; packets may still follow.
    package func end(_ ended: ConnectionEnd) {
        end = ended.verdict.time
        clientPings.counts = ended.clientPings
        serverPings.counts = ended.serverPings
        clientPings.acknowledgeTimes = ended.acknowledgeTimes?.client ?? Durations()
        serverPings.acknowledgeTimes = ended.acknowledgeTimes?.server ?? Durations()
        clientPings.freeze()
        serverPings.freeze()
        fromClient.compressed.context.project()
        fromServer.compressed.context.project()
    }

    /// Takes the packets, when there are no more of them.
    /// - Parameter traffic: the figures to take, where more may be added to the connection's own.
    package func close(_ traffic: ConnectionTraffic? = nil) {
        let traffic = traffic?.isShared == true ? nil : traffic
        if let counted = traffic?.client ?? clientTraffic { fromClient.take(counted) }
        if let counted = traffic?.server ?? serverTraffic { fromServer.take(counted) }
        clientTraffic = nil
        serverTraffic = nil
    }
}
