/// Integers on the wire, read at an offset. Out of range traps, so callers compare first.
extension Span where Element == UInt8 {
    @inlinable @inline(__always)
    public func uint16BE(at offset: Int) -> UInt16 { UInt16(bigEndian: load(at: offset)) }

    @inlinable @inline(__always)
    public func uint32BE(at offset: Int) -> UInt32 { UInt32(bigEndian: load(at: offset)) }

    @inlinable @inline(__always)
    public func uint64BE(at offset: Int) -> UInt64 { UInt64(bigEndian: load(at: offset)) }

    /// As the bytes stand in memory.
    @inlinable @inline(__always)
    func load<Integer: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> Integer {
        let size = MemoryLayout<Integer>.size
        precondition(offset >= 0 && offset <= count &- size)
        // Invariant: that is inside the span, and an integer has no invalid bytes.
        return unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: Integer.self)
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
