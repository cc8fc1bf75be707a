import Bytes
import Capture
import Filter
import Foundation
import Inspection
import Rules
import Testing
import Verdicts
import WebSocket

/// What a sink is told, a word each.
private struct Told: EventSink {
    var events: [String] = []

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        let findings = frame.findings.map { " " + $0.rule.rawValue }.joined()
        events.append("frame \(connection.number).\(frame.number)\(findings)")
    }

    mutating func note(_ event: Event) {
        switch event {
        case .opened(let connection): events.append("open \(connection.number)")
        case .abandoned(_, _, let connection): events.append("abandoned \(connection.number)")
        case .found(let finding, _, _, _): events.append("found \(finding.rule.rawValue)")
        case .exchanged(let exchange): events.append("exchange \(exchange.target)")
        case .shared(let flow): events.append("shared \(flow.flow)")
        case .located, .polled: break
        case .attempted(let attempt): events.append("attempt \(attempt.flow)")
        case .spoke(_, let connection, _): events.append("spoke \(connection.number)")
        case .encrypted(let connection): events.append("encrypted \(connection.flow)")
        case .ended(let end): events.append("end \(end.connection.number)")
        }
    }

    var hasEnough: Bool { false }
}

@Suite struct SelectionTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("fixtures")

    /// What is told of a capture where only what `expression` selects is handed on.
    private func told(_ path: String, _ expression: String, selectsFindings: Bool = false) throws -> [String] {
        let condition = try Condition(expression)
        var options = Inspector.Options()
        options.keptByteCount = condition.keptByteCount
        options.keepsWireBytes = false
        options.measuresTraffic = true
        var learning = EndingsSink(condition)
        if condition.asksAboutEndings { try inspect(path, options, into: &learning) }
        var sink = FilteringSink(Told(), condition, learning.endings)
        sink.selectsFindings = selectsFindings
        try inspect(path, options, into: &sink)
        return sink.inner.events
    }

    private func inspect(_ path: String, _ options: Inspector.Options, into sink: inout some EventSink & ~Copyable) throws {
        var inspector = Inspector(options)
        var reader = try CaptureReader(ByteSource(path: Self.folder.appendingPathComponent(path).path), name: path)
        while let header = try reader.next() { inspector.inspect(header, reader.bytes, into: &sink) }
        inspector.finish(into: &sink)
    }

    private let chat = "chat/capture.pcap"

    @Test("a connection is opened just before the first of it that is shown, and ended only then")
    func opening() throws {
        #expect(
            try told(chat, "json.type == \"report\" or json.tick == 7") == [
                "open 1", "frame 1.24", "end 1", "open 3", "frame 3.1", "end 3",
            ])
        #expect(try told(chat, "length > 1MB") == [])
    }

    @Test("a condition on connections alone selects them whole, with or without frames")
    func wholeConnections() throws {
        #expect(try told(chat, "response.status == 401") == ["open 2", "end 2"])
        #expect(
            try told(chat, "connection in (2..3) and not inferred") == ["open 2", "end 2", "open 3"] + (1...6).map { "frame 3.\($0)" } + [
                "end 3"
            ])
        #expect(try told(chat, "not connection in (1, 3)") == ["open 2", "end 2"])
    }

    @Test("a connection that may be selected by its frames is shown only with one")
    func uncertain() throws {
        #expect(try told(chat, "connection == 2 and opcode == text") == [])
        #expect(
            try told(chat, "connection == 2 or close.code == 1011") == ["open 2", "end 2", "open 3", "frame 3.5", "frame 3.6", "end 3"])
    }

    @Test("a condition on how connections end selects them from their opening on")
    func endings() throws {
        // fixtures/chat/README.md: the first was closed with 1000, the second refused, the third closed by the server with 1011.
        let third = ["open 3"] + (1...6).map { "frame 3.\($0)" } + ["end 3"]
        #expect(try told(chat, "verdict.code == 1011") == third)
        #expect(try told(chat, "verdict == closed and not verdict.by == client") == third)
        #expect(try told(chat, "verdict == refused") == ["open 2", "end 2"])
        #expect(try told(chat, "verdict == refused or verdict.code == 1011 and opcode == close").count == 6)
        #expect(
            try told(chat, "browser.code == 1000 and opcode == close").filter { $0.hasPrefix("frame") } == ["frame 1.25", "frame 1.26"])
        #expect(try told(chat, "verdict.echo.code and rtt").filter { $0.hasPrefix("open") } == ["open 1"])
        #expect(try told(chat, "verdict == reset or verdict.idle > 1h") == [])
    }

    @Test("findings about no frame know how their connection ends")
    func findingsAndEndings() throws {
        let path = "rules/close.missing/fires.pcap"
        #expect(try told(path, "finding == close.missing and verdict == fin-without-close") == ["open 1", "found close.missing", "end 1"])
        #expect(try told(path, "finding == close.missing and not verdict == fin-without-close") == [])
    }

    @Test("of a connection whose end is not known, nothing that hangs on it is selected")
    func unknownEndings() throws {
        let condition = try Condition("not verdict == closed")
        var sink = FilteringSink(Told(), condition)
        try inspect(chat, Inspector.Options(), into: &sink)
        #expect(sink.inner.events == [])
        #expect(try Condition("not verdict == closed or opcode == text").asksAboutEndings)
        #expect(try !Condition("connection == 1 and close.code == 1006").asksAboutEndings)
    }

    @Test("an HTTP exchange is selected where the condition is certain of it")
    func exchanges() throws {
        let polling = "polling-short/capture.pcap"
        // The README of the case: forty requests for /updates, and one WebSocket at /socket.
        func count(_ expression: String) throws -> Int { try told(polling, expression).count { $0.hasPrefix("exchange /updates") } }
        #expect(try count("path ~ /^\\/updates/") == 40)
        #expect(try count("url ~ /^http:.*\\/updates\\?/ and host contains \"127.0.0.1\"") == 40)
        #expect(try count("port == 8765 and request.method == \"GET\"") == 40)
        #expect(try count("ip.addr == 127.0.0.0/8 and not server.port == 80") == 40)
        #expect(try count("response.status >= 400") == 1)
        #expect(try count("path == \"/socket\"") == 0)
        // A WebSocket connection is asked about, and an exchange belongs to none.
        for expression in ["connection == 1", "not connection == 1", "not deflate", "status == open", "verdict", "not opcode == text"] {
            #expect(try count(expression) == 0, "\(expression)")
        }
        #expect(try count("connection == 1 or path == \"/updates?n=0\"") == 1)
    }

    @Test("findings about no frame are shown where the condition is certain of them")
    func looseFindings() throws {
        let path = "rules/close.missing/fires.pcap"
        let loose = "found close.missing"
        #expect(try told(path, "finding == close.missing") == ["open 1", loose, "end 1"])
        #expect(try told(path, "severity >= note and not opcode") == [])
        #expect(try told(path, "finding ~ /^close/ and connection == 1") == ["open 1", loose, "end 1"])
        #expect(try told(path, "connection == 1").contains(loose))
        #expect(try !told(path, "opcode >= 0").contains(loose))
        #expect(try !told(path, "not finding").contains(loose))
        #expect(try told(path, "severity > violation") == [])
    }

    @Test("findings of frames can be selected one by one")
    func findingsOfFrames() throws {
        let path = "rules/frame.mask.missing/fires.pcap"
        let all = try told(path, "finding").filter { $0.hasPrefix("frame") }
        #expect(!all.isEmpty && all.allSatisfy { $0.hasSuffix(" frame.mask.missing") })
        #expect(try told(path, "finding == frame.mask.zero") == [])
        #expect(try told(path, "finding == frame.mask.missing", selectsFindings: true).filter { $0.hasPrefix("frame") } == all)
        #expect(try told(path, "finding and from == server") == [])
        #expect(try told(path, "finding and severity == violation and length >= 0").filter { $0.hasPrefix("frame") } == all)
    }

    @Test("fragments that do not end a message have no content")
    func fragments() throws {
        #expect(try told(chat, "message == 16 and text").filter { $0.hasPrefix("frame") } == ["frame 1.22"])
        #expect(try told(chat, "message == 16 and not text").filter { $0.hasPrefix("frame") } == [16, 17, 20, 21].map { "frame 1.\($0)" })
        #expect(try told(chat, "json.messages[0].user == \"Зоя\"").filter { $0.hasPrefix("frame") } == ["frame 1.22"])
    }

    @Test("what concerns headers only asks for no payload")
    func keptBytes() throws {
        #expect(try Condition("opcode == text and length > 3 or url ~ /x/ or finding").keptByteCount == 0)
        #expect(try Condition("close.code == 1000").keptByteCount == 125)
        #expect(try Condition("not json.a == 1").keptByteCount == .max)
    }

    @Test("every example of the table of fields means something", arguments: Field.allCases)
    func examples(field: Field) throws {
        let condition = try Condition("\(field.entry.example)")
        #expect(condition.fields.contains(field))
    }

    @Test("no two fields share a name")
    func names() {
        let names = Field.allCases.flatMap { [$0.rawValue] + $0.entry.synonyms }.map { $0.lowercased() }
        #expect(Set(names).count == names.count)
    }
}
