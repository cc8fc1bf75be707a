import Bytes
import WebSocket

extension Script.Line {
    /// What a person recognises it by: `A frame 21, text {"type": "login"…`. Not made safe for a terminal.
    public var words: String {
        let start = kindWords
        switch opcode {
        case .close: return "\(start) \(Self.closeWords(content.span))"
        case .text: return "\(start) \(Self.excerpt(content))"
        default: return "\(start) of \(content.count) bytes"
        }
    }

    /// The same without what it says: `A frame 21, text`.
    public var kindWords: String { "A frame \(number), \(opcode.name)" }

    /// The code of a Close frame and its reason; nothing where it has no code.
    static func closeWords(_ content: Span<UInt8>, withReason: Bool = true) -> String {
        let body = CloseBody(content)
        return body.code.map { "\($0.rawValue)" + (body.reason.isEmpty || !withReason ? "" : " \(body.reason)") } ?? ""
    }

    /// The beginning of a text.
    static func excerpt(_ text: [UInt8]) -> String {
        let limit = 80
        let words = String(decoding: text.prefix(4 * limit), as: UTF8.self)
        return words.count > limit ? "\(words.prefix(limit))…" : words
    }
}
