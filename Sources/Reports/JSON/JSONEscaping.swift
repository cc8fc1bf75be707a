import Bytes

extension ByteBuffer {
    /// Source bytes handled per reservation, which bounds the room set aside for bytes that all need six.
    private static let escapeStride = 4_096
    /// The longest escape, `\u001f`.
    private static let longestEscape = 6

    /// Appends UTF-8 as it stands in a JSON string (RFC 8259 §7), without the quotation marks.
    ///
    /// Escaped is what must be — `"`, `\` and the C0 controls — and DEL, which terminals act upon. The caller vouches for UTF-8.
    mutating func append(escaping text: Span<UInt8>) {
        var start = 0
        while start < text.count {
            let piece = text.extracting(start..<min(start + Self.escapeStride, text.count))
            // Invariant: the room is six bytes for each of the piece, and 32 for blanks behind it and for what a store writes beyond its place.
            unsafe append(upTo: piece.count * Self.longestEscape + 32) { room in
                unsafe piece.withUnsafeBytes { unsafe Self.escape($0, into: room.baseAddress.unsafelyUnwrapped) }
            }
            start += piece.count
        }
    }

    /// Writes `source` escaped; the number of bytes written.
    private static func escape(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer) -> Int {
        var from = 0
        var to = 0
        // Invariant: 32 bytes can be read behind each block's beginning, and `to` is at most six times `from`.
        while source.count - from >= 32 {
            to += unsafe escapeBlock(source.baseAddress.unsafelyUnwrapped + from, into: target + to)
            from += 16
        }
        let rest = source.count - from
        if rest == 0 { return to }
        // Blanks follow, which need no escape and are not counted.
        var padded = [48 of UInt8](repeating: UInt8(ascii: " "))
        var room = padded.mutableSpan
        unsafe room.withUnsafeMutableBytes { padded in
            unsafe padded.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[from...]))
            for start in stride(from: 0, to: rest, by: 16) {
                to += unsafe escapeBlock(padded.baseAddress.unsafelyUnwrapped + start, into: target + to)
            }
        }
        return to - (16 - rest % 16) % 16
    }

    /// Writes 16 bytes of `source` escaped, of which 32 can be read; the number of bytes written.
    ///
    /// The block is stored before it is looked at: when nothing in it needs an escape, that was the whole work. Otherwise each escape
    /// overwrites its byte, and the bytes behind it are stored again behind the escape.
    @inline(__always)
    private static func escapeBlock(_ source: UnsafeRawPointer, into target: UnsafeMutableRawPointer) -> Int {
        let block = unsafe source.loadUnaligned(as: SIMD16<UInt8>.self)
        unsafe target.storeBytes(of: block, as: SIMD16<UInt8>.self)
        var found = places(block)
        var to = 0
        var done = 0
        while found != 0 {
            let place = found.trailingZeroBitCount
            to += place - done
            to += unsafe storeEscape(of: source.load(fromByteOffset: place, as: UInt8.self), at: target + to)
            done = place + 1
            let rest = unsafe source.loadUnaligned(fromByteOffset: done, as: SIMD16<UInt8>.self)
            unsafe (target + to).storeBytes(of: rest, as: SIMD16<UInt8>.self)
            found &= found - 1
        }
        return to + 16 - done
    }

    // MARK: Finding what needs an escape

    /// A bit for each byte that needs an escape, the first byte's least significant.
    @inline(__always)
    private static func places(_ block: SIMD16<UInt8>) -> UInt32 {
        let control = words(block .< SIMD16(repeating: 0x20))
        let quote = words(block .== SIMD16(repeating: UInt8(ascii: "\"")))
        let backslash = words(block .== SIMD16(repeating: UInt8(ascii: "\\")))
        let delete = words(block .== SIMD16(repeating: 0x7F))
        let found = (control | quote) | (backslash | delete)
        if found.x | found.y == 0 { return 0 }
        return bits(found.x) | bits(found.y) << 8
    }

    /// Eight lanes, 0x00 or 0xFF each, as eight bits: the factor moves the lowest bit of byte i to bit 56 + i.
    @inline(__always)
    private static func bits(_ lanes: UInt64) -> UInt32 {
        let lowest = lanes.littleEndian & 0x0101_0101_0101_0101
        return UInt32(truncatingIfNeeded: (lowest &* 0x0102_0408_1020_4080) >> 56)
    }

    /// The comparison's lanes, 0x00 or 0xFF each, as two words: SIMD masks combine lane by lane, words at once.
    @inline(__always)
    private static func words(_ mask: SIMDMask<SIMD16<Int8>>) -> SIMD2<UInt64> {
        unsafe unsafeBitCast(mask, to: SIMD2<UInt64>.self)
    }

    // MARK: Escapes

    /// Stores the escape of one byte, eight bytes at a time; its length.
    @inline(__always)
    private static func storeEscape(of byte: UInt8, at target: UnsafeMutableRawPointer) -> Int {
        let (text, length) = escape(of: byte)
        unsafe target.storeBytes(of: text.littleEndian, as: UInt64.self)
        return length
    }

    /// The escape of one byte with its first character least significant, and its length.
    @inline(__always)
    private static func escape(of byte: UInt8) -> (text: UInt64, length: Int) {
        let letter: UInt8
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): letter = byte
        case 0x08: letter = UInt8(ascii: "b")
        case 0x09: letter = UInt8(ascii: "t")
        case 0x0A: letter = UInt8(ascii: "n")
        case 0x0C: letter = UInt8(ascii: "f")
        case 0x0D: letter = UInt8(ascii: "r")
        default:
            // "\u00" and two hexadecimal digits.
            let digits = UInt64(hexDigit(byte >> 4)) | UInt64(hexDigit(byte & 0xF)) << 8
            return (0x3030_755C | digits << 32, 6)
        }
        return (UInt64(UInt8(ascii: "\\")) | UInt64(letter) << 8, 2)
    }

    @inline(__always)
    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }
}
