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
    @inlinable @inline(__always)
    public func matches(_ text: StaticString, at offset: Int = 0) -> Bool {
        let length = text.utf8CodeUnitCount
        guard offset >= 0, offset <= count, count &- offset >= length else { return false }
        // Invariant: both have `length` bytes from there on.
        return unsafe withUnsafeBytes { bytes in
            guard length > 0, let first = bytes.baseAddress else { return true }
            return unsafe Self.isSame(first + offset, UnsafeRawPointer(text.utf8Start), length)
        }
    }

    /// A word at a time, the last of which may overlap the one before; with a length that is known, it is a comparison or two.
    @unsafe @inlinable @inline(__always)
    static func isSame(_ one: UnsafeRawPointer, _ other: UnsafeRawPointer, _ count: Int) -> Bool {
        if count >= 8 {
            var index = 0
            while index < count &- 8 {
                if unsafe differ(one + index, other + index, as: UInt64.self) { return false }
                index &+= 8
            }
            return unsafe !differ(one + (count &- 8), other + (count &- 8), as: UInt64.self)
        }
        if count >= 4 {
            return unsafe !differ(one, other, as: UInt32.self) && !differ(one + (count &- 4), other + (count &- 4), as: UInt32.self)
        }
        for index in 0..<count where unsafe differ(one + index, other + index, as: UInt8.self) { return false }
        return true
    }

    @unsafe @inlinable @inline(__always)
    static func differ<Word: FixedWidthInteger & BitwiseCopyable>(
        _ one: UnsafeRawPointer, _ other: UnsafeRawPointer, as type: Word.Type
    ) -> Bool {
        unsafe one.loadUnaligned(as: type) != other.loadUnaligned(as: type)
    }
}

extension Span where Element == UInt8 {
    /// A copy, for tests and for values that outlive the packet.
    public func copied() -> [UInt8] {
        unsafe withUnsafeBufferPointer { unsafe Array($0) }
    }
}
