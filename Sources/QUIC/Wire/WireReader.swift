import Bytes

/// Takes fields of a packet from its front; nil once there are too few bytes.
struct WireReader: ~Escapable {
    let bytes: Span<UInt8>
    private(set) var offset = 0

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>, at offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    var isAtEnd: Bool { offset >= bytes.count }
    var remaining: Int { bytes.count &- offset }

    @inline(__always)
    mutating func byte() -> UInt8? {
        guard offset < bytes.count else { return nil }
        defer { offset &+= 1 }
        return bytes[offset]
    }

    mutating func uint32() -> UInt32? {
        guard remaining >= 4 else { return nil }
        defer { offset &+= 4 }
        return bytes.uint32BE(at: offset)
    }

    /// A variable-length integer, less than 2^62 (RFC 9000 §16).
    @inline(__always)
    mutating func number() -> UInt64? {
        guard offset < bytes.count else { return nil }
        let first = bytes[offset]
        if first < 0x40 {
            offset &+= 1
            return UInt64(first)
        }
        let count = 1 << Int(first >> 6)
        guard remaining >= count else { return nil }
        defer { offset &+= count }
        switch count {
        case 2: return UInt64(bytes.uint16BE(at: offset) & 0x3FFF)
        case 4: return UInt64(bytes.uint32BE(at: offset) & 0x3FFF_FFFF)
        default: return bytes.uint64BE(at: offset) & 0x3FFF_FFFF_FFFF_FFFF
        }
    }

    /// The range of the next `count` bytes.
    @inline(__always)
    mutating func skip(_ count: UInt64) -> Range<Int>? {
        guard count <= UInt64(remaining) else { return nil }
        let start = offset
        offset &+= Int(count)
        return start..<offset
    }

    /// The range of bytes with their number, a variable-length integer, before them.
    @inline(__always)
    mutating func vector() -> Range<Int>? {
        guard let count = number() else { return nil }
        return skip(count)
    }

    /// A connection ID with its length in one byte before it.
    mutating func connectionID() -> ConnectionID? {
        guard let count = byte(), let range = skip(UInt64(count)) else { return nil }
        return ConnectionID(bytes.extracting(range))
    }

    /// Passes over bytes that are zero.
    mutating func skipZeros() { while offset < bytes.count, bytes[offset] == 0 { offset &+= 1 } }
}
