import Bytes
import Inspection
import WebSocket

/// Decides which payloads are shown as text. The full answers only; how much of it is shown comes after.
enum PayloadText {
    /// Of a frame: what it carried itself; nothing of a compressed one is text.
    @inline(__always)
    static func isText(_ payload: Span<UInt8>, of frame: Frame, ending message: Message?, isCut: Bool) -> Bool {
        if frame.isCompressed && !frame.isRedacted { return false }
        if frame.header.opcode.isControl { return isPrintable(payload, isCut: isCut) }
        guard frame.messageOpcode == .text else { return false }
        // The whole message was judged already.
        if let message, message.frameCount == 1, frame.isComplete { return message.isValidText || message.isRedacted }
        return isText(payload, isCut: isCut)
    }

    static func isText(_ content: Span<UInt8>, of message: Message, isCut: Bool) -> Bool {
        if message.opcode.isControl { return isPrintable(content, isCut: isCut) }
        guard message.opcode == .text else { return false }
        if message.isValidText || message.isRedacted { return true }
        if message.unknownByteCount > 0 { return isText(content, isCut: isCut, unknown: message.unknownByteCount) }
        // Judged and found wrong; of what was never judged the bytes at hand may still be text.
        if message.isComplete, !message.isCompressed { return false }
        return isText(content, isCut: isCut)
    }

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
        isTabular(bytes) && isText(bytes, isCut: isCut)
    }

    /// True for text that readers of tables take: no controls other than tab and line ends.
    static func isTabular(_ text: Span<UInt8>) -> Bool {
        for index in text.indices {
            switch text[index] {
            case 0x09, 0x0A, 0x0D: continue
            case 0x00..<0x20, 0x7F: return false
            default: continue
            }
        }
        return true
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

extension Message {
    /// Application bytes that were captured, as far as can be told: of an incomplete message in several frames the length
    /// counts missing bytes too.
    /// - Parameter frame: its last.
    func lengthAtHand(endedBy frame: Frame?) -> UInt64 { lengthAtHand(captured: frame?.capturedLength) }

    /// - Parameter captured: captured bytes of its last frame.
    func lengthAtHand(captured: UInt64?) -> UInt64 {
        if isComplete || isCompressed { return length }
        if let captured, frameCount == 1 { return captured }
        return 0
    }
}
