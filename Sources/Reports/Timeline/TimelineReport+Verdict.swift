import Bytes
import Inspection
import Text
import Verdicts
import WebSocket

extension TimelineReport {
    /// The end of a connection: the sentence, and beneath it what proves it where it did not end as it should.
    mutating func write(_ end: ConnectionEnd, _ verdict: Verdict) {
        let connection = end.connection
        writeGutter(connection)
        write("  end  ", .strong)
        let lasted = max(0, verdict.time.nanoseconds(since: connection.time))
        // The separator behind it is stop enough.
        let sentence = verdict.words(withContent: options.payload != .none)
        var text = sentence
        if text.utf8.last == UInt8(ascii: ".") { text.removeLast() }
        let indent = columns
        writeWords(Part(Quantity.duration(lasted)), indent: indent)
        write(palette.separator, columns: 3, .dim)
        writeWords(Part(text, ink(verdict)), indent: indent)
        var parts: [Part] = []
        if let event = verdict.browser, !verdict.isPlain { parts.append(Part(Self.words(event))) }
        for side in Side.allCases {
            let totals = end.totals(of: side)
            let sent = connection.isRecorded ? totals.messages : totals.frames
            guard sent > 0 else { continue }
            let count = "\(Quantity.counted(sent, connection.isRecorded ? "message" : "frame")), \(Quantity.size(totals.bytes))"
            parts.append(Part("\(arrow(side)) \(count)", side == .client ? .client : .server))
        }
        writeParts(parts, indent: indent, isGoingOn: true)
        endRow()
        if options.isVerbose || needsProof(verdict) { write(verdict.facts, of: connection) }
    }

    private func ink(_ verdict: Verdict) -> Ink {
        switch verdict.manner {
        case .closed: verdict.isPlain && verdict.cause.map { $0 == .goingAway } ?? true ? .good : .warning
        case .stillOpen: verdict.cause == nil ? .plain : .warning
        case .notUpgraded, .forgotten, .notRecorded: .plain
        case .reportedFailure, .closeUnanswered, .finWithoutClose, .reset, .refused, .unanswered, .failed: .warning
        }
    }

    /// The rows that a frame or a handshake has shown already prove nothing more.
    private func needsProof(_ verdict: Verdict) -> Bool {
        switch verdict.manner {
        case .closed, .refused, .notUpgraded, .forgotten, .notRecorded, .reportedFailure: false
        case .stillOpen: verdict.cause != nil
        case .unanswered: verdict.by != nil
        case .closeUnanswered, .finWithoutClose, .reset, .failed: true
        }
    }

    static func words(_ event: Verdict.CloseEvent) -> String {
        "a browser reports \(event.code.rawValue), \(event.wasClean ? "clean" : "not clean")"
    }

    private mutating func write(_ facts: [Verdict.Fact], of connection: Connection) {
        let width = facts.map { String($0.packet).utf8.count }.max() ?? 0
        for fact in facts {
            beginProof(connection, at: fact.time)
            let number = String(fact.packet)
            palette.begin(.dim, in: &output)
            write("packet ")
            pad(to: columns + width - number.utf8.count)
            output.append(string: number)
            columns += number.utf8.count
            palette.end(.dim, in: &output)
            write("  ")
            writeParts([Part(fact.words(withContent: options.payload != .none))], indent: columns)
            endRow()
        }
    }

    /// Proof looks back, so no time since the row before is told of it, nor does the next row count from it.
    private mutating func beginProof(_ connection: Connection, at moment: Timestamp) {
        guard options.clock != .delta else {
            writeGutter(connection)
            return pad(to: columns + Layout.timeWidth + 2)
        }
        let last = previous
        beginRow(connection, at: moment)
        previous = last
    }
}
