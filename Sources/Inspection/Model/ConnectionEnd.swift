import Streams
import Verdicts
import WebSocket

/// What became of a connection, once nothing more comes of it.
public struct ConnectionEnd: Sendable {
    public var connection: Connection
    private let conclusion: Conclusion
    public var client: Totals
    public var server: Totals
    public var clientPings: PingCounts
    public var serverPings: PingCounts
    /// A copy of its traffic as it was by now, for whoever does not wait for packets that follow.
    public internal(set) var trafficByNow: ConnectionTraffic?
    /// Times from data to the acknowledgement that covers them, as measured by the end of the connection.
    public internal(set) var acknowledgeTimes: (client: Durations, server: Durations)?

    public init(
        of connection: Connection, _ conclusion: Conclusion, client: Totals = Totals(), server: Totals = Totals(),
        clientPings: PingCounts = PingCounts(), serverPings: PingCounts = PingCounts()
    ) {
        self.connection = connection
        self.conclusion = conclusion
        self.client = client
        self.server = server
        self.clientPings = clientPings
        self.serverPings = serverPings
    }

    /// How and why it ended. Made each time it is asked for.
    public var verdict: Verdict { conclusion.verdict }

    /// The verdict without its sentence and the rows that prove it.
    public var outline: Verdict { conclusion.outline }

    public func totals(of side: Side) -> Totals { side == .client ? client : server }

    /// Frames that both sides sent; messages where it was recorded, and frames are not known.
    public var unitCount: UInt64 {
        connection.isRecorded ? client.messages &+ server.messages : client.frames &+ server.frames
    }

    /// Application bytes that both sides sent.
    public var byteCount: UInt64 { client.bytes.addingSaturated(server.bytes) }

    /// What became of the pings that a side sent.
    public func pingCounts(of side: Side) -> PingCounts { side == .client ? clientPings : serverPings }
}
