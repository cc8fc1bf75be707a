import Bytes

/// MessagePack (msgpack.org, `spec.md`).
struct MessagePackReader {
    var cursor: ByteCursor

    init(at start: Int) { cursor = ByteCursor(position: start) }

    mutating func read(_ bytes: Span<UInt8>, _ writer: inout ValueWriter) -> Bool {
        guard let first = cursor.byte(bytes) else { return false }
        switch first {
        case 0x00...0x7F: writer.unsigned(UInt64(first))
        case 0x80...0x8F: return readMap(UInt64(first & 0x0F), bytes, &writer)
        case 0x90...0x9F: return readArray(UInt64(first & 0x0F), bytes, &writer)
        case 0xA0...0xBF: return readText(UInt64(first & 0x1F), bytes, &writer)
        case 0xC0: writer.raw("null")
        case 0xC1: return false
        case 0xC2, 0xC3: writer.flag(first == 0xC3)
        case 0xC4...0xC6: return readBytes(1 << (first - 0xC4), bytes, &writer)
        case 0xC7...0xC9:
            guard let count = cursor.bigEndian(1 << Int(first - 0xC7), bytes) else { return false }
            return readExtension(count, bytes, &writer)
        case 0xCA:
            guard let bits = cursor.bigEndian(4, bytes) else { return false }
            let value = Float(bitPattern: UInt32(truncatingIfNeeded: bits))
            writer.float(Double(value))
        case 0xCB:
            guard let bits = cursor.bigEndian(8, bytes) else { return false }
            writer.float(Double(bitPattern: bits))
        case 0xCC...0xCF:
            guard let value = cursor.bigEndian(1 << Int(first - 0xCC), bytes) else { return false }
            writer.unsigned(value)
        case 0xD0...0xD3:
            let count = 1 << Int(first - 0xD0)
            guard let value = cursor.bigEndian(count, bytes) else { return false }
            let shift = UInt64(64 - 8 * count)
            writer.signed(Int64(bitPattern: value << shift) >> Int64(shift))
        case 0xD4...0xD8: return readExtension(1 << UInt64(first - 0xD4), bytes, &writer)
        case 0xD9...0xDB:
            guard let count = cursor.bigEndian(1 << Int(first - 0xD9), bytes) else { return false }
            return readText(count, bytes, &writer)
        case 0xDC, 0xDD:
            guard let count = cursor.bigEndian(first == 0xDC ? 2 : 4, bytes) else { return false }
            return readArray(count, bytes, &writer)
        case 0xDE, 0xDF:
            guard let count = cursor.bigEndian(first == 0xDE ? 2 : 4, bytes) else { return false }
            return readMap(count, bytes, &writer)
        default: writer.signed(Int64(Int8(bitPattern: first)))
        }
        return true
    }

    private mutating func readText(_ count: UInt64, _ bytes: Span<UInt8>, _ writer: inout ValueWriter) -> Bool {
        guard let range = cursor.range(count, bytes) else { return false }
        writer.text(bytes.extracting(range))
        return true
    }

    private mutating func readBytes(_ width: Int, _ bytes: Span<UInt8>, _ writer: inout ValueWriter) -> Bool {
        guard let count = cursor.bigEndian(width, bytes), let range = cursor.range(count, bytes) else { return false }
        writer.bytes(bytes.extracting(range))
        return true
    }

    private mutating func readExtension(_ count: UInt64, _ bytes: Span<UInt8>, _ writer: inout ValueWriter) -> Bool {
        guard let type = cursor.byte(bytes), let range = cursor.range(count, bytes) else { return false }
        writer.raw(#"{"ext":"#)
        writer.signed(Int64(Int8(bitPattern: type)))
        writer.raw(#","bytes":""#)
        writer.base64(bytes.extracting(range))
        writer.raw(#""}"#)
        return true
    }

    private mutating func readArray(_ count: UInt64, _ bytes: Span<UInt8>, _ writer: inout ValueWriter) -> Bool {
        // Each element takes a byte at least.
        guard count <= UInt64(bytes.count - cursor.position), writer.open("[") else { return false }
        for index in 0..<count {
            writer.separate(index)
            guard read(bytes, &writer) else { return false }
        }
        writer.close("]")
        return true
    }

    private mutating func readMap(_ count: UInt64, _ bytes: Span<UInt8>, _ writer: inout ValueWriter) -> Bool {
        guard count <= UInt64(bytes.count - cursor.position) / 2, writer.open("{") else { return false }
        for index in 0..<count {
            writer.separate(index)
            guard writer.beginKey({ read(bytes, &$0) }), read(bytes, &writer) else { return false }
        }
        writer.close("}")
        return true
    }
}
