import Bytes
import Channels
import Inspection
import Packets
import Waits

/// What sharing costs and saves on one TCP connection with several streams, and what streams waited for each other.
package struct SharedFlowFigures {
    package let flow: UInt64
    package let client: Endpoint
    package let server: Endpoint
    package var transport: String
    /// WebSocket connections on it that are counted, and how many of them at the same time.
    package var connectionCount: UInt64 = 0
    package var mostAtOnce: UInt64 = 0
    /// All WebSocket connections on it, those included that are not counted.
    package var wholeConnectionCount: UInt64 = 0
    /// Heads of the upgrades, as they came, and as HTTP/1.1 has them.
    package var headBytes: UInt64 = 0
    package var plainHeadBytes: UInt64 = 0
    /// What each side sent to keep streams apart; nil where the end of it was not reported.
    package var fromClient: Framing?
    package var fromServer: Framing?
    /// Its packets, and what in them is no stream's own.
    package var clientCost = SideCost()
    package var serverCost = SideCost()
    package var handshakeByteCount: UInt64?
    /// What QUIC's packet numbers and acknowledgements show; nil over TCP.
    package var clientDatagrams: DatagramTraffic?
    package var serverDatagrams: DatagramTraffic?
    package var waited = HeadOfLine()

    init(_ connection: Connection) {
        flow = connection.carrier.flow
        client = connection.client
        server = connection.server
        transport = connection.carrier.transport
    }

    /// QUIC carries it, and not TCP.
    package var isQUIC: Bool { transport == "h3" }
    /// `QUIC 3`, `TCP 1`.
    package var name: String { "\(isQUIC ? "QUIC" : "TCP") \(flow)" }

    // MARK: What it costs

    package var framingBytes: UInt64 { (fromClient?.overheadByteCount ?? 0) + (fromServer?.overheadByteCount ?? 0) }
    package var contentFrames: UInt64 { (fromClient?.contentFrameCount ?? 0) + (fromServer?.contentFrameCount ?? 0) }
    package var cost: SideCost { clientCost + serverCost }

    /// Streams that carry no WebSocket.
    package var otherStreams: UInt64 {
        let all = (fromClient?.streamCount ?? 0) + (fromServer?.streamCount ?? 0)
        return all - min(all, wholeConnectionCount)
    }

    // MARK: What it saves

    /// TCP connections that HTTP/1.1 would need beside this one: each WebSocket has its own there, and requests have another.
    package var savedConnections: UInt64 {
        let needed = connectionCount + (otherStreams > 0 ? 1 : 0)
        return needed - min(needed, 1)
    }

    /// To open a TCP connection, and to close it.
    private static let packetsOfConnection: UInt64 = 7

    /// IP's and TCP's or UDP's headers of those, as long as the headers here are on average.
    package var savedTransportBytes: UInt64 {
        let cost = cost
        return cost.packets > 0 ? cost.transportBytes * Self.packetsOfConnection * savedConnections / cost.packets : 0
    }

    /// Handshakes of TLS like the one here.
    package var savedHandshakeBytes: UInt64 { (handshakeByteCount ?? 0) * savedConnections }
    package var savedHeadBytes: UInt64 { plainHeadBytes - min(plainHeadBytes, headBytes) }
    package var savedBytes: UInt64 { savedTransportBytes + savedHandshakeBytes + savedHeadBytes }
}

extension SharedFlowFigures {
    /// Takes what is known when it has ended; packets may still follow.
    mutating func end(_ flow: SharedFlow) {
        transport = flow.transport
        wholeConnectionCount = flow.connectionCount
        fromClient = flow.client
        fromServer = flow.server
        handshakeByteCount = flow.handshakeByteCount
        clientDatagrams = flow.clientDatagrams
        serverDatagrams = flow.serverDatagrams
    }

    /// Takes its packets, when there are no more of them.
    mutating func close(_ traffic: ConnectionTraffic) {
        clientCost.take(traffic.client)
        serverCost.take(traffic.server)
        let isSecured = transport.hasSuffix("tls") || isQUIC
        if let fromClient { clientCost.take(fromClient, isSecured: isSecured) }
        if let fromServer { serverCost.take(fromServer, isSecured: isSecured) }
    }
}
