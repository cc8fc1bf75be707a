import Bytes

// Objects and arrays that are passed over: sixteen bytes at a time it is found which of them stand in texts, and only the brackets of
// the others are counted.
extension JSONCursor {
    /// Where the bytes before the position end.
    private struct Nesting {
        var depth = 0
        /// All bits are set inside a text.
        var textBits: UInt32 = 0
        /// The next byte of a text stands after a backslash.
        var isEscaped = false
    }

    /// Passes over an object or an array that begins here; false where it does not end. One bracket closes any.
    mutating func skipNested(_ text: Span<UInt8>) -> Bool {
        var nesting = Nesting()
        let last = text.count &- 16
        while position <= last {
            if passBlock(text, at: position, &nesting) { return true }
        }
        guard position < text.count else { return false }
        // The last block begins before the position.
        return last >= 0 ? passBlock(text, at: last, &nesting) : passBytes(text, to: text.count, &nesting)
    }

    /// Passes over the rest of the sixteen bytes at `start`; true if the value ended in them.
    @inline(__always)
    private mutating func passBlock(_ text: Span<UInt8>, at start: Int, _ nesting: inout Nesting) -> Bool {
        // Invariant: the block begins at 16 bytes before the text's end at most.
        let block = unsafe text.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: start, as: SIMD16<UInt8>.self)
        let found = Signs.nestingBits(block)
        if found.hasBackslash || nesting.isEscaped { return passBytes(text, to: start &+ 16, &nesting) }
        let passed = UInt32(truncatingIfNeeded: position &- start)
        // Each quote begins a text or ends one: a bit is set from the one to before the other, and to the end of the word.
        var inside = found.quotes &>> passed
        inside ^= inside &<< 1
        inside ^= inside &<< 2
        inside ^= inside &<< 4
        inside ^= inside &<< 8
        inside ^= inside &<< 16
        inside ^= nesting.textBits
        var brackets = (found.brackets &>> passed) & ~inside
        let closing = found.closing &>> passed
        while brackets != 0 {
            let sign = brackets & (0 &- brackets)
            if closing & sign == 0 {
                nesting.depth &+= 1
            } else {
                nesting.depth &-= 1
                if nesting.depth == 0 {
                    position &+= sign.trailingZeroBitCount &+ 1
                    return true
                }
            }
            brackets ^= sign
        }
        nesting.textBits = UInt32(bitPattern: Int32(bitPattern: inside) &>> 31)
        position = start &+ 16
        return false
    }

    /// Passes over bytes before `end`, one after the other; true if the value ended in them.
    private mutating func passBytes(_ text: Span<UInt8>, to end: Int, _ nesting: inout Nesting) -> Bool {
        while position < end {
            let byte = text[position]
            position &+= 1
            if nesting.isEscaped {
                nesting.isEscaped = false
            } else if byte == UInt8(ascii: "\"") {
                nesting.textBits = ~nesting.textBits
            } else if nesting.textBits != 0 {
                nesting.isEscaped = byte == UInt8(ascii: "\\")
            } else if byte | 0x20 == UInt8(ascii: "{") {
                nesting.depth &+= 1
            } else if byte | 0x20 == UInt8(ascii: "}") {
                nesting.depth &-= 1
                if nesting.depth == 0 { return true }
            }
        }
        return false
    }
}
