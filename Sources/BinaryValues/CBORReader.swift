import Bytes

/// CBOR (RFC 8949).
struct CBORReader {
    var cursor: ByteCursor

    init(at start: Int) { cursor = ByteCursor(position: start) }

    private static let breakCode: UInt8 = 0xFF

    mutating func read(_ bytes: Span<UInt8>, _ writer: inout ValueWriter) -> Bool {
        guard let first = cursor.byte(bytes) else { return false }
        let (major, info) = (first >> 5, first & 0x1F)
        if info == 31 { return readIndefinite(major, bytes, &writer) }
        guard let argument = argument(info, bytes) else { return false }
        switch major {
        case 0: writer.unsigned(argument)
        case 1: writer.negative(argument)
        case 2, 3:
            guard let range = cursor.range(argument, bytes) else { return false }
            if major == 2 { writer.bytes(bytes.extracting(range)) } else { writer.text(bytes.extracting(range)) }
        case 4:
            guard argument <= UInt64(bytes.count - cursor.position), writer.open("[") else { return false }
            for index in 0..<argument {
                writer.separate(index)
                guard read(bytes, &writer) else { return false }
            }
            writer.close("]")
        case 5:
            guard argument <= UInt64(bytes.count - cursor.position) / 2, writer.open("{") else { return false }
            for index in 0..<argument {
                writer.separate(index)
                guard writer.beginKey({ read(bytes, &$0) }), read(bytes, &writer) else { return false }
            }
            writer.close("}")
        case 6:
            // Self-described CBOR (§3.4.6) says nothing about its content.
            if argument == 55_799 { return writer.nest { read(bytes, &$0) } }
            guard writer.open(#"{"tag":"#) else { return false }
            writer.unsigned(argument)
            writer.raw(#","value":"#)
            guard read(bytes, &writer) else { return false }
            writer.close("}")
        default: return readSimple(info, argument, &writer)
        }
        return true
    }

    /// §3: the number after the first byte, or in it.
    private mutating func argument(_ info: UInt8, _ bytes: Span<UInt8>) -> UInt64? {
        switch info {
        case 0..<24: UInt64(info)
        case 24...27: cursor.bigEndian(1 << Int(info - 24), bytes)
        default: nil
        }
    }

    /// §3.3: floats and simple values.
    private func readSimple(_ info: UInt8, _ argument: UInt64, _ writer: inout ValueWriter) -> Bool {
        switch info {
        case 20, 21: writer.flag(info == 21)
        case 22, 23: writer.raw("null")
        case 25: writer.float(Self.half(UInt16(truncatingIfNeeded: argument)))
        case 26: writer.float(Double(Float(bitPattern: UInt32(truncatingIfNeeded: argument))))
        case 27: writer.float(Double(bitPattern: argument))
        default:
            // Those below 32 have no second byte.
            guard info < 24 || (info == 24 && argument >= 32) else { return false }
            writer.raw(#"{"simple":"#)
            writer.unsigned(argument)
            writer.raw("}")
        }
        return true
    }

    /// IEEE 754 binary16 (appendix D).
    private static func half(_ bits: UInt16) -> Double {
        let (exponent, fraction) = (Int(bits >> 10 & 0x1F), Double(bits & 0x3FF))
        let magnitude: Double =
            switch exponent {
            case 0: fraction * 0x1p-24
            case 31: fraction == 0 ? .infinity : .nan
            default: Double(sign: .plus, exponent: exponent - 25, significand: fraction + 1_024)
            }
        return bits & 0x8000 == 0 ? magnitude : -magnitude
    }

    /// §3.2: what goes on until a break.
    private mutating func readIndefinite(_ major: UInt8, _ bytes: Span<UInt8>, _ writer: inout ValueWriter) -> Bool {
        switch major {
        case 2, 3: return readChunks(major, bytes, &writer)
        case 4, 5:
            guard writer.open(major == 4 ? "[" : "{") else { return false }
            var index: UInt64 = 0
            while cursor.position < bytes.count, bytes[cursor.position] != Self.breakCode {
                writer.separate(index)
                if major == 5, !writer.beginKey({ read(bytes, &$0) }) { return false }
                guard read(bytes, &writer) else { return false }
                index += 1
            }
            guard cursor.byte(bytes) == Self.breakCode else { return false }
            writer.close(major == 4 ? "]" : "}")
            return true
        default: return false
        }
    }

    private mutating func readChunks(_ major: UInt8, _ bytes: Span<UInt8>, _ writer: inout ValueWriter) -> Bool {
        var joined = ByteBuffer()
        while let first = cursor.byte(bytes) {
            if first == Self.breakCode {
                if major == 2 { writer.bytes(joined.span) } else { writer.text(joined.span) }
                return true
            }
            guard first >> 5 == major, let count = argument(first & 0x1F, bytes), let range = cursor.range(count, bytes) else {
                return false
            }
            joined.append(bytes.extracting(range))
        }
        return false
    }
}
