/// Owned bytes that grow at the end and are taken from the front.
///
/// The one growable buffer of the project: unread stream bytes, kept payload and output lines all live in one.
/// It is `~Copyable`, so handing it on moves a pointer and never counts references. Memory is uninitialised until
/// it is written; only `start..<end` is ever readable. Both are at most `capacity`, so sums and differences of them cannot overflow.
@safe
public struct ByteBuffer: ~Copyable {
    @usableFromInline var base: UnsafeMutableRawPointer?
    @usableFromInline var start = 0
    @usableFromInline var end = 0
    public private(set) var capacity = 0

    public init() { unsafe base = nil }

    public init(capacity: Int) {
        unsafe base = nil
        if capacity > 0 { grow(toHold: capacity) }
    }

    deinit { unsafe base?.deallocate() }

    /// Readable bytes.
    @inlinable public var count: Int { end &- start }
    @inlinable public var isEmpty: Bool { start == end }

    /// Fetches the last bytes.
    @inlinable @inline(__always)
    public func prefetchEnd() {
        // Invariant: none but a hint; the address need not be one of the block.
        if let base = unsafe base { unsafe Prefetch.request(base + end) }
    }

    /// The readable bytes, borrowed.
    @inlinable public var span: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            // Invariant: `start..<end` lies inside the allocation and was written.
            let bytes = unsafe UnsafeBufferPointer(
                start: base.map { unsafe UnsafePointer($0.assumingMemoryBound(to: UInt8.self)) + start }, count: end &- start)
            return unsafe _overrideLifetime(Span(_unsafeElements: bytes), borrowing: self)
        }
    }

    // MARK: Writing

    /// Makes room for `additional` more bytes behind the last one.
    @inlinable @inline(__always)
    public mutating func reserve(_ additional: Int) {
        if capacity &- end < additional { makeRoom(additional) }
    }

    @inlinable @inline(__always)
    public mutating func append(_ byte: UInt8) {
        reserve(1)
        unsafe base.unsafelyUnwrapped.storeBytes(of: byte, toByteOffset: end, as: UInt8.self)
        end &+= 1
    }

    @inlinable @inline(__always)
    public mutating func append(_ bytes: Span<UInt8>) {
        let added = bytes.count
        if added == 0 { return }
        reserve(added)
        // Invariant: `reserve` left `added` writable bytes at `end`; a span never overlaps an owned buffer being mutated.
        unsafe bytes.withUnsafeBufferPointer { source in
            unsafe (base.unsafelyUnwrapped + end).copyMemory(from: source.baseAddress.unsafelyUnwrapped, byteCount: added)
        }
        end &+= added
    }

    /// Appends another buffer's readable bytes.
    @inlinable
    public mutating func append(contentsOf other: borrowing ByteBuffer) { append(other.span) }

    @inlinable @inline(__always)
    public mutating func append(_ text: StaticString) {
        let added = text.utf8CodeUnitCount
        reserve(added)
        unsafe (base.unsafelyUnwrapped + end).copyMemory(from: text.utf8Start, byteCount: added)
        end &+= added
    }

    /// Appends the UTF-8 of a string. Labelled, because a literal would else be taken for a `String` and not a `StaticString`.
    public mutating func append(string text: String) {
        // A Swift string is always UTF-8, in one piece.
        _ = unsafe text.utf8.withContiguousStorageIfAvailable { source in
            guard let first = source.baseAddress, source.count > 0 else { return }
            reserve(source.count)
            unsafe (base.unsafelyUnwrapped + end).copyMemory(from: first, byteCount: source.count)
            end += source.count
        }
    }

    /// Lends `count` writable bytes at the end to a kernel, then takes as many of them as it says it wrote.
    @inlinable @inline(__always)
    public mutating func append(upTo count: Int, _ write: (UnsafeMutableRawBufferPointer) -> Int) {
        reserve(count)
        let written = unsafe write(UnsafeMutableRawBufferPointer(start: base.map { unsafe $0 + end }, count: count))
        precondition(written >= 0 && written <= count)
        end &+= written
    }

    /// Puts `byte` in the place of the readable byte at `index`.
    @inlinable public mutating func replace(at index: Int, with byte: UInt8) {
        precondition(index >= 0 && index < count)
        unsafe base.unsafelyUnwrapped.storeBytes(of: byte, toByteOffset: start + index, as: UInt8.self)
    }

    // MARK: Taking away

    /// Forgets the first `count` bytes.
    @inlinable public mutating func removeFirst(_ count: Int) {
        precondition(count >= 0 && count <= self.count)
        start += count
        if start == end { start = 0; end = 0 }
    }

    /// Forgets everything behind the first `count` bytes.
    @inlinable public mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= self.count)
        end = start &+ count
    }

    @inlinable public mutating func removeAll() {
        start = 0
        end = 0
    }

    /// Forgets the bytes and gives the memory back when it is larger than `limit`.
    @inlinable @inline(__always)
    public mutating func removeAll(keepingAtMost limit: Int) {
        removeAll()
        if capacity > limit { giveBack() }
    }

    @usableFromInline mutating func giveBack() {
        unsafe base?.deallocate()
        unsafe base = nil
        capacity = 0
    }

    // MARK: Growth

    @usableFromInline mutating func makeRoom(_ additional: Int) {
        let held = count
        // Sliding pays only when it frees at least half; otherwise a buffer drained slowly would be moved for every append.
        if start >= capacity / 2, capacity - held >= additional, let base = unsafe base {
            unsafe base.copyMemory(from: base + start, byteCount: held)
            start = 0
            end = held
            return
        }
        grow(toHold: max(held + additional, capacity * 2, 64))
    }

    private mutating func grow(toHold wanted: Int) {
        let held = count
        let larger = UnsafeMutableRawPointer.allocate(byteCount: wanted, alignment: 16)
        if let base = unsafe base {
            if held > 0 { unsafe larger.copyMemory(from: base + start, byteCount: held) }
            unsafe base.deallocate()
        }
        unsafe base = larger
        start = 0
        end = held
        capacity = wanted
    }
}
