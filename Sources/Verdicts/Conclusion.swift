import Bytes

/// What is concluded from the end of a connection, once somebody asks: no report pays for a verdict that it does not show.
public struct Conclusion: Sendable {
    /// Indirect, since ends are handed on often, and what they are concluded from is large.
    private indirect enum Basis: Sendable {
        case facts(EndFacts)
        case stated(Verdict)
    }

    private let basis: Basis

    /// A verdict that is not made from facts, as one from which something was removed.
    public init(_ verdict: Verdict) { basis = .stated(verdict) }

    package init(_ facts: consuming EndFacts) { basis = .facts(facts) }

    /// Made each time it is asked for.
    public var verdict: Verdict {
        switch basis {
        case .facts(let facts): Verdict(facts)
        case .stated(let verdict): verdict
        }
    }

    /// The same without the sentence and the rows that prove it, for whoever shows neither.
    public var outline: Verdict {
        switch basis {
        case .facts(let facts): Verdict(facts, isOutline: true)
        case .stated(let verdict): verdict
        }
    }
}
