import Bytes

/// The bytes of a source that were read and not yet passed, in one buffer that is used over and over.
///
/// Nothing moves except inside `fill` and `skip`, so what was lent stays readable until then.
@safe
struct InputWindow: ~Copyable {
    private var source: ByteSource
    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    private var start = 0
    private var end = 0
    private var lentStart = 0
    private var lentCount = 0
    /// Where the buffer's first byte stands in the input.
    private var baseOffset: UInt64
    private(set) var isAtEnd = false
    /// Less was read last than there was room for, so that a file has no more.
    private(set) var isProbablyAtEnd = false
    /// Why the input ended, when that was not its end.
    private(set) var failure: SourceFailure?

    /// - Parameter offset: where the source's first byte stands in the input.
    init(_ source: consuming ByteSource, at offset: UInt64 = 0) {
        self.source = source
        baseOffset = offset
        capacity = ByteSource.chunkLength
        unsafe base = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { unsafe base.deallocate() }

    @inline(__always) var count: Int { end &- start }
    var compression: Compression? { source.compression }
    /// Where the first unread byte stands in the input; where that is compressed, in the uncompressed stream.
    var offset: UInt64 { baseOffset + UInt64(start) }

    /// Where what `take` lent last stands in the input.
    var lentOffset: UInt64 { baseOffset + UInt64(lentStart) }

    /// The unread bytes.
    var unread: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let bytes = unsafe buffer(from: start, count: count)
            return unsafe _overrideLifetime(Span(_unsafeElements: bytes), borrowing: self)
        }
    }

    /// What `take` lent last, until the next `fill` or `skip`.
    var lent: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let bytes = unsafe buffer(from: lentStart, count: lentCount)
            return unsafe _overrideLifetime(Span(_unsafeElements: bytes), borrowing: self)
        }
    }

    @inline(__always)
    private func buffer(from first: Int, count: Int) -> UnsafeBufferPointer<UInt8> {
        // Invariant: `0..<end` lies inside the allocation and was written, and `first..<first + count` lies inside that.
        unsafe UnsafeBufferPointer(start: UnsafePointer((base + first).assumingMemoryBound(to: UInt8.self)), count: count)
    }

    /// Passes `length` unread bytes and lends those of them in `range`.
    @inline(__always)
    mutating func take(_ length: Int, lending range: Range<Int> = 0..<0) {
        precondition(length <= count && range.lowerBound >= 0 && range.upperBound <= length)
        lentStart = start &+ range.lowerBound
        lentCount = range.upperBound &- range.lowerBound
        start &+= length
    }

    /// Lends nothing.
    @inline(__always)
    mutating func endLending() { lentCount = 0 }

    /// Makes at least `wanted` bytes unread, reading no more often than that needs; false when the input ends before.
    @inline(__always)
    mutating func fill(_ wanted: Int) -> Bool {
        count >= wanted || read(until: wanted)
    }

    /// Passes `length` bytes without holding them; the result is how many there were.
    mutating func skip(_ length: Int) -> Int {
        var skipped = 0
        while skipped < length, fill(1) {
            let step = min(count, length - skipped)
            start += step
            skipped += step
        }
        return skipped
    }

    @inline(never)
    private mutating func read(until wanted: Int) -> Bool {
        while count < wanted {
            if isAtEnd { return false }
            makeRoom(toHold: wanted)
            let room = min(capacity - end, ByteSource.chunkLength)
            var added = 0
            do throws(SourceFailure) {
                // Invariant: `end + room` is at most `capacity`.
                added = try unsafe source.read(into: UnsafeMutableRawBufferPointer(start: base + end, count: room))
            } catch {
                failure = error
            }
            isAtEnd = added == 0
            isProbablyAtEnd = added < room
            end += added
        }
        return true
    }

    /// Moves what is unread, less than one packet, to the front, and grows as bytes really come, not as they are announced.
    private mutating func makeRoom(toHold wanted: Int) {
        lentCount = 0
        if start > 0 {
            unsafe base.copyMemory(from: base + start, byteCount: count)
            baseOffset += UInt64(start)
            end -= start
            start = 0
        }
        guard end == capacity else { return }
        capacity = min(capacity * 2, wanted)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        unsafe larger.copyMemory(from: base, byteCount: end)
        unsafe base.deallocate()
        unsafe base = larger
    }
}
