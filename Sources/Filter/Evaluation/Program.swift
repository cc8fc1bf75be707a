/// An expression as steps, each a question with the step that follows on yes and on no.
///
/// Cheap questions come first, whatever order they were written in: the answer is the same. What is asked about the connection
/// alone is one bit, found out once per connection.
struct Program: Sendable {
    enum Question {
        /// What is asked about the connection alone: one bit of `Selection`.
        case connection(UInt64)
        /// What is asked about operations: one bit of the answers that the message got.
        case operation(UInt64)
        case within(Field, ClosedRange<Int128>)
        /// Any other of `tests`.
        case test(Int)
    }

    struct Step {
        var question: Question
        var ifTrue: Int
        var ifFalse: Int
    }

    /// In the place of a step's number: the answer.
    static let yes = -1
    static let no = -2

    private(set) var steps: [Step] = []
    private(set) var tests: [Test] = []
    /// What is asked about connections alone, one for each bit.
    private(set) var connectionParts: [Expression] = []
    private(set) var start = yes

    /// Nil where there are more parts about connections than bits.
    init?(_ expression: Expression) {
        start = emit(expression, ifTrue: Self.yes, ifFalse: Self.no)
        guard connectionParts.count <= Selection.bitCount else { return nil }
    }

    /// Appends the steps of an expression, last first; the number of its first step.
    private mutating func emit(_ expression: Expression, ifTrue: Int, ifFalse: Int) -> Int {
        if expression.level.isAboutConnections {
            connectionParts.append(expression)
            return append(.connection(1 << UInt64(min(connectionParts.count - 1, 63))), ifTrue, ifFalse)
        }
        switch expression {
        case .not(let inner): return emit(inner, ifTrue: ifFalse, ifFalse: ifTrue)
        case .all(let parts):
            var next = ifTrue
            for part in Self.ordered(parts, joined: Expression.all).reversed() { next = emit(part, ifTrue: next, ifFalse: ifFalse) }
            return next
        case .any(let parts):
            var next = ifFalse
            for part in Self.ordered(parts, joined: Expression.any).reversed() { next = emit(part, ifTrue: ifTrue, ifFalse: next) }
            return next
        case .test(let test): return append(question(test), ifTrue, ifFalse)
        }
    }

    private mutating func append(_ question: Question, _ ifTrue: Int, _ ifFalse: Int) -> Int {
        steps.append(Step(question: question, ifTrue: ifTrue, ifFalse: ifFalse))
        return steps.count - 1
    }

    private mutating func question(_ test: Test) -> Question {
        let field = test.reference.field
        if field.entry.level == .operation, let number = test.question { return .operation(1 << UInt64(min(number, 63))) }
        if !field.isMultiple, field.entry.level == .header {
            switch test.check {
            case .isSet: return .within(field, 1...1)
            case .isWithin(let ranges) where ranges.count == 1: return .within(field, ranges[0])
            default: break
            }
        }
        tests.append(test)
        return .test(tests.count - 1)
    }

    /// Cheapest first, and those about the connection together.
    private static func ordered(_ parts: [Expression], joined: ([Expression]) -> Expression) -> [Expression] {
        let levels = parts.map(\.level)
        let first = zip(parts, levels).filter(\.1.isAboutConnections).map(\.0)
        let others = zip(parts, levels).enumerated().filter { !$1.1.isAboutConnections }.sorted {
            ($0.element.1, $0.offset) < ($1.element.1, $1.offset)
        }
        return (first.isEmpty ? [] : [first.count == 1 ? first[0] : joined(first)]) + others.map(\.element.0)
    }
}
