import Bytes
import System

/// What is asked of some text or bytes.
enum TextCheck: Sendable {
    case equals([UInt8])
    case contains([UInt8])
    case matches(Pattern)
    case isBefore([UInt8], orEqual: Bool)
    case isAfter([UInt8], orEqual: Bool)
    /// Two at once, of the same text.
    indirect case both(TextCheck, TextCheck)

    func holds(for text: Span<UInt8>, _ matcher: inout PatternMatcher) -> Bool {
        switch self {
        case .equals(let wanted): text.count == wanted.count && Self.order(text, wanted) == 0
        case .contains(let wanted): text.contains(wanted)
        case .matches(let pattern): matcher.matches(pattern, text)
        case .isBefore(let limit, let orEqual): Self.order(text, limit) < (orEqual ? 1 : 0)
        case .isAfter(let limit, let orEqual): Self.order(text, limit) > (orEqual ? -1 : 0)
        case .both(let first, let second): first.holds(for: text, &matcher) && second.holds(for: text, &matcher)
        }
    }

    /// Byte by byte, the shorter first where one begins the other; in UTF-8 that is the order of code points.
    private static func order(_ text: Span<UInt8>, _ other: [UInt8]) -> Int {
        for index in 0..<min(text.count, other.count) where text[index] != other[index] { return text[index] < other[index] ? -1 : 1 }
        return text.count - other.count
    }
}
