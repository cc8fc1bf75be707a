import Bytes
import Inspection
import Packets

/// Everything that a report of figures shows, once nothing more comes.
package struct Figures {
    package var fromClient: SideCost
    package var fromServer: SideCost
    package var connections: UInt64
    /// From the first connection's beginning to the last one's end.
    package var durationNanoseconds: Int64
    /// Connections to be shown, in the order in which they are.
    package var rows: [ConnectionFigures]
    /// Connections that are in the totals only: because of a limit, or because others are larger.
    package var omitted: UInt64
    /// TCP connections that several streams share.
    package var shared: [SharedFlowFigures]
    package var polling: [Polled]
    /// Requests that were not looked at, because of the limit on targets.
    package var overlooked: UInt64
    /// What messages mean, by protocol and name, where that was decoded.
    package var operations: [OperationFigures] = []
    /// Operations that were not counted by name, because of the limit on names.
    package var overlookedOperations: UInt64 = 0
    /// Operations beyond those that are kept of a message.
    package var omittedOperations: UInt64 = 0
    /// Requests of which it is not known whether they were answered.
    package var unpairedRequests: UInt64 = 0
    /// WebSockets on shared TCP connections beyond `StatsLimits.rowCount`.
    package var overlookedStreams: UInt64 = 0

    /// Polling, and the WebSocket beside it, if there is one.
    package struct Polled {
        package var polling: Polling
        package var connection: ConnectionFigures?
        /// The WebSocket is what the same Engine.IO session was upgraded to.
        package var isUpgraded = false

        /// The heads that open a WebSocket: those that were captured, otherwise an estimate.
        package var handshakeBytes: UInt64 { capturedHandshakeBytes ?? polling.estimatedHandshakeBytes }

        package var capturedHandshakeBytes: UInt64? {
            guard let connection, connection.fromClient.handshakeBytes > 0, connection.fromServer.handshakeBytes > 0 else { return nil }
            return connection.both.handshakeBytes
        }

        /// What the same payloads take as frames, the payloads themselves not counted.
        package var asFramesBytes: UInt64 { polling.frameHeaderBytes + handshakeBytes }
    }

    package init(
        _ rows: [ConnectionFigures], _ beyond: (connections: UInt64, client: SideCost, server: SideCost), _ shared: [SharedFlowFigures],
        _ polling: [Polling], top: Int?, isPart: Bool, overlooked: UInt64
    ) {
        fromClient = shared.reduce(rows.reduce(beyond.client) { $0 + $1.fromClient }) { $0 + $1.clientCost }
        fromServer = shared.reduce(rows.reduce(beyond.server) { $0 + $1.fromServer }) { $0 + $1.serverCost }
        self.shared = shared
        connections = UInt64(rows.count) + beyond.connections
        let begin = rows.map(\.time).min()
        let end = rows.map(\.end).max()
        durationNanoseconds = if let begin, let end { max(0, end.nanoseconds(since: begin)) } else { 0 }
        self.rows = rows
        if let top, top < rows.count {
            self.rows = Array(rows.sorted { ($0.size, $1.number) > ($1.size, $0.number) }.prefix(top))
        }
        omitted = connections - UInt64(self.rows.count)
        self.overlooked = overlooked
        self.polling = Self.pair(polling, rows)
        if isPart { self.polling.removeAll { $0.connection == nil } }
    }

    package var both: SideCost { fromClient + fromServer }

    /// Finds the WebSocket that goes on with a session, else the first one between the same two hosts.
    private static func pair(_ polling: [Polling], _ rows: [ConnectionFigures]) -> [Polled] {
        let opened = Dictionary(grouping: rows.filter { $0.status == .open }) {
            Hosts(client: $0.client.address, server: $0.server.address)
        }
        return polling.map { polling in
            let near = opened[Hosts(client: polling.key.client, server: polling.key.server.address)] ?? []
            guard let session = polling.key.session else {
                return Polled(polling: polling, connection: near.first { $0.server == polling.key.server } ?? near.first)
            }
            // The WebSocket of another session is none of this one's.
            let upgraded = session.isEmpty ? nil : near.first { $0.session == session }
            return Polled(polling: polling, connection: upgraded, isUpgraded: upgraded != nil)
        }
    }

    private struct Hosts: Hashable {
        package var client: IPAddress
        package var server: IPAddress
    }
}
