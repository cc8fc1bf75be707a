import Bytes

/// A text of JSON without the blanks between its parts (RFC 8259), for where it becomes a part of another.
public enum JSONCompaction {
    /// Values in each other.
    public static let depthLimit = 64

    /// Appends it; false, and nothing is appended, where it is not JSON to its end, nests too deep, or is longer than `limit`.
    ///
    /// Bytes that are not UTF-8 have to be looked for before.
    public static func append(_ text: Span<UInt8>, to output: inout ByteBuffer, limit: Int = .max) -> Bool {
        guard text.count <= limit else { return false }
        let before = output.count
        var compactor = Compactor()
        if compactor.value(text, 0, &output), compactor.isAtEnd(text) { return true }
        output.truncate(to: before)
        return false
    }

    private struct Compactor {
        private var position = 0

        mutating func isAtEnd(_ text: Span<UInt8>) -> Bool {
            skipBlanks(text)
            return position == text.count
        }

        private mutating func skipBlanks(_ text: Span<UInt8>) {
            while position < text.count,
                text[position] == 0x20 || text[position] == 0x0A || text[position] == 0x0D || text[position] == 0x09
            {
                position += 1
            }
        }

        /// Takes the next byte that is no blank, if it is this one.
        private mutating func take(_ byte: UInt8, _ text: Span<UInt8>, _ output: inout ByteBuffer) -> Bool {
            skipBlanks(text)
            guard position < text.count, text[position] == byte else { return false }
            position += 1
            output.append(byte)
            return true
        }

        mutating func value(_ text: Span<UInt8>, _ depth: Int, _ output: inout ByteBuffer) -> Bool {
            skipBlanks(text)
            guard position < text.count, depth < JSONCompaction.depthLimit else { return false }
            switch text[position] {
            case UInt8(ascii: "{"): return object(text, depth, &output)
            case UInt8(ascii: "["): return array(text, depth, &output)
            case UInt8(ascii: "\""): return string(text, &output)
            case UInt8(ascii: "t"): return word("true", text, &output)
            case UInt8(ascii: "f"): return word("false", text, &output)
            case UInt8(ascii: "n"): return word("null", text, &output)
            default: return number(text, &output)
            }
        }

        private mutating func object(_ text: Span<UInt8>, _ depth: Int, _ output: inout ByteBuffer) -> Bool {
            guard take(UInt8(ascii: "{"), text, &output) else { return false }
            if take(UInt8(ascii: "}"), text, &output) { return true }
            repeat {
                skipBlanks(text)
                guard string(text, &output), take(UInt8(ascii: ":"), text, &output), value(text, depth + 1, &output) else { return false }
            } while take(UInt8(ascii: ","), text, &output)
            return take(UInt8(ascii: "}"), text, &output)
        }

        private mutating func array(_ text: Span<UInt8>, _ depth: Int, _ output: inout ByteBuffer) -> Bool {
            guard take(UInt8(ascii: "["), text, &output) else { return false }
            if take(UInt8(ascii: "]"), text, &output) { return true }
            repeat {
                guard value(text, depth + 1, &output) else { return false }
            } while take(UInt8(ascii: ","), text, &output)
            return take(UInt8(ascii: "]"), text, &output)
        }

        private mutating func word(_ word: StaticString, _ text: Span<UInt8>, _ output: inout ByteBuffer) -> Bool {
            guard text.matches(word, at: position) else { return false }
            position += word.utf8CodeUnitCount
            output.append(word)
            return true
        }

        /// §7
        private mutating func string(_ text: Span<UInt8>, _ output: inout ByteBuffer) -> Bool {
            let start = position
            guard position < text.count, text[position] == UInt8(ascii: "\"") else { return false }
            position += 1
            while position < text.count {
                let byte = text[position]
                position += 1
                if byte == UInt8(ascii: "\"") {
                    output.append(text.extracting(start..<position))
                    return true
                }
                if byte < 0x20 { return false }
                if byte == UInt8(ascii: "\\") {
                    guard position < text.count, isEscape(text) else { return false }
                }
            }
            return false
        }

        private mutating func isEscape(_ text: Span<UInt8>) -> Bool {
            let byte = text[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
                UInt8(ascii: "r"), UInt8(ascii: "t"):
                return true
            case UInt8(ascii: "u"):
                guard text.count - position >= 4 else { return false }
                for index in position..<position + 4 where !isHexadecimal(text[index]) { return false }
                position += 4
                return true
            default: return false
            }
        }

        private func isHexadecimal(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): true
            default: false
            }
        }

        /// §6
        private mutating func number(_ text: Span<UInt8>, _ output: inout ByteBuffer) -> Bool {
            let start = position
            if text[position] == UInt8(ascii: "-") { position += 1 }
            let first = position
            guard digits(text) else { return false }
            // No zero before other digits.
            if text[first] == UInt8(ascii: "0"), position - first > 1 { return false }
            if position < text.count, text[position] == UInt8(ascii: ".") {
                position += 1
                guard digits(text) else { return false }
            }
            if position < text.count, text[position] | 0x20 == UInt8(ascii: "e") {
                position += 1
                if position < text.count, text[position] == UInt8(ascii: "+") || text[position] == UInt8(ascii: "-") { position += 1 }
                guard digits(text) else { return false }
            }
            output.append(text.extracting(start..<position))
            return true
        }

        private mutating func digits(_ text: Span<UInt8>) -> Bool {
            let start = position
            while position < text.count, text[position] >= UInt8(ascii: "0"), text[position] <= UInt8(ascii: "9") { position += 1 }
            return position > start
        }
    }
}
