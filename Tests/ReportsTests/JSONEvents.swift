import Bytes
import Foundation
import HTTP
import Packets
import Rules
import Testing
import WebSocket

@testable import Inspection
@testable import Reports

/// Events made by hand, and what the report made of them, read back with Foundation's reader.
struct Dump: ~Copyable {
    var report: JSONLinesReport
    let connection: Connection

    init(_ options: JSONLinesReport.Options = .init(), connection: Connection = .sample()) {
        report = JSONLinesReport(options)
        self.connection = connection
    }

    mutating func frame(_ frame: Frame, _ payload: [UInt8], ending message: Message? = nil, content: [UInt8]? = nil) {
        let content = content ?? payload
        report.frame(frame, payload: payload.span, ending: message, content: content.span, of: connection)
    }

    /// A frame that is a message of its own.
    mutating func whole(_ frame: Frame, _ payload: [UInt8]) {
        self.frame(frame, payload, ending: Message(of: frame, payload))
    }

    var text: String { String(decoding: report.output.span.copied(), as: UTF8.self) }

    /// The lines' objects; fails the test where a line is no object.
    func objects(sourceLocation: SourceLocation = #_sourceLocation) throws -> [[String: Any]] {
        let text = self.text
        #expect(text.isEmpty || text.hasSuffix("\n"), sourceLocation: sourceLocation)
        return try text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map { line in
            let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
            return try #require(value as? [String: Any], sourceLocation: sourceLocation)
        }
    }

    /// The only line's object.
    func object(sourceLocation: SourceLocation = #_sourceLocation) throws -> [String: Any] {
        let objects = try objects(sourceLocation: sourceLocation)
        #expect(objects.count == 1, sourceLocation: sourceLocation)
        return try #require(objects.first, sourceLocation: sourceLocation)
    }
}

extension Timestamp {
    /// 2026-01-15T10:00:00Z and so many nanoseconds.
    static func sample(_ nanoseconds: Int64 = 0) -> Timestamp { Timestamp(nanoseconds: 1_768_471_200_000_000_000 + nanoseconds) }
}

extension Connection {
    static func sample(
        _ status: Status = .open, request: RequestHead? = nil, response: ResponseHead? = nil, inferred: [String] = [], digits: UInt8 = 6,
        findings: HandshakeFindings = HandshakeFindings(), body: RefusalBody? = nil, carrier: Carrier = Carrier(), number: UInt64 = 3,
        owners: SocketOwners? = nil
    ) -> Connection {
        let handshake = Handshake(time: .sample(), fractionDigits: digits, request: request, response: response)
        handshake.responseTime = response == nil ? nil : .sample(1_500_000)
        handshake.packets.add(4, limit: 1_000)
        handshake.packets.add(6, limit: 1_000)
        return Connection(
            number: number, client: Endpoint(address: IPAddress(192, 0, 2, 10), port: 49_152),
            server: Endpoint(address: IPAddress(v6: 0x2001_0db8_0000_0000, 1), port: 80), status: status, handshake: handshake,
            inferred: inferred, carrier: carrier, findings: findings, refusalBody: body, owners: owners)
    }
}

extension Frame {
    /// A whole, unmasked frame of the server's.
    static func sample(
        _ opcode: Opcode, length: Int, fin: Bool = true, rsv: UInt8 = 0, of messageOpcode: Opcode? = nil, isCompressed: Bool = false
    ) -> Frame {
        let header = FrameHeader(
            first: (fin ? 0x80 : 0) | rsv << 4 | opcode.rawValue, second: length > 0xFFFF ? 127 : length > 125 ? 126 : UInt8(length),
            maskingKey: 0, length: UInt64(length))
        var packets = PacketList()
        packets.add(8, limit: 1_000)
        return Frame(
            header: header, number: 9, from: .server, time: .sample(2_000_000), endTime: .sample(2_000_000), offset: 242, packets: packets,
            message: 7, messageOpcode: messageOpcode ?? opcode, isCompressed: isCompressed, capturedLength: UInt64(length))
    }
}

extension Message {
    /// The message that consists of one whole frame.
    init(of frame: Frame, _ payload: [UInt8]) {
        self.init(
            number: frame.message, from: frame.from, opcode: frame.header.opcode, time: frame.time, endTime: frame.endTime,
            length: frame.header.length, wireLength: frame.header.length, isCompressed: false, frameCount: 1, isComplete: frame.isComplete,
            unknownByteCount: 0, isValidText: frame.header.opcode == .text && UTF8Validator.isValid(payload.span), packets: frame.packets)
    }

    /// A message of several frames or a compressed one.
    static func sample(
        _ opcode: Opcode, _ content: [UInt8], frames: UInt64 = 2, isCompressed: Bool = false, isValidText: Bool? = nil
    ) -> Message {
        var message = Message(of: .sample(opcode, length: content.count), content)
        message.frameCount = frames
        message.isCompressed = isCompressed
        message.isValidText = isValidText ?? message.isValidText
        return message
    }
}

/// The keys of an object in the order in which they stand in the text.
func keys(ofLine line: String) -> [String] {
    var keys: [String] = []
    var depth = 0
    var rest = Substring(line)
    while let character = rest.first {
        switch character {
        case "{", "[": depth += 1
        case "}", "]": depth -= 1
        case "\"":
            var string = rest.dropFirst()
            var text = ""
            while let next = string.first, next != "\"" {
                text.append(next)
                string = string.dropFirst(next == "\\" ? 2 : 1)
            }
            rest = string
            if depth == 1, rest.dropFirst().first == ":" { keys.append(text) }
        default: break
        }
        rest = rest.dropFirst()
    }
    return keys
}
