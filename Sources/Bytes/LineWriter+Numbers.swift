extension LineWriter {
    /// Appends a number in decimal, at most 20 bytes.
    @inlinable @inline(__always)
    public mutating func append(decimal number: UInt64) {
        check(20)
        // Invariant: neither writes more than 20 bytes, the overrun included.
        if number < 1_000 {
            unsafe next = LineWriter.write(small: UInt32(truncatingIfNeeded: number), at: next)
        } else {
            unsafe next = LineWriter.write(large: number, at: next)
        }
    }

    /// Appends the last `width` decimal digits of a number below 10^8, zeros in front.
    @inlinable @inline(__always)
    public mutating func append(decimal number: UInt64, width: Int) {
        append(Digits(decimal: number).text >> UInt64(64 - 8 * width), count: width)
    }

    /// Appends the three digits of a number below 1,000, zeros in front.
    @inlinable @inline(__always)
    public mutating func append(triple number: UInt32) {
        check(3)
        unsafe next = LineWriter.write(triple: number, at: next)
    }

    /// Appends a number below 1,000 in three columns, blanks in front.
    @inlinable @inline(__always)
    public mutating func append(rightAligned number: UInt32) {
        check(3)
        let entry = LineWriter.entry(number)
        // A zero and a blank differ in one bit.
        let zeros = (UInt32(1) &<< (entry &>> 24) &- 1) & 0x0010_1010
        unsafe next.storeBytes(of: (entry ^ zeros).littleEndian, as: UInt32.self)
        unsafe next += 3
    }

    /// Appends eight hexadecimal digits, in lower case.
    @inlinable @inline(__always)
    public mutating func append(hex number: UInt32) { append(Digits(hex: number).text, count: 8) }

    /// Writes a number below 1,000; where it ends.
    @inlinable @inline(__always)
    static func write(small number: UInt32, at target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        let entry = entry(number)
        let zeroBits = entry &>> 24
        unsafe target.storeBytes(of: (entry &>> zeroBits).littleEndian, as: UInt32.self)
        return unsafe target + (3 &- Int(zeroBits &>> 3))
    }

    /// Writes three digits.
    @inlinable @inline(__always)
    static func write(triple number: UInt32, at target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        unsafe target.storeBytes(of: entry(number).littleEndian, as: UInt32.self)
        return unsafe target + 3
    }

    /// Three digits, the first least significant, and the number of bits that zeros in front take.
    @inlinable @inline(__always)
    static func entry(_ number: UInt32) -> UInt32 {
        // Invariant: the number is below 1,000, and the table has four bytes for each below that.
        unsafe UInt32(
            littleEndian: UnsafeRawPointer(thousand.utf8Start).loadUnaligned(fromByteOffset: Int(number) &* 4, as: UInt32.self))
    }

    /// Writes a number of 1,000 or more; where it ends.
    @usableFromInline @inline(never)
    static func write(large number: UInt64, at target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        if number < 1_000_000 {
            let number = UInt32(truncatingIfNeeded: number)
            let upper = number / 1_000
            return unsafe write(triple: number &- upper &* 1_000, at: write(small: upper, at: target))
        }
        if number < 100_000_000 {
            let digits = Digits(decimal: number)
            let count = digits.significantCount
            unsafe target.storeBytes(of: (digits.text >> UInt64(64 &- 8 &* count)).littleEndian, as: UInt64.self)
            return unsafe target + count
        }
        let upper = number / 100_000_000
        let end = unsafe upper < 1_000 ? write(small: UInt32(upper), at: target) : write(large: upper, at: target)
        unsafe end.storeBytes(of: Digits(decimal: number &- upper &* 100_000_000).text.littleEndian, as: UInt64.self)
        return unsafe end + 8
    }

    /// How many digits `append(decimal:)` writes.
    @inlinable @inline(__always)
    public static func digitCount(_ number: UInt64) -> Int {
        if number < 100 { return number < 10 ? 1 : 2 }
        if number < 10_000 { return number < 1_000 ? 3 : 4 }
        var count = 4
        var rest = number / 10_000
        while rest > 0 {
            rest /= 10
            count += 1
        }
        return count
    }
}
