import Bytes
import TestSupport
import Testing
import WebSocket

@Suite struct FrameHeaderTests {
    /// An example of RFC 6455 §5.7.
    struct Example: Sendable {
        var name: String
        var bytes: [UInt8]
        var isFinal = true
        var opcode: Opcode
        var key: UInt32?
        var length: UInt64
        var headerByteCount: Int
    }

    static let examples = [
        Example(
            name: "a single-frame unmasked text message", bytes: [0x81, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F], opcode: .text, length: 5,
            headerByteCount: 2),
        Example(
            name: "a single-frame masked text message", bytes: [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58],
            opcode: .text, key: 0x37FA_213D, length: 5, headerByteCount: 6),
        Example(
            name: "the first fragment", bytes: [0x01, 0x03, 0x48, 0x65, 0x6C], isFinal: false, opcode: .text, length: 3, headerByteCount: 2),
        Example(name: "the second fragment", bytes: [0x80, 0x02, 0x6C, 0x6F], opcode: .continuation, length: 2, headerByteCount: 2),
        Example(
            name: "an unmasked ping", bytes: [0x89, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F], opcode: .ping, length: 5, headerByteCount: 2),
        Example(
            name: "a masked pong", bytes: [0x8A, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58], opcode: .pong,
            key: 0x37FA_213D, length: 5, headerByteCount: 6),
        Example(name: "256 bytes of binary data", bytes: [0x82, 0x7E, 0x01, 0x00], opcode: .binary, length: 256, headerByteCount: 4),
        Example(
            name: "64 KiB of binary data", bytes: [0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0], opcode: .binary, length: 65_536, headerByteCount: 10
        ),
    ]

    @Test(
        "a payload needs a header of 2, 4 or 10 bytes, and 4 more for a key",
        arguments: [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10), (UInt64.max, 10)] as [(UInt64, UInt64)])
    func leastHeader(length: UInt64, count: UInt64) {
        #expect(FrameHeader.byteCount(forPayload: length, isMasked: false) == count)
        #expect(FrameHeader.byteCount(forPayload: length, isMasked: true) == count + 4)
    }

    @Test("the examples of RFC 6455 §5.7 read as the RFC says", arguments: examples)
    func example(_ example: Example) throws {
        let parsed = FrameHeader(example.bytes.span, at: 0)
        let header = try #require(parsed)
        #expect(header.isFinal == example.isFinal)
        #expect(header.reserved == 0)
        #expect(header.opcode == example.opcode)
        #expect(header.isMasked == (example.key != nil))
        #expect(header.maskingKey == example.key ?? 0)
        #expect(header.length == example.length)
        #expect(header.byteCount == example.headerByteCount)
        #expect(header.isLengthMinimal)
        var output = ByteBuffer()
        header.encode(into: &output)
        let encoded = output.span.copied()
        #expect(encoded == Array(example.bytes.prefix(example.headerByteCount)))
    }

    @Test("the masked example unmasks to Hello")
    func hello() {
        let bytes = Self.examples[1].bytes
        var output = ByteBuffer()
        output.append(unmasking: bytes.span.extracting(6..<11), key: 0x37FA_213D, phase: 0)
        let text = output.span.copied()
        #expect(text == Array("Hello".utf8))
    }

    @Test("any header survives decoding and encoding, and no prefix of it is a header", arguments: SeededRandom.seeds)
    func roundTrip(seed: UInt64) {
        var random = SeededRandom(seed)
        var failures = 0
        for _ in 0..<500 {
            let header = FrameHeader.random(&random)
            let offset = Int.random(in: 0...5, using: &random)
            var output = ByteBuffer()
            for byte in random.bytes(offset) { output.append(byte) }
            header.encode(into: &output)
            if output.count - offset != header.byteCount || header.byteCount > FrameHeader.largestByteCount { failures += 1 }
            let whole = FrameHeader(output.span, at: offset)
            if whole != header { failures += 1 }
            for end in offset..<output.count {
                let early = FrameHeader(output.span.extracting(0..<end), at: offset)
                if early != nil { failures += 1 }
            }
        }
        #expect(failures == 0)
    }

    @Test("reserved bits are a number from 0 to 7, RSV1 being 4")
    func reservedBits() {
        let values = (0...7).map { FrameHeader(first: UInt8($0) << 4 | 1, second: 0, maskingKey: 0, length: 0) }
        #expect(values.map(\.reserved) == [0, 1, 2, 3, 4, 5, 6, 7])
        #expect(values.map(\.hasRSV1) == [false, false, false, false, true, true, true, true])
        let areText = values.allSatisfy { $0.opcode == .text && !$0.isFinal }
        #expect(areText)
    }

    @Test("a length is minimal when no shorter form holds it")
    func minimalLength() {
        func isMinimal(_ form: UInt8, _ length: UInt64) -> Bool {
            FrameHeader(first: 0x82, second: form, maskingKey: 0, length: length).isLengthMinimal
        }
        #expect(isMinimal(0, 0) && isMinimal(125, 125))
        #expect(!isMinimal(126, 0) && !isMinimal(126, 125) && isMinimal(126, 126) && isMinimal(126, 0xFFFF))
        #expect(!isMinimal(127, 125) && !isMinimal(127, 0xFFFF) && isMinimal(127, 0x1_0000) && isMinimal(127, .max))
        #expect(!isMinimal(0x80 | 126, 125) && isMinimal(0x80 | 127, 1 << 63))
    }

    @Test("opcodes are the low four bits, 8 to 15 control, and six of them have a meaning")
    func opcodes() {
        let all = (0...15).map { Opcode(rawValue: 0xF0 | UInt8($0)) }
        let meaningful = all.filter { !$0.isReserved }
        #expect(all.map(\.rawValue) == Array(0...15))
        #expect(meaningful == [.continuation, .text, .binary, .close, .ping, .pong])
        #expect(all.filter(\.isControl).map(\.rawValue) == Array(8...15))
        #expect(Set(all.map { "\($0.name)" }).count == 16)
        #expect("\(Opcode(rawValue: 0xB).name)" == "reserved-11")
    }

    @Test("read in one step it is the same, where the frame is short and there whole", arguments: SeededRandom.seeds)
    func inOneStep(seed: UInt64) {
        var random = SeededRandom(seed)
        for _ in 0..<2_000 {
            let offset = Int.random(in: 0...3, using: &random)
            var bytes = random.bytes(offset) + [0x81, UInt8(truncatingIfNeeded: random.next())]
            if Bool.random(using: &random) { bytes[offset + 1] = bytes[offset + 1] & 0x80 | 126 }
            bytes += [0, UInt8(truncatingIfNeeded: random.next())] + random.bytes(Int.random(in: 0...200, using: &random))
            let span = bytes.span
            var bodyStart = 0
            let short = FrameHeader(shortIn: span, at: offset, bodyStart: &bodyStart)
            let header = FrameHeader(span, at: offset)
            let isWhole = header.map { $0.second & 0x7F != 127 && bytes.count - offset - $0.byteCount >= Int($0.length) } ?? false
            #expect(short == (isWhole ? header : nil), "\(bytes) at \(offset)")
            #expect(bodyStart == (short.map { offset + $0.byteCount } ?? 0))
        }
    }
}

extension FrameHeader {
    /// Every form of length, minimal or not, every opcode and bit, with and without a key.
    static func random(_ random: inout SeededRandom) -> FrameHeader {
        let isMasked = Bool.random(using: &random)
        let form = UInt8.random(in: 0...3, using: &random)
        let second: UInt8
        let length: UInt64
        switch form {
        case 0:
            second = .random(in: 0...125, using: &random)
            length = UInt64(second)
        case 1:
            second = 126
            length = UInt64(UInt16.random(in: .min ... .max, using: &random) >> UInt16.random(in: 0...15, using: &random))
        default:
            second = 127
            length = UInt64.random(in: .min ... .max, using: &random) >> UInt64.random(in: 0...63, using: &random)
        }
        return FrameHeader(
            first: .random(in: .min ... .max, using: &random), second: second | (isMasked ? 0x80 : 0),
            maskingKey: isMasked ? .random(in: .min ... .max, using: &random) : 0, length: length)
    }
}
