import Bytes
import JSON

/// What is asked of a value in JSON. A value of another kind is none: `json.a == 1` is false of `"1"`.
enum JSONCheck: Sendable {
    enum Order: Sendable {
        case equal
        case less
        case lessOrEqual
        case greater
        case greaterOrEqual

        func holds(for sign: Int) -> Bool {
            switch self {
            case .equal: sign == 0
            case .less: sign < 0
            case .lessOrEqual: sign <= 0
            case .greater: sign > 0
            case .greaterOrEqual: sign >= 0
            }
        }
    }

    case text(TextCheck)
    /// Compared with a number in decimal, exactly.
    case number(Order, [UInt8])
    case isTrue
    case isFalse
    case isNull
    /// Two at once, of the same value.
    indirect case both(JSONCheck, JSONCheck)

    /// - Parameter room: for a text whose escapes have to be resolved before it can be looked at.
    func holds(for value: JSONValue, in text: Span<UInt8>, _ matcher: inout PatternMatcher, room: inout ByteBuffer) -> Bool {
        switch (self, value.kind) {
        case (.text(let check), .text(let hasEscapes)):
            let content = text.extracting(value.range)
            guard hasEscapes else { return check.holds(for: content, &matcher) }
            room.removeAll()
            JSONText.append(content, to: &room)
            return check.holds(for: room.span, &matcher)
        case (.number(let order, let wanted), .number):
            let written = text.extracting(value.range)
            guard let a = DecimalNumber(written), let b = DecimalNumber(wanted.span) else { return false }
            return order.holds(for: DecimalNumber.order(a, written, b, wanted.span))
        case (.both(let first, let second), _):
            return first.holds(for: value, in: text, &matcher, room: &room) && second.holds(for: value, in: text, &matcher, room: &room)
        case (.isTrue, .yes), (.isFalse, .no), (.isNull, .null): return true
        default: return false
        }
    }
}
