/// What an expression says, its types checked.
indirect enum Expression: Sendable {
    case test(Test)
    case not(Expression)
    case all([Expression])
    case any([Expression])

    /// What is true of this, where `known` tells it of its tests; nil where that depends on tests of which it is not known.
    func value(_ known: (Test) -> Bool?) -> Bool? {
        switch self {
        case .test(let test): return known(test)
        case .not(let inner): return inner.value(known).map { !$0 }
        case .all(let parts): return Self.joined(parts, known, decides: false)
        case .any(let parts): return Self.joined(parts, known, decides: true)
        }
    }

    private static func joined(_ parts: [Expression], _ known: (Test) -> Bool?, decides: Bool) -> Bool? {
        var isKnown = true
        for part in parts {
            guard let value = part.value(known) else {
                isKnown = false
                continue
            }
            if value == decides { return decides }
        }
        return isKnown ? !decides : nil
    }

    /// Calls `visit` with each test.
    func forEachTest(_ visit: (Test) -> Void) {
        switch self {
        case .test(let test): visit(test)
        case .not(let inner): inner.forEachTest(visit)
        case .all(let parts), .any(let parts): for part in parts { part.forEachTest(visit) }
        }
    }

    /// The same, with each question of a level, such as those about the end of a connection, numbered from `count` on.
    func numberingQuestions(of level: FieldLevel, from count: inout Int) -> Expression {
        switch self {
        case .test(var test):
            guard test.reference.field.entry.level == level else { return self }
            test.question = count
            count += 1
            return .test(test)
        case .not(let inner): return .not(inner.numberingQuestions(of: level, from: &count))
        case .all(let parts): return .all(parts.map { $0.numberingQuestions(of: level, from: &count) })
        case .any(let parts): return .any(parts.map { $0.numberingQuestions(of: level, from: &count) })
        }
    }

    /// The dearest that it asks about.
    var level: FieldLevel {
        var level = FieldLevel.connection
        forEachTest { level = max(level, $0.reference.field.entry.level) }
        return level
    }
}

/// One question about one field.
struct Test: Sendable {
    var reference: FieldReference
    var check: Check
    /// Its number among questions about the ends of connections, or among those about operations; nil for others.
    var question: Int?

    init(reference: FieldReference, check: Check) {
        self.reference = reference
        self.check = check
    }
}

/// What is asked of a field's value. Of a field with several values it is asked whether it is so of one.
enum Check: Sendable {
    /// A flag is set.
    case isSet
    /// There is a value.
    case isPresent
    /// A number, or what stands for one, lies within one of these.
    case isWithin([ClosedRange<Int128>])
    /// The time of day in nanoseconds lies within one of these.
    case isAtTimeOfDay([ClosedRange<Int128>])
    case isInNetwork([Network])
    case text(TextCheck)
    case json(JSONCheck)
}
