import Bytes
import Differences
import Inspection
import Verdicts
import WebSocket

// The differences for tools: one object, format `wsray-diff/1`.
extension DifferenceReport {
    /// The JSON Schema of the object, as in `Docs/wsray-diff.schema.json`.
    public static var schema: [UInt8] { PackageResources.wsray_diff_schema_json }

    public mutating func writeJSON(tool: String, version: String) {
        output.append(#"{"type":"diff","schema":"wsray-diff/1","tool":{"name":"#, string: tool)
        output.append(#","version":"#, string: version)
        output.append(#"},"same":"#, isSame)
        append(#","a":"#, sources.a, difference.a)
        append(#","b":"#, sources.b, difference.b)
        output.append(json: #","totals":{"#)
        for (index, total) in totals.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            output.append(jsonString: total.kind.rawValue)
            output.append(":", total.count)
        }
        output.append(json: #"},"connections":"#)
        var rest = difference.pairs[...]
        output.append(UInt8(ascii: "["))
        while let pair = rest.popFirst() {
            append(pair)
            if !rest.isEmpty { output.append(UInt8(ascii: ",")) }
        }
        output.append(json: #"],"onlyA":"#)
        append(difference.onlyA, of: difference.a)
        output.append(json: #","onlyB":"#)
        append(difference.onlyB, of: difference.b)
        output.append(json: #","attempts":"#)
        output.append(jsonArray: difference.attempts) { output, attempt in
            output.append(#"{"text":"#, string: attempt.words)
            output.append(#","a":"#, attempt.a)
            output.append(#","b":"#, attempt.b)
            output.append(UInt8(ascii: "}"))
        }
        output.append(json: #","notes":"#)
        output.append(jsonArray: notes) { $0.append(jsonString: $1) }
        output.append(json: "}\n")
    }

    private mutating func append(_ key: StaticString, _ source: Source, _ capture: ComparedCapture) {
        output.append(key)
        output.append(#"{"source":"#, string: source.name)
        output.append(#","complete":"#, source.failure == nil)
        if let failure = source.failure { output.append(#","reason":"#, string: failure) }
        if !source.remarks.isEmpty {
            output.append(json: #","remarks":"#)
            output.append(jsonArray: source.remarks) { output, remark in
                output.append(#"{"connection":"#, remark.connection)
                output.append(#","text":"#, string: remark.text)
                output.append(UInt8(ascii: "}"))
            }
        }
        output.append(#","connections":"#, UInt64(capture.connections.count))
        output.append(#","messages":"#, UInt64(capture.keptMessageCount))
        output.append(#","connectionsOmitted":"#, capture.omittedConnectionCount)
        output.append(#","messagesOmitted":"#, capture.omittedMessageCount)
        output.append(UInt8(ascii: "}"))
    }

    private mutating func append(_ indexes: [Int], of capture: ComparedCapture) {
        output.append(jsonArray: indexes) { output, index in Self.append(capture.connections[index], to: &output) }
    }

    private static func append(_ connection: ComparedConnection, to output: inout ByteBuffer) {
        output.append(#"{"connection":"#, connection.connection.number)
        if let url = connection.connection.url { output.append(#","url":"#, string: url) }
        output.append(#","messages":"#, UInt64(connection.messageCount))
        if let verdict = connection.verdict { output.append(#","end":"#, string: verdict.phrase) }
        output.append(UInt8(ascii: "}"))
    }

    // MARK: Pairs

    private mutating func append(_ pair: ConnectionDifference) {
        output.append(json: #"{"a":"#)
        Self.append(difference.a.connections[pair.a], to: &output)
        output.append(json: #","b":"#)
        Self.append(difference.b.connections[pair.b], to: &output)
        output.append(#","matchedBy":"#, string: pair.basis)
        output.append(#","relation":"#, string: pair.isSame ? "proxy" : "runs")
        output.append(#","same":"#, pair.isEmpty)
        output.append(#","messagesPaired":"#, UInt64(pair.pairCount))
        if pair.isSame {
            output.append(#","nearerToClient":"#, string: pair.isReversed ? "b" : "a")
            var ahead: Int64 = 0
            if case .ahead(let nanoseconds) = pair.clock { ahead = nanoseconds }
            output.append(json: #","clockAhead":"#)
            TimeText.appendSeconds(ahead, to: &output)
            append(json: #","requestDelay":"#, seconds: pair.requestDelay)
            append(json: #","responseDelay":"#, seconds: pair.responseDelay)
            append(#","delays":{"client":"#, pair.fromClient)
            append(#","server":"#, pair.fromServer)
            output.append(UInt8(ascii: "}"))
        }
        if let first = pair.firstDifference { append(json: #","alikeUntil":"#, first) }
        output.append(json: #","differences":["#)
        for (index, found) in pair.differences.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            append(found)
        }
        output.append(UInt8(ascii: "]"))
        if pair.omittedCount > 0 { output.append(#","differencesOmitted":"#, pair.omittedCount) }
        output.append(UInt8(ascii: "}"))
    }

    private mutating func append(json key: StaticString, seconds nanoseconds: Int64?) {
        guard let nanoseconds else { return }
        output.append(key)
        TimeText.appendSeconds(nanoseconds, to: &output)
    }

    private mutating func append(_ key: StaticString, _ delays: ConnectionDifference.Delays?) {
        output.append(key)
        guard let delays else { return output.append(json: "null") }
        output.append(#"{"count":"#, UInt64(delays.count))
        append(json: #","minimum":"#, seconds: delays.minimum)
        append(json: #","median":"#, seconds: delays.median)
        append(json: #","p95":"#, seconds: delays.percentile95)
        append(json: #","maximum":"#, seconds: delays.maximum)
        output.append(#","worst":{"a":"#, delays.worst.a)
        output.append(#","b":"#, delays.worst.b)
        output.append(json: "}}")
    }

    // MARK: Differences

    private mutating func append(_ found: FoundDifference) {
        output.append(#"{"kind":"#, string: found.kind.rawValue)
        if let side = found.side { output.append(#","from":"#, side.name) }
        if !found.subject.isEmpty { output.append(#","subject":"#, string: found.subject) }
        if found.count > 1 || found.isOfMessage { output.append(#","count":"#, found.count) }
        if let before = found.before { output.append(#","a":"#, string: before) }
        if let after = found.after { output.append(#","b":"#, string: after) }
        if !found.parts.isEmpty {
            output.append(json: #","parts":"#)
            output.append(jsonArray: found.parts) { output, part in
                output.append(#"{"path":"#, string: part.path)
                if let before = part.before { output.append(#","a":"#, string: before) }
                if let after = part.after { output.append(#","b":"#, string: after) }
                output.append(UInt8(ascii: "}"))
            }
        }
        if found.omittedPartCount > 0 { output.append(#","partsOmitted":"#, UInt64(found.omittedPartCount)) }
        append(json: #","delay":"#, seconds: found.delay)
        if let bytes = found.wireBytes {
            output.append(#","wireBytes":{"a":"#, bytes.a)
            output.append(#","b":"#, bytes.b)
            output.append(UInt8(ascii: "}"))
        }
        if let remark = found.remark { output.append(#","remark":"#, string: remark) }
        if !found.locations.isEmpty {
            output.append(json: #","locations":["#)
            for (index, place) in found.locations.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                append(json: "", place)
            }
            output.append(UInt8(ascii: "]"))
        }
        output.append(UInt8(ascii: "}"))
    }

    private mutating func append(json key: StaticString, _ places: FoundDifference.Locations) {
        output.append(key)
        output.append(UInt8(ascii: "{"))
        var isFirst = true
        for (name, place) in [(#""a":"# as StaticString, places.a), (#""b":"#, places.b)] {
            guard let place else { continue }
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            output.append(name)
            output.append(UInt8(ascii: "{"))
            if place.frame > 0 {
                output.append(#""frame":"#, place.frame)
                output.append(UInt8(ascii: ","))
            }
            output.append(json: #""elapsed":"#)
            TimeText.appendSeconds(place.elapsed, to: &output)
            output.append(UInt8(ascii: "}"))
        }
        output.append(UInt8(ascii: "}"))
    }
}
