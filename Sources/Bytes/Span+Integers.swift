/// Integers on the wire, read at an offset. Out of range traps, so callers compare first.
extension Span where Element == UInt8 {
    @inlinable @inline(__always)
    public func uint16BE(at offset: Int) -> UInt16 {
        UInt16(self[offset]) << 8 | UInt16(self[offset + 1])
    }

    @inlinable @inline(__always)
    public func uint32BE(at offset: Int) -> UInt32 {
        UInt32(uint16BE(at: offset)) << 16 | UInt32(uint16BE(at: offset + 2))
    }

    @inlinable @inline(__always)
    public func uint64BE(at offset: Int) -> UInt64 {
        UInt64(uint32BE(at: offset)) << 32 | UInt64(uint32BE(at: offset + 4))
    }

    @inlinable @inline(__always)
    public func uint16LE(at offset: Int) -> UInt16 { uint16BE(at: offset).byteSwapped }

    @inlinable @inline(__always)
    public func uint32LE(at offset: Int) -> UInt32 { uint32BE(at: offset).byteSwapped }

    @inlinable @inline(__always)
    public func uint64LE(at offset: Int) -> UInt64 { uint64BE(at: offset).byteSwapped }

    /// True when `text` stands at `offset`, byte for byte.
    @inlinable
    public func matches(_ text: StaticString, at offset: Int = 0) -> Bool {
        let length = text.utf8CodeUnitCount
        guard offset >= 0, offset <= count, count - offset >= length else { return false }
        for index in 0..<length where unsafe self[offset + index] != text.utf8Start[index] { return false }
        return true
    }
}

extension Span where Element == UInt8 {
    /// A copy, for tests and for values that outlive the packet.
    public func copied() -> [UInt8] {
        unsafe withUnsafeBufferPointer { unsafe Array($0) }
    }
}
