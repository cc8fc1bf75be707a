import Bytes
import Capture
import Channels
import Foundation
import Packets
import TestSupport
import Testing
import Verdicts
import WebSocket

@testable import Inspection

@Suite("A tape is played when its time comes") struct TapeTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("fixtures")

    /// All captures among the fixtures.
    private static let captures: [String] = {
        let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return files.filter { $0.hasSuffix(".pcap") || $0.hasSuffix(".pcapng") }.sorted()
    }()

    /// Every event in words, payloads as a hash.
    private struct Words: EventSink {
        var lines: [String] = []

        mutating func frame(
            _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
        ) {
            let packets = "\(frame.packets.first) \(frame.packets.rest) \(frame.packets.omittedCount)"
            let ends = message.map { "\($0.number) \($0.length) \($0.isComplete) \($0.isValidText) \($0.packets.first) \($0.packets.rest)" }
            var hasher = Hasher()
            hasher.combine(payload.copied())
            hasher.combine(content.copied())
            lines.append(
                "\(connection.number) frame \(frame.number) \(frame.header) \(frame.time) \(frame.endTime) \(packets) "
                    + "\(frame.findings) \(frame.roundTrip ?? -1) \(ends ?? "") \(payload.count) \(content.count) \(hasher.finalize())")
        }

        mutating func note(_ event: Event) {
            switch event {
            case .opened(let connection): lines.append("\(connection.number) opened \(connection.status)")
            case .abandoned(let message, let content, let connection):
                lines.append("\(connection.number) abandoned \(message.number) \(content.hashValue)")
            case .found(let finding, let side, let connection, let time):
                lines.append("\(connection?.number ?? 0) found \(finding) \(String(describing: side)) \(time)")
            case .exchanged(let exchange): lines.append("exchanged \(exchange.target)")
            case .polled(let body): lines.append("polled \(body)")
            case .shared(let flow): lines.append("shared \(flow.flow)")
            case .located(.part(let part)): lines.append("located \(part.flow)")
            case .located(.packet(let number, let place)): lines.append("located packet \(number) \(place.flow) \(place.offset)")
            case .attempted(let attempt): lines.append("attempted \(attempt.flow) \(attempt.text)")
            case .spoke(_, let connection, _): lines.append("spoke \(connection.number)")
            case .encrypted(let connection): lines.append("encrypted \(connection.flow) \(connection.opacity.reason)")
            case .ended(let end): lines.append("\(end.connection.number) ended \(end.verdict.text) \(end.client) \(end.server)")
            }
        }

        var hasEnough: Bool { false }
    }

    /// - Parameter interval: packets between two times that the tape is played; 0 plays it for each packet.
    private static func words(_ name: String, every interval: Int, ownsBytes: Bool) throws -> [String] {
        var inspector = Inspector()
        var words = Words()
        var tape = Tape(ownsBytes: ownsBytes)
        inspector.exchangeTape(&tape)
        tape = Tape(ownsBytes: ownsBytes)
        var reader = try CaptureReader(ByteSource(path: folder.appendingPathComponent(name).path), name: name)
        var count = 0
        do throws(CaptureError) {
            while let header = try reader.next() {
                count += 1
                guard interval > 0 else {
                    inspector.inspect(header, reader.bytes, into: &words)
                    continue
                }
                inspector.inspect(header, reader.bytes)
                guard count % interval == 0 else { continue }
                inspector.exchangeTape(&tape)
                tape.play(into: &words)
            }
        } catch { words.lines.append("broken off") }
        inspector.finish(into: &words)
        return words.lines
    }

    @Test("later it says what it would have said for each packet", arguments: captures)
    func later(name: String) throws {
        let atOnce = try Self.words(name, every: 0, ownsBytes: false)
        let owned = try Self.words(name, every: 0, ownsBytes: true)
        #expect(owned == atOnce)
        for interval in [1, 7, 1_000_000] {
            let words = try Self.words(name, every: interval, ownsBytes: true)
            #expect(words == atOnce, "played every \(interval) packets")
        }
    }

    /// Packets that all stay where they are until the end.
    private static func packets(_ name: String) throws -> [(header: PacketHeader, bytes: [UInt8])] {
        var packets: [(header: PacketHeader, bytes: [UInt8])] = []
        var reader = try CaptureReader(ByteSource(path: folder.appendingPathComponent(name).path), name: name)
        do throws(CaptureError) {
            while let header = try reader.next() { packets.append((header, reader.bytes.copied())) }
        } catch {}
        return packets
    }

    @Test("it may refer to packets that stay where they are until then", arguments: captures)
    func lent(name: String) throws {
        let packets = try Self.packets(name)
        var (atOnce, later) = (Words(), Words())
        var inspector = Inspector()
        for packet in packets { inspector.inspect(packet.header, packet.bytes.span, into: &atOnce) }
        inspector.finish(into: &atOnce)
        inspector = Inspector()
        for packet in packets { inspector.inspect(packet.header, packet.bytes.span) }
        withExtendedLifetime(packets) { inspector.play(into: &later) }
        inspector.finish(into: &later)
        #expect(later.lines == atOnce.lines)
    }

    /// Counts plain frames, and has all other events in words.
    private struct Remarkable: EventSink {
        var plainCount: UInt64 = 0
        var words = Words()

        mutating func frame(plain: PlainFrame, payload: Span<UInt8>, of connection: Connection) { plainCount += 1 }

        mutating func frame(
            _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
        ) { words.frame(frame, payload: payload, ending: message, content: content, of: connection) }

        mutating func note(_ event: Event) { words.note(event) }
        var hasEnough: Bool { false }
    }

    @Test("frames with nothing to say are counted where they are not reported", arguments: captures)
    func omitted(name: String) throws {
        let packets = try Self.packets(name)
        var options = Inspector.Options()
        var (all, some) = (Remarkable(), Remarkable())
        var inspector = Inspector(options)
        for packet in packets { inspector.inspect(packet.header, packet.bytes.span, into: &all) }
        inspector.finish(into: &all)
        let summary = inspector.summary
        options.omitsOrdinaryFrames = true
        inspector = Inspector(options)
        for packet in packets { inspector.inspect(packet.header, packet.bytes.span, into: &some) }
        inspector.finish(into: &some)
        #expect(some.words.lines == all.words.lines)
        #expect(some.plainCount == 0)
        #expect(inspector.summary.frames == summary.frames)
        #expect(inspector.summary.bytes == summary.bytes)
    }

    @Test("there are fixtures to play")
    func fixtures() { #expect(Self.captures.count > 20) }

    @Test("it is empty when it was played, and gives back what it took")
    func cleared() {
        var conversation = Conversation.upgraded()
        for number in 0..<200 { conversation.frame(.server, 0x82, [UInt8](repeating: UInt8(number), count: 3_000)) }
        var inspector = Inspector()
        var tape = Tape(ownsBytes: true)
        inspector.exchangeTape(&tape)
        for (index, packet) in conversation.packets().enumerated() {
            inspector.inspect(PacketBuilder.header(UInt64(index + 1), of: packet), packet.span)
        }
        #expect(inspector.tapeByteCount > 600_000)
        tape = Tape(ownsBytes: true)
        inspector.exchangeTape(&tape)
        #expect(inspector.tapeByteCount == 0)
        var words = Words()
        tape.play(into: &words)
        #expect(words.lines.filter { $0.contains(" frame ") }.count == 200)
        let isEmpty = tape.isEmpty
        let byteCount = tape.byteCount
        #expect(isEmpty)
        #expect(byteCount == 0)
    }
}
