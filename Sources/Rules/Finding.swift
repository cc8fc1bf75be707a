/// One rule, applied to one thing that was seen.
public struct Finding: Equatable, Sendable {
    public var rule: Rule
    /// What the rule wants, where that can be said of this case.
    public var expected: String?
    /// What was there instead.
    public var found: String?

    public init(_ rule: Rule, expected: String? = nil, found: String? = nil) {
        self.rule = rule
        self.expected = expected
        self.found = found
    }
}
