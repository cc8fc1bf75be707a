// Texts that are few bytes as a rule, copied and read as one block of sixteen. A text is padded where sixteen bytes can be read from its
// start on, however few of them are its own; what stands after those is of no meaning.
extension ByteBuffer {
    /// Bytes of a block.
    @inlinable public static var blockByteCount: Int { 16 }

    /// Appends a part of `bytes`, padded.
    @inlinable @inline(__always)
    public mutating func append(padded range: Range<Int>, of bytes: Span<UInt8>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
        let count = range.upperBound &- range.lowerBound
        guard count <= Self.blockByteCount, range.lowerBound <= bytes.count &- Self.blockByteCount else {
            return append(longOrLast: range, of: bytes)
        }
        // Invariant: sixteen bytes are there from the start of the range on.
        append(unsafe bytes.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: range.lowerBound, as: SIMD16<UInt8>.self), count: count)
    }

    /// Appends a padded text of another buffer, padded.
    @inlinable @inline(__always)
    public mutating func append(padded range: Range<Int>, of other: borrowing ByteBuffer) {
        precondition(range.lowerBound >= 0 && range.upperBound <= other.count)
        let count = range.upperBound &- range.lowerBound
        if count == 0 { return }
        guard count <= Self.blockByteCount else { return append(longOrLast: range, of: other.span) }
        append(other.block(at: range.lowerBound), count: count)
    }

    /// The sixteen bytes at the start of a padded text.
    @inlinable @inline(__always)
    public func block(at index: Int) -> SIMD16<UInt8> { padded(at: index) }

    /// The first eight of them as a number, the first byte least significant.
    @inlinable @inline(__always)
    public func word(at index: Int) -> UInt64 { UInt64(littleEndian: padded(at: index)) }

    @inlinable @inline(__always)
    func padded<Value: BitwiseCopyable>(at index: Int) -> Value {
        precondition(index >= 0 && index <= capacity &- start &- Self.blockByteCount)
        // Invariant: a padded text begins there, so that sixteen bytes were written.
        return unsafe (base.unsafelyUnwrapped + start).loadUnaligned(fromByteOffset: index, as: Value.self)
    }

    /// Pads a text that was appended otherwise, and ends where the buffer does.
    @inlinable @inline(__always)
    public mutating func pad() { append(SIMD16(repeating: 0), count: 0) }

    /// Appends the first bytes of a block, padded.
    @inlinable @inline(__always)
    mutating func append(_ block: SIMD16<UInt8>, count: Int) {
        reserve(Self.blockByteCount)
        unsafe (base.unsafelyUnwrapped + end).storeBytes(of: block, as: SIMD16<UInt8>.self)
        end &+= count
    }

    @usableFromInline @inline(never)
    mutating func append(longOrLast range: Range<Int>, of bytes: Span<UInt8>) {
        append(short: bytes.extracting(range))
        if range.count < Self.blockByteCount { pad() }
    }
}

extension LineWriter {
    /// Appends the first bytes of a block.
    @inlinable @inline(__always)
    public mutating func append(_ block: SIMD16<UInt8>, count: Int) {
        check(count)
        unsafe next.storeBytes(of: block, as: SIMD16<UInt8>.self)
        unsafe next += count
    }
}
