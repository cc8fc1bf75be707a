import Bytes

extension ByteBuffer {
    /// Source bytes handled per reservation, which bounds the room set aside for bytes that all need six.
    static let escapeStride = 4_096

    /// Appends UTF-8 as it stands in a JSON string (RFC 8259 §7), without the quotation marks.
    ///
    /// Escaped is what must be — `"`, `\` and the C0 controls — and DEL, which terminals act upon. The caller vouches for UTF-8.
    mutating func append(escaping text: Span<UInt8>) {
        if text.count <= Self.escapeStride { return append(escapingPiece: text) }
        for start in stride(from: 0, to: text.count, by: Self.escapeStride) {
            append(escapingPiece: text.extracting(start..<min(start + Self.escapeStride, text.count)))
        }
    }

    private mutating func append(escapingPiece text: Span<UInt8>) {
        // Invariant: see `escapedByteCount`.
        var writer = unsafe writer(upTo: LineWriter.escapedByteCount(text.count))
        writer.append(escaping: text)
        commit(writer)
    }
}

extension LineWriter {
    /// The longest escape, `\u001f`.
    private static let longestEscape = 6
    /// Bytes that are escaped together.
    private static let pairByteCount = 32
    /// What the last pair may take beyond the longest escapes of its bytes: see `escapePair`.
    private static let pairOverrun = 64

    /// Room that so many bytes take to be escaped, which is more than they may become.
    @inline(__always)
    static func escapedByteCount(_ count: Int) -> Int { count &* longestEscape &+ pairOverrun }

    /// Appends UTF-8 as it stands in a JSON string; there is room for `escapedByteCount`.
    @inline(__always)
    mutating func append(escaping text: Span<UInt8>) {
        check(Self.escapedByteCount(text.count))
        unsafe text.withUnsafeBytes { source in
            guard let first = source.baseAddress else { return }
            unsafe append { unsafe Self.escape(first, source.count, into: $0) }
        }
    }

    @inline(never)
    private static func escape(
        _ text: UnsafeRawPointer, _ count: Int, into target: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        unsafe escape(text, count, into: target, with: Backslashes.shared)
    }

    /// Writes `count` bytes escaped; where they end. `escapedByteCount` bytes can be written.
    ///
    /// - Parameter backslashes: nil to write one escape after the other.
    @unsafe @inline(__always)
    static func escape(
        _ text: UnsafeRawPointer, _ count: Int, into start: UnsafeMutableRawPointer, with backslashes: Backslashes?
    ) -> UnsafeMutableRawPointer {
        var source = unsafe text
        var target = unsafe start
        let end = unsafe text + count
        // Invariant: bytes before `source` became six each at most, so that a pair has room for six for each of its own, and the overrun.
        while unsafe end - source >= pairByteCount {
            unsafe target = escapePair(at: source, into: target, with: backslashes)
            unsafe source += pairByteCount
        }
        let left = unsafe end - source
        if left == 0 { return unsafe target }
        // What is left goes on where blanks follow it; those need no escape, and are not counted.
        var padded = SIMD64<UInt8>(repeating: UInt8(ascii: " "))
        return unsafe withUnsafeMutableBytes(of: &padded) { padded in
            let first = unsafe padded.baseAddress.unsafelyUnwrapped
            var rest = UnsafeRawPointer(first)
            if count >= pairByteCount {
                // A copy of fixed size is two registers.
                unsafe first.copyMemory(from: end - pairByteCount, byteCount: pairByteCount)
                unsafe rest += pairByteCount &- left
            } else {
                unsafe ShortCopy.copy(source, left, to: first)
            }
            return unsafe escapePair(at: rest, into: target, with: backslashes) - (pairByteCount &- left)
        }
    }

    /// Escapes the 32 bytes at `source`; where they end.
    ///
    /// Where n of them are of the text and blanks follow, no more than 6n + 64 bytes are written: with backslashes four times sixteen at
    /// most, and one by one six for each of the n, and 32 after those.
    @inline(__always)
    private static func escapePair(
        at source: UnsafeRawPointer, into target: UnsafeMutableRawPointer, with backslashes: Backslashes?
    ) -> UnsafeMutableRawPointer {
        var low = unsafe EscapableBlock(source.loadUnaligned(as: SIMD16<UInt8>.self))
        var high = unsafe EscapableBlock(source.loadUnaligned(fromByteOffset: 16, as: SIMD16<UInt8>.self))
        let controls = low.controls | high.controls
        if ByteBlock.topBits(controls | (low.quotes | high.quotes)) == 0 {
            unsafe target.storeBytes(of: low.bytes, as: SIMD16<UInt8>.self)
            unsafe target.storeBytes(of: high.bytes, toByteOffset: 16, as: SIMD16<UInt8>.self)
            return unsafe target + 32
        }
        guard let backslashes else { return unsafe escapeOneByOne(source, into: target) }
        if ByteBlock.topBits(controls) != 0 {
            low.replaceControls(by: backslashes)
            high.replaceControls(by: backslashes)
            if ByteBlock.topBits(low.controls | high.controls) != 0 { return unsafe escapeOneByOne(source, into: target) }
        }
        return unsafe backslashes.write(high, to: backslashes.write(low, to: target))
    }

    // MARK: One by one

    /// The same, one escape after the other.
    ///
    /// Each overwrites its byte, and the bytes behind it are stored again behind the escape.
    @inline(never)
    private static func escapeOneByOne(_ source: UnsafeRawPointer, into start: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        let pair = unsafe source.loadUnaligned(as: SIMD32<UInt8>.self)
        let (low, high) = (EscapableBlock(pair.lowHalf), EscapableBlock(pair.highHalf))
        var found = ByteBlock.topBits(low.controls | low.quotes) | ByteBlock.topBits(high.controls | high.quotes) << 16
        var target = unsafe start
        unsafe target.storeBytes(of: pair, as: SIMD32<UInt8>.self)
        // Invariant: 32 bytes can be read behind each byte of the pair.
        unsafe withUnsafeBytes(of: SIMD64(lowHalf: pair, highHalf: pair)) { source in
            while found != 0 {
                let place = found.trailingZeroBitCount
                unsafe target += storeEscape(of: source.load(fromByteOffset: place, as: UInt8.self), at: target + place) &- 1
                let rest = unsafe source.loadUnaligned(fromByteOffset: place &+ 1, as: SIMD32<UInt8>.self)
                unsafe (target + (place &+ 1)).storeBytes(of: rest, as: SIMD32<UInt8>.self)
                found &= found &- 1
            }
        }
        return unsafe target + 32
    }

    // MARK: What needs no escape

    /// True if a text stands in a JSON string as it is: ASCII that needs no escape. Asked of texts of sixteen bytes or more.
    @inline(__always)
    static func isPlain(_ text: Span<UInt8>) -> Bool {
        let last = text.count &- 16
        guard last >= 0 else { return false }
        // Invariant: every block begins at `last` or before; the last may overlap the one before.
        var index = 0
        while index < last {
            if !isPlain(unsafe text.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: SIMD16<UInt8>.self), count: 16) {
                return false
            }
            index &+= 16
        }
        return isPlain(unsafe text.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: last, as: SIMD16<UInt8>.self), count: 16)
    }

    /// The same of the first bytes of a block, one at least.
    @inline(__always)
    static func isPlain(_ block: SIMD16<UInt8>, count: Int) -> Bool {
        // One more, and what is no ASCII, a control or DEL is at most 0x20 as a signed number.
        let raised = unsafe unsafeBitCast(block &+ SIMD16(repeating: 1), to: SIMD16<Int8>.self)
        let other = ByteBlock.lanes(raised .<= SIMD16(repeating: 0x20))
        return ByteBlock.topBits(other | EscapableBlock.quotes(block)) &<< UInt32(truncatingIfNeeded: 32 &- count) == 0
    }

    // MARK: Escapes

    /// Stores the escape of one byte, eight bytes at a time; its length.
    @inline(never)
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
