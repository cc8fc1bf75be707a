import Bytes
import Capture
import Channels
import Foundation
import Inspection
import Rules
import TLS
import TestSupport
import Testing
import Verdicts
import WebSocket

/// Secrets that come after the packets that need them, as in a live capture.
@Suite struct LateKeysTests {
    private static let name = "tls13-aes-128-gcm"
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("fixtures/tls/\(name)")

    private struct Sink: EventSink {
        var recording = Recording()
        var found: [(finding: Finding, time: Timestamp)] = []
        var encrypted: [EncryptedConnection] = []

        mutating func frame(
            _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
        ) {
            recording.frame(frame, payload: payload, ending: message, content: content, of: connection)
        }

        mutating func note(_ event: Event) {
            switch event {
            case .found(let finding, _, _, let time): found.append((finding, time))
            case .encrypted(let connection): encrypted.append(connection)
            default: break
            }
            recording.note(event)
        }

        var hasEnough: Bool { false }
    }

    /// The capture, a millisecond between packets, with the key log after so many of them; none where that is nil.
    private static func inspect(
        keysAfter count: Int?, waitingByteCount: Int, lacking labels: [String] = [], without lost: Set<UInt64> = [],
        expectsMore: Bool = true
    ) throws -> Sink {
        let store = KeyStore()
        store.expectsMore = expectsMore
        var options = Inspector.Options()
        options.layers = [TLSLayer(store)]
        options.limits.undecidedByteCount = waitingByteCount
        options.limits.headByteCount = waitingByteCount
        options.limits.totalByteCount = 1 << 20
        var inspector = Inspector(options)
        var sink = Sink()
        let lines = try String(contentsOf: folder.appendingPathComponent("keys.txt"), encoding: .utf8).split(separator: "\n")
            .filter { line in !labels.contains { line.hasPrefix($0) } }
        var reader = try CaptureReader(ByteSource(path: folder.appendingPathComponent("capture.pcap").path), name: name)
        while var header = try reader.next() {
            if lost.contains(header.number) { continue }
            header.time = time(of: header.number)
            inspector.inspect(header, reader.bytes, into: &sink)
            guard let count, header.number == UInt64(count) else { continue }
            let log = KeyLogReader(into: store, source: store.addSource("keys.txt"))
            log.take(Array((lines.joined(separator: "\n") + "\n").utf8).span)
            log.finish()
            inspector.resumeWaiting()
            inspector.play(into: &sink)
        }
        inspector.finish(into: &sink)
        #expect(sink.recording.faults == [])
        return sink
    }

    private static func time(of packet: UInt64) -> Timestamp { Timestamp(nanoseconds: Int64(packet) * 1_000_000) }

    private static func messages(_ sink: Sink, of side: Side) -> [SeenMessage] {
        sink.recording.connections.first?[side].messages ?? []
    }

    @Test("what waits within the limit is shown as if the keys had been there, whenever they come", arguments: [12, 30, 57])
    func withinLimit(count: Int) throws {
        let early = try Self.inspect(keysAfter: 1, waitingByteCount: 64 << 10)
        let late = try Self.inspect(keysAfter: count, waitingByteCount: 64 << 10)
        #expect(!Self.messages(early, of: .server).isEmpty && early.found.isEmpty && late.found.isEmpty)
        for side in Side.allCases { #expect(Self.messages(late, of: side) == Self.messages(early, of: side)) }
    }

    @Test("beyond the limit the beginning is kept, and what came after it is reported, at its own time", arguments: [45, 57])
    func beyondLimit(count: Int) throws {
        let whole = try Self.inspect(keysAfter: 1, waitingByteCount: 64 << 10)
        let seen = try Self.inspect(keysAfter: count, waitingByteCount: 3_000)
        let connection = try #require(seen.recording.connections.first)
        #expect(connection.connection.status == .open && connection.connection.request != nil)
        #expect(seen.encrypted.isEmpty)
        // All of the client's bytes fit.
        #expect(Self.messages(seen, of: .client) == Self.messages(whole, of: .client))
        let (shown, said) = (Self.messages(seen, of: .server), Self.messages(whole, of: .server))
        #expect(shown.first == said.first && shown.filter(\.isCertain).allSatisfy(said.contains) && shown != said)
        let limits = seen.found.filter { $0.finding.rule == .memoryLimit }
        #expect(limits.count == 1)
        #expect(limits.allSatisfy { $0.finding.found?.contains("3,000 bytes before them waited for their secrets") == true })
        // The last packet of what was kept came long before the keys.
        #expect(limits.allSatisfy { $0.time < Self.time(of: 45) })
        #expect(!seen.found.contains { $0.finding.rule == .captureGap })
        let verdict = connection.verdict.map { "\($0.text)" } ?? ""
        #expect(!verdict.contains("the capture lacks"))
    }

    @Test("a line that the key log lacks is named, and no other", arguments: ["CLIENT", "SERVER"])
    func lineMissing(side: String) throws {
        for limit in [3_000, 64 << 10] {
            let seen = try Self.inspect(keysAfter: 57, waitingByteCount: limit, lacking: ["\(side)_TRAFFIC_SECRET_0"])
            let text = try #require(seen.encrypted.first?.opacity.text)
            #expect(text.contains("\(side)_TRAFFIC_SECRET_0"), "\(limit)")
        }
    }

    @Test(
        "with packets missing, encrypted bytes are as many whether secrets may still come or not", arguments: SeededRandom.seeds.prefix(8))
    func damagedBytes(seed: UInt64) throws {
        var random = SeededRandom(seed)
        let lost = Set((0..<3).map { _ in UInt64.random(in: 12...50, using: &random) })
        let counts = try [false, true].map { expectsMore in
            try Self.inspect(keysAfter: nil, waitingByteCount: 64 << 10, without: lost, expectsMore: expectsMore).encrypted.first?.security
                .wireByteCount
        }
        #expect(counts[0] != nil && counts[0] == counts[1], "without \(lost.sorted())")
    }

    @Test("bytes that could not be kept count as encrypted bytes of the connection all the same")
    func bytes() throws {
        let counts = try [3_000, 64 << 10].map { limit in
            try Self.inspect(keysAfter: nil, waitingByteCount: limit).encrypted.first?.security.wireByteCount
        }
        #expect(counts[0] == counts[1])
    }
}
