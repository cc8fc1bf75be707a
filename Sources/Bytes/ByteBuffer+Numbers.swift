extension ByteBuffer {
    /// Appends a number in decimal.
    @inlinable
    public mutating func append(decimal number: UInt64) {
        // Invariant: 2^64 has 20 digits.
        var writer = unsafe writer(upTo: 20)
        writer.append(decimal: number)
        commit(writer)
    }

    @inlinable
    public mutating func append(decimal number: Int) {
        if number < 0 { append(UInt8(ascii: "-")) }
        append(decimal: UInt64(number.magnitude))
    }

    /// Appends the last `width` decimal digits of a number, zeros in front.
    @inlinable
    public mutating func append(decimal number: UInt64, width: Int) {
        if width > 8 { append(decimal: number / 100_000_000, width: width - 8) }
        append(Digits(decimal: number % 100_000_000), count: min(width, 8))
    }

    /// Appends the last `digits` hexadecimal digits of a number, in lower case.
    @inlinable
    public mutating func append(hex number: UInt64, digits: Int) {
        if digits > 8 { append(hex: number >> 32, digits: digits - 8) }
        append(Digits(hex: UInt32(truncatingIfNeeded: number)), count: min(digits, 8))
    }

    /// Appends the last `count` of eight digits.
    @inlinable @inline(__always)
    mutating func append(_ digits: Digits, count: Int) {
        let text = digits.text >> UInt64(64 - 8 * count)
        // Invariant: eight bytes are lent and written, of which the first `count` are taken.
        unsafe append(upTo: 8) { room in
            unsafe room.storeBytes(of: text.littleEndian, as: UInt64.self)
            return count
        }
    }
}

/// Eight digits as text in a word, the first in the least significant byte: found all at once, without a loop or a branch.
public struct Digits {
    public let text: UInt64

    /// The eight decimal digits of a number below 10^8.
    ///
    /// Halves, then pairs, then digits are divided in their own lanes. A division by 100 or 10 is a multiplication and a shift,
    /// which is exact below 10,000 and below 100.
    @inlinable @inline(__always)
    public init(decimal number: UInt64) {
        let (upper, lower) = number.quotientAndRemainder(dividingBy: 10_000)
        let halves = upper | lower << 32
        let hundreds = (halves &* 10_486) >> 20 & 0x0000_007F_0000_007F
        let pairs = hundreds | (halves &- hundreds &* 100) << 16
        let tens = (pairs &* 103) >> 10 & 0x000F_000F_000F_000F
        text = Self.zeros | tens | (pairs &- tens &* 10) << 8
    }

    /// The eight hexadecimal digits of a number, letters in lower case.
    @inlinable @inline(__always)
    public init(hex number: UInt32) {
        var bytes = UInt64(number.byteSwapped)
        bytes = (bytes | bytes << 16) & 0x0000_FFFF_0000_FFFF
        bytes = (bytes | bytes << 8) & 0x00FF_00FF_00FF_00FF
        let values = bytes >> 4 & 0x000F_000F_000F_000F | (bytes & 0x000F_000F_000F_000F) << 8
        let letters = (values &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        text = values &+ Self.zeros &+ letters &* UInt64(UInt8(ascii: "a") - UInt8(ascii: "0") - 10)
    }

    /// How many are left without zeros in front; none of zero.
    @inlinable @inline(__always)
    var significantCount: Int { 8 - (text ^ Self.zeros).trailingZeroBitCount / 8 }

    /// How many are zeros at the end.
    @inlinable @inline(__always)
    public var trailingZeroCount: Int { (text ^ Self.zeros).leadingZeroBitCount &>> 3 }

    @inlinable @inline(__always)
    static var zeros: UInt64 { 0x3030_3030_3030_3030 }
}
