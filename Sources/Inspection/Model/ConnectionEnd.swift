import WebSocket

/// What became of a connection, once nothing more comes of it.
public struct ConnectionEnd: Sendable {
    public var connection: Connection
    /// How and why it ended.
    public var verdict: Verdict
    public var client: Totals
    public var server: Totals
    public var clientPings: PingCounts
    public var serverPings: PingCounts

    public init(
        of connection: Connection, _ verdict: Verdict, client: Totals = Totals(), server: Totals = Totals(),
        clientPings: PingCounts = PingCounts(), serverPings: PingCounts = PingCounts()
    ) {
        self.connection = connection
        self.verdict = verdict
        self.client = client
        self.server = server
        self.clientPings = clientPings
        self.serverPings = serverPings
    }

    public func totals(of side: Side) -> Totals { side == .client ? client : server }

    /// What became of the pings that a side sent.
    public func pingCounts(of side: Side) -> PingCounts { side == .client ? clientPings : serverPings }
}
