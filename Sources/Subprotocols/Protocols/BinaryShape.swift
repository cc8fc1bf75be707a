import BinaryValues
import Bytes
import JSON
import WebSocket

/// A format that messages are in where no protocol is known: each message has its value as JSON, and that is all that is said of it.
protocol BinaryShape: Dialect {
    init()
    /// Names of subprotocols that say so.
    static var subprotocols: [String] { get }
    /// A map may begin with these bytes; false of all where a message cannot tell what it is.
    static func mayBeMap(_ content: Span<UInt8>) -> Bool

    /// Appends a whole message as JSON; nil if it is none.
    static func append(_ content: Span<UInt8>, to output: inout ByteBuffer) -> BinaryValue?
}

extension BinaryShape {
    static func recognise(_ handshake: HandshakeFacts) -> Recognition { subprotocols.contains(handshake.agreed) ? .certain : .none }

    static var openings: Openings { .binary }

    /// A map of two members or more whose names are words: bytes that are something else hardly ever are one to their end.
    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool {
        guard !message.isText, content.count > 8, mayBeMap(content) else { return false }
        var json = ByteBuffer()
        guard let value = append(content, to: &json), !value.isCut else { return false }
        var members = JSONMembers(json.span)
        var count = 0
        while let name = members.next(json.span) {
            guard isWord(json.span.extracting(name.range)) else { return false }
            count += 1
        }
        return members.isWhole && count >= 2
    }

    private static func isWord(_ name: Span<UInt8>) -> Bool {
        guard name.count >= 2 else { return false }
        for index in 0..<name.count {
            switch name[index] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): continue
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."): if index == 0 { return false }
            default: return false
            }
        }
        return true
    }

    init(_ handshake: HandshakeFacts) { self.init() }

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        var json = ByteBuffer()
        // Other messages may well be in other formats.
        guard !dialogue.message.isText, dialogue.message.isWhole, let value = Self.append(content, to: &json) else {
            return .unknown
        }
        dialogue.add(.event, "message")
        dialogue.value(json.span, value)
        return .fits
    }
}

extension BinaryShape {
    /// A value that ends with the message.
    fileprivate static func append(
        whole format: BinaryFormat, _ content: Span<UInt8>, to output: inout ByteBuffer
    ) -> BinaryValue? {
        let before = output.count
        guard !content.isEmpty, let value = BinaryValue.append(format, content, to: &output, limit: Meaning.valueLimit) else { return nil }
        if value.end == content.count { return value }
        output.truncate(to: before)
        return nil
    }
}

struct MessagePackShape: BinaryShape {
    static let name: StaticString = "msgpack"
    static let subprotocols = ["msgpack", "messagepack", "x-msgpack"]
    static func mayBeMap(_ content: Span<UInt8>) -> Bool { content[0] & 0xF0 == 0x80 || content[0] & 0xFE == 0xDE }
    static func append(_ content: Span<UInt8>, to output: inout ByteBuffer) -> BinaryValue? {
        append(whole: .messagePack, content, to: &output)
    }
}

struct CBORShape: BinaryShape {
    static let name: StaticString = "cbor"
    static let subprotocols = ["cbor"]
    static func mayBeMap(_ content: Span<UInt8>) -> Bool { content[0] >> 5 == 5 }
    static func append(_ content: Span<UInt8>, to output: inout ByteBuffer) -> BinaryValue? { append(whole: .cbor, content, to: &output) }
}

struct BSONShape: BinaryShape {
    static let name: StaticString = "bson"
    static let subprotocols = ["bson"]
    static func mayBeMap(_ content: Span<UInt8>) -> Bool { true }
    static func append(_ content: Span<UInt8>, to output: inout ByteBuffer) -> BinaryValue? { append(whole: .bson, content, to: &output) }
}

struct ETFShape: BinaryShape {
    static let name: StaticString = "etf"
    static let subprotocols = ["etf", "erlpack"]
    static func mayBeMap(_ content: Span<UInt8>) -> Bool { content[0] == 131 && content[1] == 116 }
    static func append(_ content: Span<UInt8>, to output: inout ByteBuffer) -> BinaryValue? { append(whole: .etf, content, to: &output) }
}

/// Nearly anything may be protobuf, so a subprotocol has to say so.
struct ProtobufShape: BinaryShape {
    static let name: StaticString = "protobuf"
    static let subprotocols = ["protobuf", "proto", "x-protobuf"]
    static func mayBeMap(_ content: Span<UInt8>) -> Bool { false }
    static func append(_ content: Span<UInt8>, to output: inout ByteBuffer) -> BinaryValue? {
        // A message without fields has no bytes.
        guard !content.isEmpty else {
            output.append("[]")
            return BinaryValue(end: 0, isCut: false)
        }
        return append(whole: .protobuf, content, to: &output)
    }
}

/// JSON in zlib or gzip, whose checksums say that it is.
struct CompressedShape: BinaryShape {
    static let name: StaticString = "zlib"
    static let subprotocols: [String] = []
    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool { isObject(compressed: content, message) }
    static func mayBeMap(_ content: Span<UInt8>) -> Bool { true }
    static func append(_ content: Span<UInt8>, to output: inout ByteBuffer) -> BinaryValue? {
        var plain = ByteBuffer()
        guard ZlibStream.inflate(whole: content, into: &plain, limit: Meaning.valueLimit) else { return nil }
        return append(json: plain.span, of: content, to: &output)
    }
}

/// JSON in a frame of zstd.
struct ZstdShape: BinaryShape {
    static let name: StaticString = "zstd"
    static let subprotocols: [String] = []
    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool { isObject(compressed: content, message) }
    static func mayBeMap(_ content: Span<UInt8>) -> Bool { true }
    static func append(_ content: Span<UInt8>, to output: inout ByteBuffer) -> BinaryValue? {
        var plain = ByteBuffer()
        guard ZstdStream.decompress(whole: content, into: &plain, limit: Meaning.valueLimit) else { return nil }
        return append(json: plain.span, of: content, to: &output)
    }
}

extension BinaryShape {
    /// True of an object of JSON: that it can be inflated says enough, whatever its members are.
    fileprivate static func isObject(compressed content: Span<UInt8>, _ message: MessageFacts) -> Bool {
        guard !message.isText, content.count > 8 else { return false }
        var json = ByteBuffer()
        return append(content, to: &json) != nil && json.count > 0 && json.span[0] == UInt8(ascii: "{")
    }

    /// What was inside a message, where that is JSON.
    fileprivate static func append(json plain: Span<UInt8>, of content: Span<UInt8>, to output: inout ByteBuffer) -> BinaryValue? {
        guard UTF8Validator.isValid(plain), JSONCompaction.append(plain, to: &output) else { return nil }
        return BinaryValue(end: content.count, isCut: false)
    }
}
