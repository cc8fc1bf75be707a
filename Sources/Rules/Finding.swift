/// One rule, applied to one thing that was seen.
public struct Finding: Equatable, Sendable {
    public var rule: Rule
    /// What the rule wants, where that can be said of this case.
    public var expected: String?
    /// What was there instead.
    public var found: String?
    /// The packet that shows it, where it is known and no frame is concerned.
    public var packet: UInt64?

    public init(_ rule: Rule, expected: String? = nil, found: String? = nil, packet: UInt64? = nil) {
        self.rule = rule
        self.expected = expected
        self.found = found
        self.packet = packet
    }
}
