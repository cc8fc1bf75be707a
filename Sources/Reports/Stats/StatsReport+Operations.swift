import Bytes
import Inspection
import Statistics
import Streams
import Subprotocols
import Text
import WebSocket

// Operations by protocol and name.
extension StatsReport {
    /// Names that have a row.
    private static let operationLimit = 50

    mutating func writeOperations(_ figures: Figures) {
        guard !figures.operations.isEmpty else { return }
        writeHeading("Operations")
        var table = Table([
            .init(title: "protocol", isLeft: true, rank: 3), .init(title: "", isLeft: true),
            .init(title: "operation", isLeft: true, isFlexible: true), .init(title: "count"), .init(title: "errors"),
            .init(title: "unanswered"), .init(title: "p50"), .init(title: "p95", rank: 2), .init(title: "p99", rank: 1),
            .init(title: "max"),
        ])
        for row in figures.operations.prefix(Self.operationLimit) {
            let name = String(decoding: row.key.name, as: UTF8.self)
            table.add(
                [
                    row.key.protocol, row.key.from == .client ? "→" : "←", name.isEmpty ? row.key.type : "\(row.key.type) \(name)",
                    Quantity.count(row.count), row.errorCount > 0 ? Quantity.count(row.errorCount) : "–",
                    row.unansweredCount > 0 ? Quantity.count(row.unansweredCount) : "–",
                ] + Self.cells(quantilesOf: row.latencies))
        }
        table.write(to: &output, options.palette, width: options.width)
        if figures.operations.count > Self.operationLimit {
            writeSentence(
                "\(Quantity.counted(UInt64(figures.operations.count - Self.operationLimit), "more name")): --json has them all.")
        }
        if figures.overlookedOperations > 0 {
            writeSentence(
                "\(Quantity.counted(figures.overlookedOperations, "operation")) not counted by name: more than \(Quantity.count(UInt64(options.limits.operationNameCount))) names (--limit-operations).",
                ink: .note)
        }
        if figures.omittedOperations > 0 {
            writeSentence(
                "\(Quantity.counted(figures.omittedOperations, "operation")) not counted by name: more than \(Quantity.count(UInt64(Meaning.operationLimit))) in a message.",
                ink: .note)
        }
        if figures.unpairedRequests > 0 {
            writeSentence(
                "\(Quantity.counted(figures.unpairedRequests, "request")) not paired with their answers: too many were open at once, or an id was too long.",
                ink: .note)
        }
        writeSentence("Latency is the time from a request to its first answer. Answers are counted with what they answer.", ink: .dim)
    }

    private static func cells(quantilesOf latencies: Durations) -> [String] {
        [500, 950, 990].map { latencies.quantile(permille: $0).map(Quantity.duration) ?? "–" }
            + [latencies.count > 0 ? Quantity.duration(latencies.maximum) : "–"]
    }

    // MARK: JSON

    mutating func append(_ operations: [OperationFigures], overlooked: UInt64) {
        output.append(json: #","operations":["#)
        for (index, row) in operations.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            append(row)
        }
        output.append(#"],"operationsOverlooked":"#, overlooked)
    }

    private mutating func append(_ row: OperationFigures) {
        output.append(#"{"protocol":"#, string: row.key.protocol)
        output.append(#","from":"#, string: "\(row.key.from.name)")
        output.append(#","type":"#, string: row.key.type)
        if !row.key.name.isEmpty { output.append(#","name":"#, string: String(decoding: row.key.name, as: UTF8.self)) }
        output.append(#","count":"#, row.count)
        output.append(#","requests":"#, row.requestCount)
        output.append(#","answered":"#, row.answeredCount)
        output.append(#","errors":"#, row.errorCount)
        output.append(#","unanswered":"#, row.unansweredCount)
        if let median = row.latencies.median {
            output.append(#","latency":{"count":"#, row.latencies.count)
            append(#","minimum":"#, row.latencies.minimum)
            append(#","median":"#, median)
            append(#","p95":"#, row.latencies.quantile(permille: 950) ?? median)
            append(#","p99":"#, row.latencies.quantile(permille: 990) ?? median)
            append(#","maximum":"#, row.latencies.maximum)
            output.append(UInt8(ascii: "}"))
        }
        output.append(UInt8(ascii: "}"))
    }

    private mutating func append(_ key: StaticString, _ duration: Int64) {
        output.append(json: key)
        TimeText.appendSeconds(duration, to: &output)
    }

    mutating func append(_ key: StaticString, _ beat: ProtocolHeartbeat) {
        output.append(key, beat.sent)
        output.append(#","answered":"#, beat.answered)
        if let median = beat.roundTrips.median {
            output.append(#","roundTrip":{"count":"#, beat.roundTrips.count)
            append(#","minimum":"#, beat.roundTrips.minimum)
            append(#","median":"#, median)
            append(#","maximum":"#, beat.roundTrips.maximum)
            output.append(UInt8(ascii: "}"))
        }
        output.append(UInt8(ascii: "}"))
    }
}
