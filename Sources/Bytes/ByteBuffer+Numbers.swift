extension ByteBuffer {
    /// Appends a number in decimal.
    @inlinable
    public mutating func append(decimal number: UInt64) {
        if number < 10 { return append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number)) }
        var digits = 0
        var rest = number
        repeat {
            rest /= 10
            digits += 1
        } while rest > 0
        append(decimal: number, width: digits)
    }

    @inlinable
    public mutating func append(decimal number: Int) {
        if number < 0 { append(UInt8(ascii: "-")) }
        append(decimal: UInt64(number.magnitude))
    }

    /// Appends the last `width` decimal digits of a number, zeros in front.
    @inlinable
    public mutating func append(decimal number: UInt64, width: Int) {
        // Invariant: exactly the lent `width` bytes are written.
        unsafe append(upTo: width) { room in
            var rest = number
            var place = width
            while place > 0 {
                place -= 1
                unsafe room[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            return width
        }
    }

    /// Appends the last `digits` hexadecimal digits of a number, in lower case.
    @inlinable
    public mutating func append(hex number: UInt64, digits: Int) {
        for place in stride(from: (digits - 1) * 4, through: 0, by: -4) {
            let nibble = UInt8(truncatingIfNeeded: number >> UInt64(place) & 0xF)
            append(nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") - 10 + nibble)
        }
    }
}
