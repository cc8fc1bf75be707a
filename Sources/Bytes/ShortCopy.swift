/// Copies of bytes that are few as a rule: a load and a store or two, which may overlap, in place of a call.
public enum ShortCopy {
    /// Copies `count` bytes.
    @unsafe @inlinable @inline(__always)
    public static func copy(_ source: UnsafeRawPointer, _ count: Int, to target: UnsafeMutableRawPointer) {
        // Invariant: every load and store is of bytes below the count.
        if count >= 16 {
            if count > 32 { return unsafe target.copyMemory(from: source, byteCount: count) }
            unsafe copyEnds(as: SIMD16<UInt8>.self, source, count, to: target)
        } else if count >= 8 {
            unsafe copyEnds(as: UInt64.self, source, count, to: target)
        } else if count >= 4 {
            unsafe copyEnds(as: UInt32.self, source, count, to: target)
        } else if count >= 2 {
            unsafe copyEnds(as: UInt16.self, source, count, to: target)
        } else if count == 1 {
            unsafe target.storeBytes(of: source.load(as: UInt8.self), as: UInt8.self)
        }
    }

    /// Copies the first bytes and the last ones, which may be the same.
    @unsafe @inlinable @inline(__always)
    static func copyEnds<Word: BitwiseCopyable>(
        as type: Word.Type, _ source: UnsafeRawPointer, _ count: Int, to target: UnsafeMutableRawPointer
    ) {
        let rest = count &- MemoryLayout<Word>.size
        let last = unsafe source.loadUnaligned(fromByteOffset: rest, as: type)
        unsafe target.storeBytes(of: source.loadUnaligned(as: type), as: type)
        unsafe target.storeBytes(of: last, toByteOffset: rest, as: type)
    }
}

extension ByteBuffer {
    /// Appends bytes that are few as a rule.
    @inlinable @inline(__always)
    public mutating func append(short bytes: Span<UInt8>) {
        let added = bytes.count
        reserve(added)
        unsafe bytes.withUnsafeBytes { source in
            guard let first = source.baseAddress, let base = unsafe base else { return }
            unsafe ShortCopy.copy(first, added, to: base + end)
            end &+= added
        }
    }
}

extension LineWriter {
    /// Appends bytes that are few as a rule.
    @inlinable @inline(__always)
    public mutating func append(short bytes: Span<UInt8>) {
        check(bytes.count)
        unsafe bytes.withUnsafeBytes { source in
            guard let first = source.baseAddress else { return }
            unsafe ShortCopy.copy(first, source.count, to: next)
            unsafe next += source.count
        }
    }

    /// Appends a word that is not known where this is called.
    @inlinable @inline(__always)
    public mutating func append(word: StaticString) {
        let count = word.utf8CodeUnitCount
        check(count)
        // Invariant: a static string has as many bytes as it says.
        unsafe ShortCopy.copy(UnsafeRawPointer(word.utf8Start), count, to: next)
        unsafe next += count
    }
}
