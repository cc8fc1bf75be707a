import Bytes
import WebSocket

/// Decides which payloads are shown as text. The full answers only; how much of it is shown comes after.
enum PayloadText {
    /// True when `bytes` are UTF-8, but for a last character that `isCut` explains.
    static func isText(_ bytes: Span<UInt8>, isCut: Bool) -> Bool {
        if !isCut { return UTF8Validator.isValid(bytes) }
        var validator = UTF8Validator()
        validator.feed(bytes)
        return validator.firstInvalid == nil
    }

    /// True when `bytes` are UTF-8 but for at most `unknown` bytes that stand for unknown ones.
    ///
    /// A character of which only some bytes are known is no text: it would have to be shown as less than is known of it.
    static func isText(_ bytes: Span<UInt8>, isCut: Bool, unknown: UInt64) -> Bool {
        var left = unknown
        var start = 0
        while let place = bytes.firstUnknown(from: start) {
            guard left > 0, isText(bytes.extracting(start..<place), isCut: false) else { return false }
            left -= 1
            start = place + 1
        }
        return isText(bytes.extracting(start..<bytes.count), isCut: isCut)
    }

    /// True for what a control frame may carry and a line can show: UTF-8 without controls other than tab and line ends.
    static func isPrintable(_ bytes: Span<UInt8>, isCut: Bool) -> Bool {
        for index in bytes.indices {
            switch bytes[index] {
            case 0x09, 0x0A, 0x0D: continue
            case 0x00..<0x20, 0x7F: return false
            default: continue
            }
        }
        return isText(bytes, isCut: isCut)
    }

    /// How many of the first `limit` bytes of text are whole characters.
    static func wholeCharacters(_ text: Span<UInt8>, upTo limit: Int) -> Int {
        let end = min(limit, text.count)
        // No character has more than four bytes, so its first is one of the last three when it is cut.
        for start in stride(from: end - 1, through: max(end - 3, 0), by: -1) {
            let byte = text[start]
            if byte & 0xC0 == 0x80 { continue }
            let isUnknown = byte == MessageInflater.unknownByte
            let length = isUnknown || byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
            return end - start < length ? start : end
        }
        return end
    }
}

extension Span where Element == UInt8 {
    /// The place of the first byte at or behind `start` that stands for an unknown one.
    func firstUnknown(from start: Int) -> Int? {
        for index in start..<count where self[index] == MessageInflater.unknownByte { return index }
        return nil
    }
}
