import Bytes
import Inspection
import Packets
import Terminal
import TestSupport
import WebSocket

@testable import Viewer

/// Conversations as a capture in memory, gone through by an inspection as the program does it, and what a viewer makes of them.
final class Stage: PayloadReading {
    private(set) var capture: [UInt8] = []
    private(set) var spool: [UInt8] = []
    private var packets: [(header: PacketHeader, offset: Int)] = []
    let transcript = Transcript()
    /// Payloads handed out, in bytes.
    private(set) var readByteCount = 0

    /// What is said on one connection after the upgrade: by whom, the first byte of the header, the payload.
    typealias Said = (side: Side, first: UInt8, payload: [UInt8])

    /// - Parameters:
    ///   - isSeekable: the capture can be read again.
    ///   - joins: frames of one side that follow each other share packets.
    ///   - pause: nanoseconds between the connections.
    ///   - areCaptures: each connection is in a capture of its own.
    ///   - spoolLimit: bytes of payloads that are kept where the capture cannot be read again.
    init(
        _ connections: [[Said]], isSeekable: Bool = true, portionSize: Int = 1_400, joins: Bool = false, closes: Bool = true,
        pause: Int64 = 0, areCaptures: Bool = false, spoolLimit: UInt64 = 8 << 30
    ) {
        var options = Recorder.Options()
        options.spoolLimit = spoolLimit
        var recorder = Recorder(options)
        (capture, packets) = Self.inspect(
            connections, isSeekable: isSeekable, portionSize: portionSize, joins: joins, closes: closes, pause: pause,
            areCaptures: areCaptures, into: &recorder)
        spool = recorder.spooled.span.copied()
        recorder.flushedSpool()
        transcript.append(recorder.takeBatch())
    }

    /// Inspects the conversations; the capture that they make up, and where in it the packets stand.
    @discardableResult
    static func inspect(
        _ connections: [[Said]], isSeekable: Bool = false, portionSize: Int = 1_400, joins: Bool = false,
        closes: Bool = true, pause: Int64 = 0, areCaptures: Bool = false, into recorder: inout Recorder
    ) -> (capture: [UInt8], packets: [(header: PacketHeader, offset: Int)]) {
        var inspector = Inspector()
        var capture: [UInt8] = []
        var packets: [(header: PacketHeader, offset: Int)] = []
        var number: UInt64 = 0
        var time: Int64 = 1_700_000_000_000_000_000
        for (index, said) in connections.enumerated() {
            if index > 0 { time += pause }
            if areCaptures, index > 0 {
                inspector.finish(into: &recorder)
                recorder.beginAnew()
            }
            for packet in Self.packets(said, port: UInt16(50_000 + index), portionSize, joins: joins, closes: closes) {
                number += 1
                time += 1_000_000
                let bytes = packet
                let header = PacketHeader(
                    number: number, time: Timestamp(nanoseconds: time), fractionDigits: 6, linkType: .ethernet, originalLength: bytes.count)
                if isSeekable { recorder.beginPacket(number, bytes.span, at: UInt64(capture.count)) }
                inspector.inspect(header, bytes.span, into: &recorder)
                recorder.endPacket()
                packets.append((header, capture.count))
                capture += bytes
            }
        }
        inspector.finish(into: &recorder)
        return (capture, packets)
    }

    func withCapture(packet: UInt64, at offset: UInt64, count: Int, _ body: (Span<UInt8>) -> Void) {
        readByteCount += count
        let capture = capture
        body(capture.span.extracting(Int(offset)..<Int(offset) + count))
    }

    func withSpool(at offset: UInt64, count: Int, _ body: (Span<UInt8>) -> Void) {
        readByteCount += count
        let spool = spool
        body(spool.span.extracting(Int(offset)..<Int(offset) + count))
    }

    func withPackets(_ numbers: ClosedRange<UInt64>, _ body: (PacketHeader, Span<UInt8>) -> Void) {
        let capture = capture
        for (header, offset) in packets where numbers.contains(header.number) {
            body(header, capture.span.extracting(offset..<offset + header.originalLength))
        }
    }

    func state(_ columns: Int = 80, _ rows: Int = 24, isASCII: Bool = false) -> State {
        var state = State(
            transcript, self, source: "test.pcap", look: Look(.mono, isASCII: isASCII), size: Size(columns: columns, rows: rows))
        var progress = Progress()
        progress.isDone = true
        state.receive(progress)
        return state
    }

    // MARK: Packets

    static let extensions = "permessage-deflate"

    private static func packets(_ said: [Said], port: UInt16, _ portionSize: Int, joins: Bool, closes: Bool) -> [[UInt8]] {
        let client = Endpoint(address: PacketBuilder.client.address, port: port)
        let server = PacketBuilder.server
        var next: [Side: UInt32] = [.client: 1_000, .server: 9_000]
        var packets: [[UInt8]] = []
        func send(_ side: Side, _ flags: TCPFlags, _ payload: [UInt8] = []) {
            packets.append(
                PacketBuilder.tcp(
                    from: side == .client ? client : server, to: side == .client ? server : client, sequence: next[side, default: 0],
                    acknowledgment: flags.contains(.ack) ? next[side.other, default: 0] : 0, flags: flags, payload: payload))
            next[side, default: 0] &+= UInt32(payload.count) + (flags.contains(.syn) || flags.contains(.fin) ? 1 : 0)
        }
        send(.client, [.syn])
        send(.server, [.syn, .ack])
        send(.client, [.ack])
        let offer = said.contains { $0.first & 0x40 != 0 } ? "Sec-WebSocket-Extensions: \(extensions)\r\n" : ""
        send(
            .client, [.psh, .ack],
            Array(
                ("GET /chat HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: http://a\r\n\(offer)\r\n").utf8))
        send(
            .server, [.psh, .ack],
            Array(
                ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\(offer)\r\n").utf8))
        var waiting: [UInt8] = []
        for (index, words) in said.enumerated() {
            let key: [UInt8]? = words.side == .client ? [0x37, 0xFA, UInt8(truncatingIfNeeded: index), 0x3D] : nil
            waiting += frame(words.first, words.payload, key: key)
            if joins, index + 1 < said.count, said[index + 1].side == words.side { continue }
            while !waiting.isEmpty {
                send(words.side, [.psh, .ack], Array(waiting.prefix(portionSize)))
                waiting = Array(waiting.dropFirst(portionSize))
            }
        }
        if closes {
            send(.server, [.fin, .ack])
            send(.client, [.fin, .ack])
            send(.server, [.ack])
        }
        return packets
    }

    private static func frame(_ first: UInt8, _ payload: [UInt8], key: [UInt8]?) -> [UInt8] {
        let mask: UInt8 = key == nil ? 0 : 0x80
        var bytes: [UInt8] = [first]
        switch payload.count {
        case 0...125: bytes.append(mask | UInt8(payload.count))
        case 126...0xFFFF: bytes += [mask | 126] + PacketBuilder.bigEndian(UInt16(payload.count))
        default: bytes += [mask | 127] + PacketBuilder.bigEndian(UInt64(payload.count))
        }
        guard let key else { return bytes + payload }
        return bytes + key + payload.enumerated().map { $0.element ^ key[$0.offset % 4] }
    }
}

/// A conversation that has one of everything.
let everything: [Stage.Said] = [
    (.client, 0x81, Array("hello".utf8)),
    (.server, 0x81, Array(#"{"a":1,"b":[true,{"c":"d"}]}"#.utf8)),
    (.client, 0x89, Array("beat".utf8)),
    (.server, 0x01, Array("first ".utf8)),
    (.server, 0x8A, Array("beat".utf8)),
    (.server, 0x80, Array("second".utf8)),
    (.client, 0x82, [0xDE, 0xAD, 0xBE, 0xEF]),
    // RFC 7692 §7.2.3.1: "Hello", compressed.
    (.server, 0xC1, [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]),
    // A control frame in fragments, which §5.5 forbids.
    (.server, 0x09, []),
    (.client, 0x88, [0x03, 0xE8] + Array("bye".utf8)),
    (.server, 0x88, [0x03, 0xE8]),
]
