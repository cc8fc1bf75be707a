import Bytes

/// Erlang's external term format (erts, "External Term Format"). Atoms and binaries are texts; `true`, `false` and `nil` are what they say.
struct ETFReader {
    var cursor: ByteCursor

    init(at start: Int) { cursor = ByteCursor(position: start) }

    private static let version: UInt8 = 131
    private static let nilTag: UInt8 = 106

    /// A term after the byte that all begin with.
    mutating func readWhole(_ bytes: Span<UInt8>, _ writer: inout ValueWriter) -> Bool {
        cursor.byte(bytes) == Self.version && read(bytes, &writer)
    }

    private mutating func read(_ bytes: Span<UInt8>, _ writer: inout ValueWriter) -> Bool {
        guard let tag = cursor.byte(bytes) else { return false }
        switch tag {
        case 70:
            guard let bits = cursor.bigEndian(8, bytes) else { return false }
            writer.float(Double(bitPattern: bits))
        case 97:
            guard let value = cursor.byte(bytes) else { return false }
            writer.unsigned(UInt64(value))
        case 98:
            guard let value = cursor.bigEndian(4, bytes) else { return false }
            writer.signed(Int64(Int32(truncatingIfNeeded: value)))
        case 100, 115, 118, 119: return readAtom(width: tag == 100 || tag == 118 ? 2 : 1, bytes, &writer)
        case 104, 105: return readTuple(cursor.bigEndian(tag == 104 ? 1 : 4, bytes), bytes, &writer)
        case 106: writer.raw("[]")
        case 107, 109:
            guard let count = cursor.bigEndian(tag == 107 ? 2 : 4, bytes), let range = cursor.range(count, bytes) else { return false }
            writer.text(bytes.extracting(range))
        case 108: return readList(cursor.bigEndian(4, bytes), bytes, &writer)
        case 110, 111: return readBig(cursor.bigEndian(tag == 110 ? 1 : 4, bytes), bytes, &writer)
        case 116: return readMap(cursor.bigEndian(4, bytes), bytes, &writer)
        default: return false
        }
        return true
    }

    private mutating func readAtom(width: Int, _ bytes: Span<UInt8>, _ writer: inout ValueWriter) -> Bool {
        guard let count = cursor.bigEndian(width, bytes), let range = cursor.range(count, bytes) else { return false }
        let name = bytes.extracting(range)
        if name.count == 4, name.matches("true") {
            writer.flag(true)
        } else if name.count == 5, name.matches("false") {
            writer.flag(false)
        } else if name.count == 3, name.matches("nil") {
            writer.raw("null")
        } else {
            writer.text(name)
        }
        return true
    }

    private mutating func readTuple(_ count: UInt64?, _ bytes: Span<UInt8>, _ writer: inout ValueWriter) -> Bool {
        readElements(count, bytes, &writer) && close(&writer)
    }

    /// Elements, then what they end in: nothing, or one more.
    private mutating func readList(_ count: UInt64?, _ bytes: Span<UInt8>, _ writer: inout ValueWriter) -> Bool {
        guard readElements(count, bytes, &writer), cursor.position < bytes.count else { return false }
        if bytes[cursor.position] == Self.nilTag {
            cursor.position += 1
        } else {
            // Also a list of no elements can end in one.
            writer.separate(count ?? 0)
            guard read(bytes, &writer) else { return false }
        }
        return close(&writer)
    }

    private mutating func readElements(_ count: UInt64?, _ bytes: Span<UInt8>, _ writer: inout ValueWriter) -> Bool {
        guard let count, count <= UInt64(bytes.count - cursor.position), writer.open("[") else { return false }
        for index in 0..<count {
            writer.separate(index)
            guard read(bytes, &writer) else { return false }
        }
        return true
    }

    private func close(_ writer: inout ValueWriter) -> Bool {
        writer.close("]")
        return true
    }

    private mutating func readMap(_ count: UInt64?, _ bytes: Span<UInt8>, _ writer: inout ValueWriter) -> Bool {
        guard let count, count <= UInt64(bytes.count - cursor.position) / 2, writer.open("{") else { return false }
        for index in 0..<count {
            writer.separate(index)
            guard writer.beginKey({ read(bytes, &$0) }), read(bytes, &writer) else { return false }
        }
        writer.close("}")
        return true
    }

    /// Up to eight bytes as a number; more of them, the least significant first, as bytes.
    private mutating func readBig(_ count: UInt64?, _ bytes: Span<UInt8>, _ writer: inout ValueWriter) -> Bool {
        guard let count, let sign = cursor.byte(bytes), sign < 2 else { return false }
        guard count <= 8 else {
            guard let range = cursor.range(count, bytes) else { return false }
            writer.raw(sign == 0 ? #"{"big":"+","bytes":""# : #"{"big":"-","bytes":""#)
            writer.base64(bytes.extracting(range))
            writer.raw(#""}"#)
            return true
        }
        guard let value = cursor.littleEndian(Int(count), bytes) else { return false }
        if sign == 1, value > 0 { writer.negative(value - 1) } else { writer.unsigned(value) }
        return true
    }
}
