extension LineWriter {
    /// Appends a number in decimal, at most 20 bytes.
    @inlinable @inline(__always)
    public mutating func append(decimal number: UInt64) {
        check(20)
        // Invariant: neither writes more than 20 bytes, the overrun included.
        if number < 10_000 {
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

    /// Appends eight hexadecimal digits, in lower case.
    @inlinable @inline(__always)
    public mutating func append(hex number: UInt32) { append(Digits(hex: number).text, count: 8) }

    /// Writes a number below 10,000; where it ends.
    @inlinable @inline(__always)
    static func write(small number: UInt32, at target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        if number < 100 {
            if number >= 10 { return unsafe write(pair: number, at: target) }
            unsafe target.storeBytes(of: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number), as: UInt8.self)
            return unsafe target + 1
        }
        let hundreds = number / 100
        let rest = number &- hundreds &* 100
        if number >= 1_000 { return unsafe write(pair: rest, at: write(pair: hundreds, at: target)) }
        unsafe target.storeBytes(of: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: hundreds), as: UInt8.self)
        return unsafe write(pair: rest, at: target + 1)
    }

    /// Writes two digits.
    @inlinable @inline(__always)
    static func write(pair number: UInt32, at target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        // Invariant: the number is below 100, and the table has two bytes for each below that.
        let pair = unsafe UnsafeRawPointer(pairs.utf8Start).loadUnaligned(fromByteOffset: Int(number) &* 2, as: UInt16.self)
        unsafe target.storeBytes(of: pair, as: UInt16.self)
        return unsafe target + 2
    }

    /// Writes a number of 10,000 or more; where it ends.
    @usableFromInline @inline(never)
    static func write(large number: UInt64, at target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        if number < 100_000_000 {
            let number = UInt32(truncatingIfNeeded: number)
            let upper = number / 10_000
            let lower = number &- upper &* 10_000
            let hundreds = lower / 100
            let end = unsafe write(small: upper, at: target)
            return unsafe write(pair: lower &- hundreds &* 100, at: write(pair: hundreds, at: end))
        }
        let upper = number / 100_000_000
        let end = unsafe upper < 10_000 ? write(small: UInt32(upper), at: target) : write(large: upper, at: target)
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

    /// `00` to `99`.
    @inlinable
    static var pairs: StaticString {
        """
        00010203040506070809101112131415161718192021222324252627282930313233343536373839\
        40414243444546474849505152535455565758596061626364656667686970717273747576777879\
        8081828384858687888990919293949596979899
        """
    }
}
