extension Rule {
    /// The label says already what was found.
    public var isToldByLabel: Bool {
        switch self {
        case .maskMissing, .maskUnexpected, .controlFragmented, .closeBodyTooShort, .closeUnanswered, .closeMissing, .closeClientFirst: true
        default: false
        }
    }
}

/// What the catalogue says of a rule.
///
/// `wsray explain`, `Docs/Rules.md` and the reports print from here and nowhere else.
public struct CatalogueEntry: Sendable {
    public var severity: Severity
    /// Where it is written: `RFC 6455 §5.1`; nil for what no RFC rules.
    public var section: StaticString?
    /// Few words for the end of a timeline row.
    public var label: StaticString
    /// One sentence: what must hold, or what was seen.
    public var sentence: StaticString
    /// What usually causes it, or what to do.
    public var advice: StaticString

    static func of(_ rule: Rule) -> CatalogueEntry {
        // Each group knows its own rules; a test makes sure that none falls through to the last.
        request(rule) ?? response(rule) ?? negotiation(rule) ?? http2(rule) ?? frame(rule) ?? message(rule) ?? close(rule)
            ?? expectation(rule) ?? capture(rule)
    }

    static func violation(
        _ section: StaticString, _ label: StaticString, _ sentence: StaticString, _ advice: StaticString
    ) -> CatalogueEntry {
        CatalogueEntry(severity: .violation, section: section, label: label, sentence: sentence, advice: advice)
    }

    static func warning(
        _ section: StaticString, _ label: StaticString, _ sentence: StaticString, _ advice: StaticString
    ) -> CatalogueEntry {
        CatalogueEntry(severity: .warning, section: section, label: label, sentence: sentence, advice: advice)
    }

    static func note(
        _ section: StaticString, _ label: StaticString, _ sentence: StaticString, _ advice: StaticString
    ) -> CatalogueEntry {
        CatalogueEntry(severity: .note, section: section, label: label, sentence: sentence, advice: advice)
    }

    /// A note about the capture or the inspection itself, which no RFC rules.
    static func artefact(_ label: StaticString, _ sentence: StaticString, _ advice: StaticString) -> CatalogueEntry {
        CatalogueEntry(severity: .note, section: nil, label: label, sentence: sentence, advice: advice)
    }
}
