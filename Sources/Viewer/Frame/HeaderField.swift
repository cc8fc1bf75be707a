import Bytes
import Text
import WebSocket

/// One field of a frame's header, where its bits are and what they say (RFC 6455 §5.2).
struct HeaderField: Sendable {
    /// Short enough for the ruler where its bits are few.
    var label: String
    var bits: Range<Int>
    /// The value with its name and meaning, in one line.
    var meaning: String

    /// All fields of a header as it was sent, in order.
    static func all(of header: FrameHeader, from side: Side, isCompressed: Bool) -> [HeaderField] {
        let final = header.isFinal ? "the last frame of its message" : "more frames of the message follow"
        var fields = [HeaderField(label: "F", bits: 0..<1, meaning: "FIN \(header.isFinal ? 1 : 0): \(final)")]
        for (bit, name) in ["RSV1", "RSV2", "RSV3"].enumerated() {
            let isSet = header.reserved & (4 >> UInt8(bit)) != 0
            let meaning =
                !isSet
                ? "not set"
                : bit == 0 && isCompressed ? "the message is compressed (RFC 7692 §6)" : "set; only an extension gives it a meaning"
            fields.append(HeaderField(label: "R", bits: bit + 1..<bit + 2, meaning: "\(name) \(isSet ? 1 : 0): \(meaning)"))
        }
        let kind = header.opcode.isControl ? "a control frame" : "a data frame"
        fields.append(
            HeaderField(
                // Seven columns: `reserved-5` would be cut.
                label: header.opcode.isReserved ? "opc 0x\(String(header.opcode.rawValue, radix: 16))" : "\(header.opcode.name)",
                bits: 4..<8,
                meaning: "opcode 0x\(String(header.opcode.rawValue, radix: 16)): \(header.opcode.name), \(kind)"))
        let masking =
            switch (side, header.isMasked) {
            case (.client, true): "masked, as a client must"
            case (.client, false): "not masked, although a client must"
            case (.server, true): "masked, although a server must not"
            case (.server, false): "not masked, as a server must not"
            }
        fields.append(HeaderField(label: "M", bits: 8..<9, meaning: "MASK \(header.isMasked ? 1 : 0): \(masking)"))
        return fields + lengths(of: header) + key(of: header)
    }

    /// A header in a line: `fin · text · masked, key 37 fa 00 3d · 5 bytes`.
    static func words(_ fields: [HeaderField], _ length: UInt64) -> [String] {
        var words: [String] = []
        for field in fields {
            // `FIN 1: the last frame of its message`: what is before the colon is the field's own.
            let name = field.meaning.prefix { $0 != ":" }
            switch field.label {
            case "F": words.append("\(name)")
            case "R": if name.hasSuffix("1") { words.append("\(name.dropLast(2))") }
            case "M": words.append(name.hasSuffix("1") ? "masked" : "not masked")
            case let label where label.hasPrefix("length"): break
            default: words.append(field.label)
            }
        }
        return words + [Quantity.counted(length, "byte")]
    }

    private static func lengths(of header: FrameHeader) -> [HeaderField] {
        let short = header.second & 0x7F
        guard short > 125 else {
            return [HeaderField(label: "length \(short)", bits: 9..<16, meaning: "payload length \(short) bytes, in 7 bits")]
        }
        let count = short == 126 ? 16 : 64
        let minimal = header.isLengthMinimal ? "" : "; fewer would have done"
        return [
            HeaderField(label: "length \(short)", bits: 9..<16, meaning: "length \(short): the length stands in the next \(count) bits"),
            HeaderField(
                label: "length \(header.length)", bits: 16..<16 + count,
                meaning: "payload length \(Quantity.count(header.length)) bytes, in \(count) bits\(minimal)"),
        ]
    }

    private static func key(of header: FrameHeader) -> [HeaderField] {
        guard header.isMasked else { return [] }
        let end = header.byteCount * 8
        let hex = (0..<4).map { index in
            let byte = header.maskingKey >> UInt32(24 - index * 8) & 0xFF
            return (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        let key = hex.joined(separator: " ")
        return [HeaderField(label: "key \(key)", bits: end - 32..<end, meaning: "masking key \(key)")]
    }
}

extension FrameHeader {
    /// The header's bytes, as its fields say.
    var bytes: [UInt8] {
        var buffer = ByteBuffer()
        encode(into: &buffer)
        return buffer.span.copied()
    }
}
