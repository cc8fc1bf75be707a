import Bytes
import Chains
import HTTP
import Inspection
import Packets
import Statistics
import Streams
import WebSocket

// The report for tools: one object, format `wsray-stats/1`.
extension StatsReport {
    /// The JSON Schema of the object, as in `Docs/wsray-stats.schema.json`.
    public static var schema: [UInt8] { PackageResources.wsray_stats_schema_json }

    mutating func write(_ figures: Figures, _ chains: ChainFigures, _ summary: Summary, failure: String?, tool: String, version: String) {
        output.append(json: #"{"type":"stats","schema":"wsray-stats/1","source":"#)
        output.append(sources: sources, tool: tool, version: version)
        output.append(#","complete":"#, failure == nil)
        if let failure { output.append(#","reason":"#, string: failure) }
        output.append(#","packets":"#, summary.packets)
        output.append(#","total":{"connections":"#, figures.connections)
        output.append(json: #","duration":"#)
        TimeText.appendSeconds(figures.durationNanoseconds, to: &output)
        append(#","client":{"messages":"#, figures.fromClient)
        append(#","server":{"messages":"#, figures.fromServer)
        output.append(json: #"},"connections":["#)
        for (index, row) in figures.rows.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            append(row)
        }
        output.append(#"],"connectionsOmitted":"#, figures.omitted)
        output.append(json: #","shared":["#)
        for (index, flow) in figures.shared.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            append(flow)
        }
        output.append(json: #"],"polling":["#)
        for (index, polled) in figures.polling.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            append(polled)
        }
        output.append(#"],"requestsOverlooked":"#, figures.overlooked)
        append(figures.operations, overlooked: figures.overlookedOperations)
        if figures.omittedOperations > 0 { output.append(#","operationsOmitted":"#, figures.omittedOperations) }
        if figures.unpairedRequests > 0 { output.append(#","requestsUnpaired":"#, figures.unpairedRequests) }
        append(chains)
        output.append(json: "}\n")
    }

    // MARK: Connections

    private mutating func append(_ row: ConnectionFigures) {
        output.append(#"{"connection":"#, row.number)
        output.append(json: #","time":""#)
        time.append(row.time, digits: row.fractionDigits, to: &output)
        output.append(json: #"","duration":"#)
        TimeText.appendSeconds(row.durationNanoseconds, to: &output)
        append(#","client":{"address":"#, row.client)
        append(#","server":{"address":"#, row.server)
        output.append(#","status":"#, row.status.name)
        if let shared = row.shared {
            output.append(#","tcp":"#, shared.flow)
            output.append(#","stream":"#, shared.stream)
        }
        if let url = row.url { output.append(#","url":"#, string: url) }
        append(#","cost":{"client":{"messages":"#, row.fromClient)
        append(#","server":{"messages":"#, row.fromServer)
        output.append(UInt8(ascii: "}"))
        append(#","pings":{"client":{"sent":"#, row.heartbeat(of: .client))
        append(#","server":{"sent":"#, row.heartbeat(of: .server))
        output.append(UInt8(ascii: "}"))
        if let name = row.protocolName {
            output.append(#","protocol":"#, string: name)
            append(#","heartbeats":{"client":{"sent":"#, row.protocolHeartbeat(of: .client))
            append(#","server":{"sent":"#, row.protocolHeartbeat(of: .server))
            output.append(UInt8(ascii: "}"))
        }
        output.append(UInt8(ascii: "}"))
    }

    mutating func append(_ key: StaticString, _ endpoint: Endpoint) {
        output.append(key, string: endpoint.address.description)
        output.append(#","port":"#, UInt64(endpoint.port))
        output.append(UInt8(ascii: "}"))
    }

    private mutating func append(_ key: StaticString, _ cost: SideCost) {
        output.append(key, cost.messages)
        output.append(#","frames":"#, cost.frames)
        output.append(#","packets":"#, cost.packets)
        output.append(#","acknowledgments":"#, cost.acknowledgments)
        output.append(#","applicationBytes":"#, cost.applicationBytes)
        output.append(#","wireBytes":"#, cost.wireBytes)
        output.append(#","parts":{"payload":"#, cost.payloadBytes)
        output.append(#","control":"#, cost.controlBytes)
        output.append(#","frameHeaders":"#, cost.headerBytes)
        output.append(#","maskingKeys":"#, cost.keyBytes)
        output.append(#","handshake":"#, cost.handshakeBytes)
        output.append(#","repeated":"#, cost.repeatedBytes)
        output.append(#","other":"#, cost.otherBytes)
        if cost.tlsBytes > 0 { output.append(#","tls":"#, cost.tlsBytes) }
        if cost.framingBytes > 0 { output.append(#","framing":"#, cost.framingBytes) }
        output.append(#","transport":"#, cost.transportBytes)
        output.append(UInt8(ascii: "}"))
        if cost.compressed.messages > 0 { append(cost.compressed) }
        output.append(UInt8(ascii: "}"))
    }

    private mutating func append(_ cost: CompressedCost) {
        output.append(#","compression":{"messages":"#, cost.messages)
        output.append(#","applicationBytes":"#, cost.applicationBytes)
        output.append(#","wireBytes":"#, cost.wireBytes)
        let context = cost.context
        if context.messages > 0 || context.left > 0 {
            output.append(#","estimate":{"messages":"#, context.messages)
            output.append(#","wireBytes":"#, context.wireBytes)
            output.append(#","aloneBytes":"#, context.aloneBytes)
            output.append(#","left":"#, context.left)
            if !context.isExact { output.append(#","sampled":"#, context.sampled) }
            output.append(UInt8(ascii: "}"))
        }
        output.append(UInt8(ascii: "}"))
    }

    // MARK: Heartbeat

    private mutating func append(_ key: StaticString, _ beat: Heartbeat) {
        output.append(key, beat.counts.sent)
        output.append(#","answered":"#, beat.counts.answered)
        output.append(#","answeredByLater":"#, beat.counts.covered)
        output.append(#","unanswered":"#, beat.counts.unanswered)
        if beat.counts.forgotten > 0 { output.append(#","unknown":"#, beat.counts.forgotten) }
        output.append(#","pongsUnsolicited":"#, beat.counts.unsolicited)
        append(#","roundTrip":{"count":"#, beat.roundTrips)
        append(#","acknowledgment":{"count":"#, beat.acknowledgeTimes)
        if beat.counts.sent > 0, let judgement = beat.judgement { output.append(#","judgement":"#, string: judgement.rawValue) }
        output.append(UInt8(ascii: "}"))
    }

    private mutating func append(_ key: StaticString, _ durations: Durations) {
        guard let median = durations.median else { return }
        output.append(key, durations.count)
        output.append(json: #","minimum":"#)
        TimeText.appendSeconds(durations.minimum, to: &output)
        output.append(json: #","median":"#)
        TimeText.appendSeconds(median, to: &output)
        output.append(json: #","maximum":"#)
        TimeText.appendSeconds(durations.maximum, to: &output)
        output.append(UInt8(ascii: "}"))
    }

    // MARK: Polling

    private mutating func append(_ polled: Figures.Polled) {
        let polling = polled.polling
        let key = polling.key
        output.append(#"{"kind":"#, string: key.session == nil ? "repeated" : "engine.io")
        output.append(#","client":"#, string: key.client.description)
        append(#","server":{"address":"#, key.server)
        if key.session == nil { output.append(#","method":"#, string: key.method) }
        output.append(#","path":"#, string: key.path)
        if let session = key.session, !session.isEmpty { output.append(#","session":"#, string: session) }
        if let connection = polled.connection {
            output.append(polled.isUpgraded ? #","upgradedTo":"# : #","beside":"#, connection.number)
        }
        output.append(#","polls":"#, polling.polls)
        output.append(#","empty":"#, polling.empty)
        output.append(#","failed":"#, polling.failed)
        output.append(#","unanswered":"#, polling.unanswered)
        if key.session != nil { output.append(#","posts":"#, polling.posts) }
        append(#","interval":{"count":"#, polling.intervals)
        output.append(#","requestHeadBytes":"#, polling.requestHeadBytes)
        output.append(#","responseHeadBytes":"#, polling.responseHeadBytes)
        output.append(#","payloads":"#, polling.payloads)
        output.append(#","payloadBytes":"#, polling.payloadBytes)
        output.append(#","otherBodyBytes":"#, polling.idleBytes)
        output.append(#","asFrames":{"headerBytes":"#, polling.frameHeaderBytes)
        output.append(#","handshakeBytes":"#, polled.handshakeBytes)
        output.append(#","handshakeCaptured":"#, polled.capturedHandshakeBytes != nil)
        output.append(json: "}}")
    }
}
