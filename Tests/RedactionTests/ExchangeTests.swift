import Bytes
import Capture
import Foundation
import Inspection
import Redaction
import Rules
import Testing
import WebSocket

/// Keeps the exchanges that it is told of.
private struct Kept: EventSink {
    var exchanges: [Exchange] = []

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {}

    mutating func note(_ event: Event) {
        if case .exchanged(let exchange) = event { exchanges.append(exchange) }
    }

    var hasEnough: Bool { false }
}

@Suite struct ExchangeTests {
    private func inspect(into sink: inout some EventSink & ~Copyable) throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("fixtures/polling-engineio/capture.pcap").path
        var options = Inspector.Options()
        options.measuresTraffic = true
        var inspector = Inspector(options)
        var reader = try CaptureReader(ByteSource(path: path), name: path)
        while let header = try reader.next() { inspector.inspect(header, reader.bytes, into: &sink) }
        inspector.finish(into: &sink)
    }

    @Test("an HTTP exchange is handed on without the secrets of its target and without content")
    func exchanges() throws {
        var plain = Kept()
        try inspect(into: &plain)
        var redactor = Redactor(Kept(), names: SecretNames())
        try inspect(into: &redactor)
        let shown = redactor.downstream.exchanges
        #expect(shown.count == plain.exchanges.count)
        // Engine.IO's sid lets whoever has it speak in the session.
        #expect(plain.exchanges.count { $0.target.contains("sid=") } > 5)
        for (shown, original) in zip(shown, plain.exchanges) {
            let parts = original.target.split(separator: "&").map { $0.hasPrefix("sid=") ? "sid=[redacted]" : String($0) }
            #expect(shown.target == parts.joined(separator: "&"))
            #expect(shown.responseBody.start.isEmpty && shown.responseBody.byteCount == original.responseBody.byteCount)
            #expect(shown.host == original.host && shown.status == original.status && shown.time == original.time)
        }
        let removed = redactor.removed.text
        #expect(removed != nil)
    }
}
