/// An expression of the filter language, checked and compiled; `Docs/Filter.md` describes it.
public struct Condition: Sendable {
    /// As it was written.
    public let text: String
    let expression: Expression
    let program: Program
    /// Tests about how connections end.
    private let questionCount: Int
    /// Tests about operations, in the order of their numbers.
    let operationTests: [Test]

    /// Total, and quick enough for each key stroke; an error is a value with its place.
    public init(_ text: String) throws(ConditionError) {
        self.text = text
        var questions = 0
        var operations = 0
        let expression = try Parser.parse(text).numberingQuestions(of: .ending, from: &questions)
            .numberingQuestions(of: .operation, from: &operations)
        self.expression = expression
        questionCount = questions
        var operationTests: [Test] = []
        expression.forEachTest { if $0.reference.field.entry.level == .operation { operationTests.append($0) } }
        self.operationTests = operationTests
        guard operations <= Endings.questionLimit else {
            throw ConditionError(0..<text.utf8.count, "There are more than \(Endings.questionLimit) conditions on operations.")
        }
        guard questions <= Endings.questionLimit else {
            throw ConditionError(
                0..<text.utf8.count, "There are more than \(Endings.questionLimit) conditions on how connections end.")
        }
        guard let program = Program(expression) else {
            throw ConditionError(
                0..<text.utf8.count,
                "There are more than \(Selection.bitCount) separate conditions on the connection between those on frames.")
        }
        self.program = program
    }

    /// Something of it is known only when a connection has ended: the input has to be read to its end before anything can be shown.
    public var asksAboutEndings: Bool { questionCount > 0 || asksForUnanswered }

    /// It asks what messages mean, so they have to be decoded.
    public var asksAboutOperations: Bool { !operationTests.isEmpty }

    /// That a request was not answered is known when its connection has ended.
    public var asksForUnanswered: Bool { operationTests.contains { $0.reference.field == .unanswered } }

    /// The first field about the end of a connection, or about what is known only then, as it was written.
    public var fieldOfEnding: String? { firstField { $0.entry.level == .ending || $0 == .unanswered } }

    /// The first field about what messages mean, as it was written.
    public var fieldOfOperation: String? { firstField { $0.entry.level == .operation } }

    private func firstField(where isWanted: (Field) -> Bool) -> String? {
        var first: String?
        expression.forEachTest { if first == nil, isWanted($0.reference.field) { first = $0.reference.written } }
        return first
    }

    /// The fields that it asks about.
    public var fields: Set<Field> {
        var fields: Set<Field> = []
        expression.forEachTest { fields.insert($0.reference.field) }
        return fields
    }

    /// It selects connections whole: it asks about nothing else.
    public var isAboutConnections: Bool { fields.allSatisfy { $0.entry.level.isAboutConnections } }

    /// The first field that is not about connections, as a mistake; nil where the condition selects connections whole.
    /// - Parameter reason: why only those can be asked about.
    public func mistake(ifNotAboutConnections reason: String) -> ConditionError? {
        var first: FieldReference?
        expression.forEachTest { test in
            let reference = test.reference
            guard !reference.field.entry.level.isAboutConnections, reference.range.lowerBound < first?.range.lowerBound ?? .max else {
                return
            }
            first = reference
        }
        return first.map { ConditionError($0.range, "\(reason), and \($0.written) is about \($0.field.entry.level.indefiniteName).") }
    }

    /// What to ask of an inspector at least, as its `keptByteCount`: no byte where only headers matter.
    public var keptByteCount: Int { fields.map(\.keptByteCount).max() ?? 0 }
}

extension Field {
    /// Bytes of a payload that telling this field takes.
    public var keptByteCount: Int {
        switch self {
        case .text, .bytes, .json: .max
        case .closeCode, .closeReason: 125
        // What tells an answer from a request, and which one it answers, may stand at the end of a message.
        case _ where entry.level == .operation: .max
        default: 0
        }
    }
}
