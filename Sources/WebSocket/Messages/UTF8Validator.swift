import Bytes

/// Checks that bytes are UTF-8 (RFC 3629) piece by piece, as RFC 6455 §8.1 wants of text messages and close reasons.
///
/// Surrogates, overlong forms and values above U+10FFFF are wrong. The place of the first wrong byte is kept, so a fault is
/// named as soon as it is seen although the message goes on.
public struct UTF8Validator: Sendable {
    /// Bytes fed so far; of the piece with a wrong byte, none.
    @usableFromInline var position: UInt64 = 0
    /// Continuation bytes that the current character still needs.
    @usableFromInline var pending: UInt8 = 0
    /// What the next continuation byte may be; narrower than 80–BF behind E0, ED, F0 and F4.
    @usableFromInline var lowest: UInt8 = 0x80
    @usableFromInline var highest: UInt8 = 0xBF
    /// Place of the first byte that cannot be, counted from the start of the text.
    public private(set) var firstInvalid: UInt64?

    @inlinable public init() {}

    /// True when no wrong byte was seen and no character is left unfinished.
    public var isCompleteAndValid: Bool { firstInvalid == nil && pending == 0 }

    /// True when the text so far ends inside a character.
    public var isInsideCharacter: Bool { firstInvalid == nil && pending > 0 }

    public mutating func feed(_ bytes: Span<UInt8>) {
        guard firstInvalid == nil else { return }
        let total = bytes.count
        var at = 0
        while at < total {
            if pending == 0 {
                at = UTF8Validator.endOfASCII(bytes, from: at)
                if at == total { break }
            }
            guard accept(bytes[at]) else {
                firstInvalid = position + UInt64(at)
                return
            }
            at += 1
        }
        position += UInt64(total)
    }

    /// True when `bytes` as a whole are UTF-8.
    public static func isValid(_ bytes: Span<UInt8>) -> Bool {
        if isASCII(bytes) { return true }
        var validator = UTF8Validator()
        validator.feed(bytes)
        return validator.isCompleteAndValid
    }

    @inline(__always)
    private mutating func accept(_ byte: UInt8) -> Bool {
        if pending > 0 {
            guard byte >= lowest, byte <= highest else { return false }
            pending -= 1
            lowest = 0x80
            highest = 0xBF
            return true
        }
        switch byte {
        case 0x00...0x7F: return true
        case 0xC2...0xDF: pending = 1
        case 0xE0: (pending, lowest) = (2, 0xA0)
        case 0xED: (pending, highest) = (2, 0x9F)
        case 0xE1...0xEF: pending = 2
        case 0xF0: (pending, lowest) = (3, 0x90)
        case 0xF1...0xF3: pending = 3
        case 0xF4: (pending, highest) = (3, 0x8F)
        default: return false
        }
        return true
    }

    /// The place of the first byte at or behind `start` that is not ASCII.
    @inline(__always)
    static func endOfASCII(_ bytes: Span<UInt8>, from start: Int) -> Int {
        unsafe bytes.withUnsafeBytes { raw in
            guard let first = raw.baseAddress else { return start }
            let count = raw.count
            var at = start
            // Invariant: every load ends at or before the span's count.
            while count &- at >= 32 {
                let pair = unsafe first.loadUnaligned(fromByteOffset: at, as: SIMD32<UInt8>.self)
                if !isASCII(pair.lowHalf | pair.highHalf) { break }
                at &+= 32
            }
            while count &- at >= 16 {
                let block = unsafe first.loadUnaligned(fromByteOffset: at, as: SIMD16<UInt8>.self)
                if !isASCII(block) { return at &+ asciiPrefix(block) }
                at &+= 16
            }
            if at == count { return count }
            if count &- start >= 16 {
                // The last block begins with bytes that are known to be ASCII.
                let block = unsafe first.loadUnaligned(fromByteOffset: count &- 16, as: SIMD16<UInt8>.self)
                return isASCII(block) ? count : count &- 16 &+ asciiPrefix(block)
            }
            while at < count {
                if unsafe first.load(fromByteOffset: at, as: UInt8.self) >= 0x80 { return at }
                at &+= 1
            }
            return count
        }
    }

    /// All bytes at once, without a question until the end.
    @inline(__always)
    private static func isASCII(_ bytes: Span<UInt8>) -> Bool {
        let count = bytes.count
        guard count >= 16 else { return endOfASCII(bytes, from: 0) == count }
        // Invariant: every load ends at or before the span's count, which is 16 at least.
        return unsafe bytes.withUnsafeBytes { raw in
            let first = unsafe raw.baseAddress.unsafelyUnwrapped
            var folded = unsafe first.loadUnaligned(fromByteOffset: count &- 16, as: SIMD16<UInt8>.self)
            var at = 0
            while at < count &- 32 {
                let pair = unsafe first.loadUnaligned(fromByteOffset: at, as: SIMD32<UInt8>.self)
                folded |= pair.lowHalf | pair.highHalf
                at &+= 32
            }
            if at < count &- 16 { folded |= unsafe first.loadUnaligned(fromByteOffset: at, as: SIMD16<UInt8>.self) }
            return isASCII(folded)
        }
    }

    @inline(__always)
    private static func isASCII(_ block: SIMD16<UInt8>) -> Bool { ByteBlock.topBits(block) == 0 }

    /// How many of 16 bytes stand before the first that is not ASCII; there is one.
    @inline(__always)
    private static func asciiPrefix(_ block: SIMD16<UInt8>) -> Int { ByteBlock.topBits(block).trailingZeroBitCount }
}
