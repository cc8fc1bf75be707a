import Bytes
import Inspection
import Packets
import Redaction
import TestSupport
import Testing
import WebSocket

@testable import Cutting

@Suite("A redacted cut of packets that stand in another order than they were sent in")
struct OutOfOrderTests {
    @Test("shows the same frames, and nothing of what came before the upgrade", arguments: SeededRandom.seeds, Before.allCases)
    fileprivate func late(seed: UInt64, before: Before) {
        var random = SeededRandom(seed)
        let talk = Talk(before, using: &random)
        let packets = talk.packets.late(by: 50, using: &random)
        let original = SeenFrames.of(packets)
        #expect(original.count == talk.frameCount)

        let cut = redacted(packets)
        #expect(SeenFrames.of(cut) == original)
        #expect(!cut.contains { String(decoding: $0.bytes, as: UTF8.self).contains(Talk.wordBefore) })
        // All data are in it, but those that were said first. A bare acknowledgement that stands before everything belongs to nothing.
        #expect((cut.dataCount < packets.dataCount) == (before != .nothing))
    }

    @Test("shows the same frames in any order of packets that are all looked at", arguments: SeededRandom.seeds, Before.allCases)
    fileprivate func shuffled(seed: UInt64, before: Before) {
        var random = SeededRandom(seed)
        let talk = Talk(before, using: &random)
        #expect(talk.packets.count < 128)
        let packets = talk.packets.shuffled(using: &random)
        let original = SeenFrames.of(packets)
        #expect(original.count == talk.frameCount)
        #expect(SeenFrames.of(redacted(packets)) == original)
    }

    /// The packets that are cut, as the command does it: the capture is inspected twice.
    private func redacted(_ packets: [CapturedPacket]) -> [CapturedPacket] {
        var options = CutPlan.Options()
        options.names = SecretNames()
        var plan = CutPlan(options)
        packets.inspect(into: &plan) { plan, header, _, place in plan.note(header, place) }
        plan.finish()
        var sink = Cut(cutter: PacketCutter(plan))
        packets.inspect(into: &sink) { sink, header, packet, place in
            if sink.cutter.take(header, packet.bytes.span, place).isWanted {
                sink.packets.append(CapturedPacket(time: packet.time, bytes: sink.cutter.bytes))
            }
        }
        return sink.packets
    }
}

// MARK: - What is said

/// What is said on a TCP connection before the upgrade.
private enum Before: CaseIterable {
    case nothing, exchanges, proxy
}

private struct CapturedPacket {
    /// Nanoseconds.
    var time: Int64
    var bytes: [UInt8]
}

/// A TCP connection with a WebSocket connection on it.
private struct Talk {
    static let wordBefore = "said-before"

    private(set) var packets: [CapturedPacket] = []
    private(set) var frameCount = 0
    private var next: [Side: UInt32] = [.client: 1_000, .server: 2_000_000]

    init(_ before: Before, using random: inout SeededRandom) {
        send(.client, [.syn])
        send(.server, [.syn, .ack])
        send(.client, [.ack])
        switch before {
        case .nothing: break
        case .exchanges:
            let form = "name=\(Self.wordBefore)"
            say(.client, "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: \(form.utf8.count)\r\n\r\n", form)
            say(.server, "HTTP/1.1 204 No Content\r\n\r\n")
            say(.client, "GET /list HTTP/1.1\r\nHost: a\r\n\r\n")
            say(.server, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n", "\(Self.wordBefore)\r\n0\r\n\r\n")
        case .proxy:
            say(.client, "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\nProxy-Authorization: Basic \(Self.wordBefore)\r\n\r\n")
            say(.server, "HTTP/1.1 200 Connection established\r\n\r\n")
        }
        say(
            .client,
            "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
        say(
            .server,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
        for _ in 0..<30 { sendFrame(.random(in: 0...125, using: &random), from: Bool.random(using: &random) ? .client : .server) }
        send(.server, [.fin, .ack])
        send(.client, [.fin, .ack])
        send(.server, [.ack])
    }

    /// Each part is a segment.
    private mutating func say(_ side: Side, _ parts: String...) {
        for part in parts { send(side, [.psh, .ack], Array(part.utf8)) }
    }

    private mutating func sendFrame(_ count: Int, from side: Side) {
        let mask: [UInt8] = side == .client ? [1, 2, 3, 4] : []
        send(side, [.psh, .ack], [0x82, UInt8(count) | (mask.isEmpty ? 0 : 0x80)] + mask + [UInt8](repeating: 7, count: count))
        frameCount += 1
    }

    /// A segment; every third with data is acknowledged by one of its own.
    private mutating func send(_ side: Side, _ flags: TCPFlags, _ payload: [UInt8] = []) {
        let other = side == .client ? Side.server : .client
        let (from, to) = (PacketBuilder.client, PacketBuilder.server)
        let sequence = next[side, default: 0]
        let bytes = PacketBuilder.tcp(
            from: side == .client ? from : to, to: side == .client ? to : from, sequence: sequence,
            acknowledgment: flags.contains(.ack) ? next[other, default: 0] : 0, flags: flags, payload: payload)
        packets.append(CapturedPacket(time: Int64(packets.count + 1) * 1_000_000, bytes: bytes))
        next[side] = sequence &+ UInt32(payload.count) &+ (flags.isDisjoint(with: [.syn, .fin]) ? 0 : 1)
        if !payload.isEmpty, packets.count % 3 == 0 { send(other, [.ack]) }
    }
}

extension [CapturedPacket] {
    /// Half of them stand up to so many places after where they belong, with the times that they have.
    fileprivate func late(by reach: Double, using random: inout SeededRandom) -> [CapturedPacket] {
        let places = indices.map { place in
            (place: place, order: Double(place) + (Bool.random(using: &random) ? Double.random(in: 0...reach, using: &random) : 0))
        }
        return places.sorted { ($0.order, $0.place) < ($1.order, $1.place) }.map { self[$0.place] }
    }

    /// Of those that carry data: the headers take 54 bytes.
    fileprivate var dataCount: Int { count { $0.bytes.count > 54 } }

    /// Inspects them as packets of a file, those that come next being looked at, and says after each where it belongs.
    fileprivate func inspect<Sink: EventSink & ~Copyable>(
        into sink: inout Sink, after: (inout Sink, PacketHeader, CapturedPacket, PacketPlace?) -> Void
    ) {
        var options = Inspector.Options()
        options.locates = true
        var inspector = Inspector(options)
        inspector.expectLooks(true)
        for (index, packet) in enumerated() {
            let header = PacketBuilder.header(UInt64(index + 1), of: packet.bytes, nanoseconds: packet.time)
            inspector.inspect(header, packet.bytes.span, into: &sink)
            after(&sink, header, packet, inspector.place)
            guard inspector.wantsLook else { continue }
            for next in self[(index + 1)...] where !inspector.look(at: next.bytes.span, like: header) { break }
            inspector.endLook(mayFollow: false)
            inspector.play(into: &sink)
        }
        inspector.finish(into: &sink)
    }
}

// MARK: - What is seen

private struct SeenFrame: Hashable {
    var connection: UInt64
    var from: Side
    var first: UInt8
    var length: UInt64
    var offset: UInt64
    var time: Timestamp
}

private struct SeenFrames: EventSink {
    private var frames: [SeenFrame] = []

    /// In no order: which side's frame is shown first depends on the packets around them, too.
    static func of(_ packets: [CapturedPacket]) -> Set<SeenFrame> {
        var seen = Self()
        packets.inspect(into: &seen) { _, _, _, _ in }
        return Set(seen.frames)
    }

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        frames.append(
            SeenFrame(
                connection: connection.number, from: frame.from, first: frame.header.first, length: frame.header.length,
                offset: frame.offset, time: frame.time))
    }

    mutating func note(_ event: Event) {}
    var hasEnough: Bool { false }
}

/// What is written while a capture is inspected once more.
private struct Cut: EventSink, ~Copyable {
    var cutter: PacketCutter
    var packets: [CapturedPacket] = []

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {}

    mutating func note(_ event: Event) {}
    var hasEnough: Bool { false }
}
