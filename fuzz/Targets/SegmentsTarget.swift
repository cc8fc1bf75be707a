import Bytes
import Decoding
import Inspection
import Packets
import Redaction
import Reports
import TestSupport

extension FuzzTarget {
    /// Raw segments, in any order and with any numbers, and each report of them: JSON is JSON, and nothing raw reaches the terminal.
    static let segments = FuzzTarget("segments") { input throws(Broken) in
        var script = InputScript(input)
        let choice = script.byte()
        let dialogue = Dialogue(segments: &script)
        var options = Inspector.Options()
        options.measuresTraffic = choice & 0x10 != 0
        options.reportsTransport = choice & 0x20 != 0
        options.limits.heldByteCount = 20_000
        options.limits.totalByteCount = choice & 0x40 != 0 ? 30_000 : 512 << 20
        options.limits.connectionCount = choice & 0x80 != 0 ? 2 : 65_536
        try report(on: dialogue, options, choice & 7, isRedacted: choice & 8 != 0)
    }

    /// - Parameter form: which report, 0 to 7.
    static func report(on dialogue: Dialogue, _ options: Inspector.Options, _ form: UInt8, isRedacted: Bool) throws(Broken) {
        func run<Shown: EventSink & ~Copyable>(_ report: consuming Shown, _ end: (inout Shown, Summary) -> [UInt8]) -> [UInt8] {
            if isRedacted {
                var sink = DecodingSink(Redactor(report, names: SecretNames()), explainsWaits: options.reportsTransport)
                let summary = dialogue.inspect(options, into: &sink)
                return end(&sink.downstream.downstream, summary)
            }
            var sink = DecodingSink(report, explainsWaits: options.reportsTransport)
            let summary = dialogue.inspect(options, into: &sink)
            return end(&sink.downstream, summary)
        }
        switch form {
        case 0, 1, 2:
            var options = JSONLinesReport.Options()
            options.messages = form == 1
            options.handshake = form != 0
            options.payloadLimit = form == 2 ? 10 : nil
            var lines = JSONLinesReport(options)
            lines.begin(sources: ["fuzz"], tool: "wsray", version: "0")
            let written = run(lines) { report, summary in
                report.finish(summary)
                return report.output.span.copied()
            }
            var buffer = ByteBuffer()
            buffer.append(written.span)
            try Promise.jsonLines(buffer, "the lines")
            if isRedacted { try Promise.hidden(written, "the lines") }
        case 3:
            var archive = HARReport()
            archive.begin(tool: "wsray", version: "0")
            let written = run(archive) { report, _ in
                report.finish()
                return report.output.span.copied()
            }
            try Promise.json(written, "the archive")
            if isRedacted { try Promise.hidden(written, "the archive") }
        case 4:
            var table = CSVReport(JSONLinesReport.Options())
            table.begin()
            let written = run(table) { report, _ in report.output.span.copied() }
            try demand(String(validating: written, as: UTF8.self) != nil, "the table is not UTF-8")
            if isRedacted { try Promise.hidden(written, "the table") }
        case 5:
            let written = run(SARIFReport()) { report, _ in
                report.finish(failure: nil)
                return report.output.span.copied()
            }
            if isRedacted { try Promise.hidden(written, "the findings") }
        default:
            var options = TimelineReport.Options()
            options.width = form == 6 ? 80 : nil
            options.payload = form == 6 ? .preview : .full
            options.isVerbose = form == 7
            options.showsHandshake = form == 7
            var timeline = TimelineReport(options)
            timeline.begin()
            let written = run(timeline) { report, summary in
                report.finish(summary)
                return report.output.span.copied()
            }
            try Promise.harmless(written, "the timeline")
            if isRedacted { try Promise.hidden(written, "the timeline") }
        }
    }
}

extension Dialogue {
    /// Segments of four connections: of each a byte with direction and connection, one of flags, sequence and acknowledgement numbers near
    /// the next ones, and a payload.
    init(segments script: inout InputScript) {
        self.init()
        var next = [[UInt32]](repeating: [1_000, 2_000_000], count: 4)
        while !script.isAtEnd, packets.count < 400 {
            let choice = script.byte()
            let (side, place) = (Int(choice & 1), Int(choice >> 1 & 3))
            let flags = TCPFlags(rawValue: script.byte())
            let shift = choice & 0x08 != 0 ? UInt32(truncatingIfNeeded: Int(Int16(truncatingIfNeeded: script.number16()))) : 0
            let acknowledged = choice & 0x10 != 0 ? UInt32(truncatingIfNeeded: Int(Int16(truncatingIfNeeded: script.number16()))) : 0
            let payload = script.take(choice & 0x20 != 0 ? script.number16() & 0x3FFF : Int(script.byte()))
            var ends = (PacketBuilder.client, PacketBuilder.server)
            ends.0.port &+= UInt16(place)
            packets.append(
                PacketBuilder.tcp(
                    from: side == 0 ? ends.0 : ends.1, to: side == 0 ? ends.1 : ends.0, sequence: next[place][side] &+ shift,
                    acknowledgment: next[place][1 - side] &+ acknowledged, flags: flags, payload: payload))
            if shift == 0 || choice & 0x40 != 0 {
                next[place][side] &+= UInt32(payload.count) &+ (flags.contains(.syn) || flags.contains(.fin) ? 1 : 0)
            }
        }
    }
}
