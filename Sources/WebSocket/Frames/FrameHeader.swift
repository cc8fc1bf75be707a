import Bytes

/// The header of one frame, every field as it was sent (RFC 6455 §5.2).
///
/// ```
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-------+-+-------------+-------------------------------+
/// |F|R|R|R| opcode|M| length      | 16-bit length when it is 126, |
/// |I|S|S|S|  (4)  |A|     (7)     | 64-bit length when it is 127  |
/// |N|V|V|V|       |S|             | (network byte order)          |
/// | |1|2|3|       |K|             |                               |
/// +-+-+-+-+-------+-+-------------+-------------------------------+
/// | masking key, 4 bytes, when MASK is set                        |
/// +---------------------------------------------------------------+
/// ```
public struct FrameHeader: Equatable, Sendable {
    /// FIN, RSV1–3 and the opcode, as on the wire.
    public var first: UInt8
    /// MASK and the 7-bit length, as on the wire; tells which form the length was sent in.
    public var second: UInt8
    /// The key when `isMasked`, its first byte most significant; 0 otherwise.
    public var maskingKey: UInt32
    /// Payload bytes that the header announces: 0 to 2^64 - 1, the top bit included although §5.2 forbids it.
    public var length: UInt64

    @inlinable
    public init(first: UInt8, second: UInt8, maskingKey: UInt32, length: UInt64) {
        self.first = first
        self.second = second
        self.maskingKey = maskingKey
        self.length = length
    }

    /// The longest header: two bytes, a 64-bit length and a key.
    public static let largestByteCount = 14

    // MARK: Parsing

    /// The header at `offset`, or nil when it is not all there yet.
    @inlinable @inline(__always)
    public init?(_ bytes: Span<UInt8>, at offset: Int) {
        let available = bytes.count - offset
        guard available >= 2 else { return nil }
        first = bytes[offset]
        second = bytes[offset + 1]
        let masked = second & 0x80 != 0
        let keyLength = masked ? 4 : 0
        var position = offset + 2
        switch second & 0x7F {
        case 126:
            guard available >= 4 + keyLength else { return nil }
            length = UInt64(bytes.uint16BE(at: position))
            position += 2
        case 127:
            guard available >= 10 + keyLength else { return nil }
            length = bytes.uint64BE(at: position)
            position += 8
        case let short:
            guard available >= 2 + keyLength else { return nil }
            length = UInt64(short)
        }
        maskingKey = masked ? bytes.uint32BE(at: position) : 0
    }

    /// The header at `offset` of a frame that is there whole and has at most 65,535 bytes; nil for any other.
    /// - Parameter bodyStart: where its payload begins.
    @inlinable @inline(__always)
    public init?(shortIn bytes: Span<UInt8>, at offset: Int, bodyStart: inout Int) {
        let available = bytes.count &- offset
        guard offset >= 0, available >= 2 else { return nil }
        let start = bytes.uint16BE(at: offset)
        first = UInt8(truncatingIfNeeded: start >> 8)
        second = UInt8(truncatingIfNeeded: start)
        let short = second & 0x7F
        var position = offset &+ 2
        length = UInt64(short)
        if short >= 126 {
            guard short == 126, available >= 4 else { return nil }
            length = UInt64(bytes.uint16BE(at: position))
            position = position &+ 2
        }
        maskingKey = 0
        if second & 0x80 != 0 {
            guard bytes.count &- position >= 4 else { return nil }
            maskingKey = bytes.uint32BE(at: position)
            position = position &+ 4
        }
        guard Int(truncatingIfNeeded: length) <= bytes.count &- position else { return nil }
        bodyStart = position
    }

    // MARK: Fields

    @inlinable public var isFinal: Bool { first & 0x80 != 0 }
    /// RSV1, RSV2, RSV3 as a number from 0 to 7; RSV1 is 4.
    @inlinable public var reserved: UInt8 { first >> 4 & 0x7 }
    @inlinable public var hasRSV1: Bool { first & 0x40 != 0 }
    @inlinable public var opcode: Opcode { Opcode(rawValue: first) }
    @inlinable public var isMasked: Bool { second & 0x80 != 0 }

    /// Bytes of the header itself: 2 to 14.
    @inlinable public var byteCount: Int {
        let extended = second & 0x7F
        return 2 + (extended == 127 ? 8 : extended == 126 ? 2 : 0) + (isMasked ? 4 : 0)
    }

    /// "The minimal number of bytes MUST be used to encode the length" (§5.2).
    @inlinable public var isLengthMinimal: Bool {
        switch second & 0x7F {
        case 126: length > 125
        case 127: length > 0xFFFF
        default: true
        }
    }

    /// Bytes of the header that a payload of this length needs at least (§5.2): 2, 4 or 10, and 4 more for a key.
    public static func byteCount(forPayload length: UInt64, isMasked: Bool) -> UInt64 {
        (length > 0xFFFF ? 10 : length > 125 ? 4 : 2) + (isMasked ? 4 : 0)
    }

    // MARK: Encoding

    /// Writes the header as its fields say, non-minimal lengths included.
    public func encode(into output: inout ByteBuffer) {
        output.append(first)
        output.append(second)
        let lengthBytes = second & 0x7F == 127 ? 8 : second & 0x7F == 126 ? 2 : 0
        for shift in stride(from: (lengthBytes - 1) * 8, through: 0, by: -8) {
            output.append(UInt8(truncatingIfNeeded: length >> UInt64(shift)))
        }
        guard isMasked else { return }
        for shift in stride(from: 24, through: 0, by: -8) {
            output.append(UInt8(truncatingIfNeeded: maskingKey >> UInt32(shift)))
        }
    }
}
