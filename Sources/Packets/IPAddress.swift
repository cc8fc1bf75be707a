/// An IPv4 or IPv6 address as two words, so that comparing costs no loop.
///
/// An IPv4 address is its 32 bits in `low`. It is never equal to an IPv6 address, not even to its own IPv4-mapped
/// form: the two are different things on the wire.
public struct IPAddress: Hashable, Sendable {
    /// The first eight bytes of an IPv6 address, 0 for IPv4.
    public let high: UInt64
    /// The last eight bytes of an IPv6 address, or the four of an IPv4 address.
    public let low: UInt64
    public let isV4: Bool

    @inlinable public init(v4 bits: UInt32) {
        high = 0
        low = UInt64(bits)
        isV4 = true
    }

    @inlinable public init(v6 high: UInt64, _ low: UInt64) {
        self.high = high
        self.low = low
        isV4 = false
    }

    /// An IPv4 address from its four numbers, as it is spoken.
    @inlinable public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
        self.init(v4: UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d))
    }
}

extension IPAddress: CustomStringConvertible {
    /// Dotted quad, or the one canonical text of an IPv6 address (RFC 5952 §4).
    public var description: String { isV4 ? dottedQuad : canonicalV6 }

    private var dottedQuad: String {
        // Invariant: four numbers of three digits and three dots.
        unsafe String(unsafeUninitializedCapacity: 15) { text in
            var end = 0
            func put(_ byte: UInt8) {
                unsafe text[end] = byte
                end += 1
            }
            for index in 0..<4 {
                let number = UInt8(truncatingIfNeeded: low >> UInt64(24 - 8 * index))
                if number >= 100 { put(UInt8(ascii: "0") + number / 100) }
                if number >= 10 { put(UInt8(ascii: "0") + number / 10 % 10) }
                put(UInt8(ascii: "0") + number % 10)
                if index < 3 { put(UInt8(ascii: ".")) }
            }
            return end
        }
    }

    private func group(_ index: Int) -> UInt64 {
        (index < 4 ? high : low) >> UInt64(48 - index % 4 * 16) & 0xffff
    }

    private var canonicalV6: String {
        // RFC 5952 §5: an address known to embed an IPv4 one ends in dotted quad; ::ffff:0:0/96 is the one met on wires.
        if high == 0, low >> 32 == 0xffff { return "::ffff:\(dottedQuad)" }
        let zeros = longestRunOfZeros
        var text = ""
        var index = 0
        while index < 8 {
            if !zeros.isEmpty, index == zeros.lowerBound {
                text += "::"
                index = zeros.upperBound
                continue
            }
            if index > 0, index != zeros.upperBound { text += ":" }
            text += String(group(index), radix: 16)
            index += 1
        }
        return text
    }

    /// The first longest run of two or more zero groups; a single one is never shortened (RFC 5952 §4.2).
    private var longestRunOfZeros: Range<Int> {
        var longest = 0..<0
        var start = 0
        for index in 0..<8 {
            if group(index) != 0 { start = index + 1 }
            if index + 1 - start > max(longest.count, 1) { longest = start..<index + 1 }
        }
        return longest
    }
}
