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
    /// Room for the last bytes of a text and blanks behind them.
    private static let restRoom = 64

    /// Room that so many bytes take to be escaped, which is more than they may become.
    @inline(__always)
    static func escapedByteCount(_ count: Int) -> Int { count &* longestEscape &+ overrun &+ restRoom }

    /// Appends UTF-8 as it stands in a JSON string; there is room for `escapedByteCount`.
    @inline(__always)
    mutating func append(escaping text: Span<UInt8>) {
        check(Self.escapedByteCount(text.count))
        unsafe text.withUnsafeBytes { source in
            guard let first = source.baseAddress else { return }
            unsafe append { unsafe Self.escape(first, source.count, into: $0) }
        }
    }

    /// Writes `count` bytes escaped; where they end.
    @inline(never)
    private static func escape(
        _ source: UnsafeRawPointer, _ count: Int, into start: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        var source = unsafe source
        var target = unsafe start
        let end = unsafe source + count
        // Invariant: 16 bytes can be read where each block begins, 32 where `escapeBlock` is called; each byte becomes six at most.
        let last = unsafe end - 16
        while unsafe source <= last {
            let block = unsafe source.loadUnaligned(as: SIMD16<UInt8>.self)
            unsafe target.storeBytes(of: block, as: SIMD16<UInt8>.self)
            let found = specials(block)
            if found == 0 {
                unsafe target += 16
            } else {
                if unsafe last - source < 16 { break }
                unsafe target = escapeBlock(source, block, found, into: target)
            }
            unsafe source += 16
        }
        var left = unsafe end - source
        if left == 0 { return unsafe target }
        // What is left, 31 bytes at most, goes on where blanks follow it; those need no escape, and are not counted.
        let blanks = SIMD32<UInt8>(repeating: UInt8(ascii: " "))
        let scratch = unsafe start + (count &* longestEscape &+ overrun)
        unsafe (scratch + 32).storeBytes(of: blanks, as: SIMD32<UInt8>.self)
        var rest = UnsafeRawPointer(scratch)
        if count >= 32 {
            // A copy of fixed size is two registers.
            unsafe scratch.copyMemory(from: end - 32, byteCount: 32)
            unsafe rest += 32 &- left
        } else {
            unsafe scratch.storeBytes(of: blanks, as: SIMD32<UInt8>.self)
            unsafe scratch.copyMemory(from: source, byteCount: left)
        }
        while left > 0 {
            let block = unsafe rest.loadUnaligned(as: SIMD16<UInt8>.self)
            unsafe target.storeBytes(of: block, as: SIMD16<UInt8>.self)
            let found = specials(block)
            unsafe target = found == 0 ? target + 16 : escapeBlock(rest, block, found, into: target)
            unsafe rest += 16
            left &-= 16
        }
        return unsafe target + left
    }

    /// Escapes what was found in the 16 bytes at `source`, of which 32 can be read and which stand at `target` already; where they end.
    ///
    /// Each escape overwrites its byte, and the bytes behind it are stored again behind the escape.
    @inline(__always)
    private static func escapeBlock(
        _ source: UnsafeRawPointer, _ block: SIMD16<UInt8>, _ places: UInt32, into target: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        if hasControl(block) { return unsafe escapeControls(source, places, into: target) }
        var found = places
        var target = unsafe target
        // The two that are no controls stand behind a backslash themselves.
        repeat {
            let place = found.trailingZeroBitCount
            unsafe target.storeBytes(of: UInt8(ascii: "\\"), toByteOffset: place, as: UInt8.self)
            let rest = unsafe source.loadUnaligned(fromByteOffset: place, as: SIMD16<UInt8>.self)
            unsafe target += 1
            unsafe (target + place).storeBytes(of: rest, as: SIMD16<UInt8>.self)
            found &= found &- 1
        } while found != 0
        return unsafe target + 16
    }

    /// The same where controls are among them.
    @inline(never)
    private static func escapeControls(
        _ source: UnsafeRawPointer, _ places: UInt32, into target: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        var found = places
        var target = unsafe target
        repeat {
            let place = found.trailingZeroBitCount
            let byte = unsafe source.load(fromByteOffset: place, as: UInt8.self)
            unsafe target += storeEscape(of: byte, at: target + place) &- 1
            let rest = unsafe source.loadUnaligned(fromByteOffset: place &+ 1, as: SIMD16<UInt8>.self)
            unsafe (target + (place &+ 1)).storeBytes(of: rest, as: SIMD16<UInt8>.self)
            found &= found &- 1
        } while found != 0
        return unsafe target + 16
    }

    // MARK: Finding what needs an escape

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
        let quote = ByteBlock.lanes(block .== SIMD16(repeating: UInt8(ascii: "\"")))
        let backslash = ByteBlock.lanes(block .== SIMD16(repeating: UInt8(ascii: "\\")))
        // One more, and what is no ASCII, a control or DEL is at most 0x20 as a signed number.
        let raised = unsafe unsafeBitCast(block &+ SIMD16(repeating: 1), to: SIMD16<Int8>.self)
        let other = ByteBlock.lanes(raised .<= SIMD16(repeating: 0x20))
        return ByteBlock.topBits(other | (quote | backslash)) &<< UInt32(truncatingIfNeeded: 32 &- count) == 0
    }

    /// A bit for each byte that needs an escape, that of the first least significant.
    @inline(__always)
    private static func specials(_ block: SIMD16<UInt8>) -> UInt32 {
        let quote = ByteBlock.lanes(block .== SIMD16(repeating: UInt8(ascii: "\"")))
        let backslash = ByteBlock.lanes(block .== SIMD16(repeating: UInt8(ascii: "\\")))
        return ByteBlock.topBits(controls(block) | (quote | backslash))
    }

    @inline(__always)
    private static func hasControl(_ block: SIMD16<UInt8>) -> Bool { ByteBlock.topBits(controls(block)) != 0 }

    /// The lanes of controls, DEL included.
    @inline(__always)
    private static func controls(_ block: SIMD16<UInt8>) -> SIMD16<UInt8> {
        ByteBlock.lanes(block .< SIMD16(repeating: 0x20)) | ByteBlock.lanes(block .== SIMD16(repeating: 0x7F))
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
