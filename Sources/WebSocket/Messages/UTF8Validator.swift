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
        if endOfASCII(bytes, from: 0) == bytes.count { return true }
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
        // Invariant: every load ends at or before the span's count.
        unsafe bytes.withUnsafeBytes { raw in
            let count = raw.count
            var at = start
            while count - at >= 32 {
                let words = unsafe raw.loadUnaligned(fromByteOffset: at, as: SIMD4<UInt64>.self)
                let folded = words.lowHalf | words.highHalf
                if (folded.x | folded.y) & 0x8080_8080_8080_8080 != 0 { break }
                at += 32
            }
            while count - at >= 8 {
                let word = unsafe raw.loadUnaligned(fromByteOffset: at, as: UInt64.self).littleEndian
                let high = word & 0x8080_8080_8080_8080
                if high != 0 { return at + high.trailingZeroBitCount / 8 }
                at += 8
            }
            while at < count {
                if unsafe raw[at] >= 0x80 { return at }
                at += 1
            }
            return at
        }
    }
}
