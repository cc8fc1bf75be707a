extension ByteBuffer {
    /// Appends a number in decimal.
    @inlinable
    public mutating func append(decimal number: UInt64) {
        if number < 10 { return append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number)) }
        if number < 100 { return append(decimal: number, width: 2) }
        if number < 1_000 { return append(decimal: number, width: 3) }
        var digits = 4
        var rest = number / 10_000
        while rest > 0 {
            rest /= 10
            digits += 1
        }
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
        // Invariant: exactly the lent `width` bytes are written, two digits at a time from the end.
        unsafe append(upTo: width) { room in
            var rest = number
            var place = width
            while place >= 2 {
                place -= 2
                let (higher, pair) = rest.quotientAndRemainder(dividingBy: 100)
                rest = higher
                let tens = pair / 10
                let digits = UInt16(truncatingIfNeeded: tens | (pair - tens * 10) << 8) | 0x3030
                unsafe room.storeBytes(of: digits.littleEndian, toByteOffset: place, as: UInt16.self)
            }
            if place == 1 { unsafe room[0] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10) }
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
