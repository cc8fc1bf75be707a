/// Writes into room that was reserved for several pieces at once, so that each costs its bytes and no question of room.
///
///     // Invariant: both pieces are at most 27 bytes.
///     var line = unsafe output.writer(upTo: 27)
///     line.append("length ")
///     line.append(decimal: length)
///     output.commit(line)
///
/// Debug builds, and so all tests, trap on a piece that has no room. Between its beginning and `commit` nothing else may be appended
/// to the buffer.
@safe
public struct LineWriter: ~Copyable {
    /// Bytes that may be written behind the last piece: stores are as wide as registers, not as the piece.
    @inlinable public static var overrun: Int { 16 }

    @usableFromInline var next: UnsafeMutableRawPointer
    @usableFromInline let limit: UnsafeMutableRawPointer

    /// - Parameter count: bytes that can be written from `start` on, `overrun` not counted.
    @unsafe @inlinable @inline(__always)
    init(at start: UnsafeMutableRawPointer, upTo count: Int) {
        unsafe next = start
        unsafe limit = start + count
    }

    /// Bytes that can still be written; differences of it say how many were.
    @inlinable @inline(__always)
    public var room: Int { unsafe limit - next }

    // MARK: Pieces

    @inlinable @inline(__always)
    public mutating func append(_ byte: UInt8) {
        check(1)
        unsafe next.storeBytes(of: byte, as: UInt8.self)
        unsafe next += 1
    }

    @inlinable @inline(__always)
    public mutating func append(_ text: StaticString) {
        let added = text.utf8CodeUnitCount
        check(added)
        unsafe next.copyMemory(from: text.utf8Start, byteCount: added)
        unsafe next += added
    }

    @inlinable @inline(__always)
    public mutating func append(_ bytes: Span<UInt8>) {
        check(bytes.count)
        unsafe bytes.withUnsafeBytes { source in
            guard let first = source.baseAddress else { return }
            unsafe next.copyMemory(from: first, byteCount: source.count)
            unsafe next += source.count
        }
    }

    /// Appends the first `count` of eight bytes, of which the least significant comes first.
    @inlinable @inline(__always)
    public mutating func append(_ word: UInt64, count: Int) {
        check(count)
        unsafe next.storeBytes(of: word.littleEndian, as: UInt64.self)
        unsafe next += count
    }

    /// Appends so many blanks; none where the number is negative.
    @inlinable @inline(__always)
    public mutating func append(blanks count: Int) {
        guard count > 0 else { return }
        check(count)
        let blanks = SIMD16<UInt8>(repeating: UInt8(ascii: " "))
        unsafe next.storeBytes(of: blanks, as: SIMD16<UInt8>.self)
        // There are seldom more than sixteen.
        var start = 16
        while start < count {
            unsafe next.storeBytes(of: blanks, toByteOffset: start, as: SIMD16<UInt8>.self)
            start &+= 16
        }
        unsafe next += count
    }

    /// Lends what is left of the room to a kernel, which answers with the end of what it wrote.
    @inlinable @inline(__always)
    public mutating func append(_ write: (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer) {
        unsafe next = write(next)
        check(0)
    }

    @inlinable @inline(__always)
    public func check(_ count: Int) { assert(room >= count, "no room for the next piece") }
}

extension ByteBuffer {
    /// Reserves room for a line's pieces.
    ///
    /// The caller vouches that they are no more than `count` bytes: nothing checks it again.
    @unsafe @inlinable @inline(__always)
    public mutating func writer(upTo count: Int) -> LineWriter {
        reserve(count + LineWriter.overrun)
        return unsafe LineWriter(at: base.unsafelyUnwrapped + end, upTo: count)
    }

    /// Takes what was written since `writer` was asked for.
    @inlinable @inline(__always)
    public mutating func commit(_ writer: borrowing LineWriter) {
        let written = unsafe writer.next - (base.unsafelyUnwrapped + end)
        precondition(written >= 0 && written <= capacity &- end)
        end &+= written
    }
}
