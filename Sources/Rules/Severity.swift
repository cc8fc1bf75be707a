/// How much a finding weighs, after the words of RFC 2119.
public enum Severity: Int, Comparable, CaseIterable, Sendable {
    /// An artefact of the capture, or something worth knowing; nobody's fault.
    case note
    /// A SHOULD was not followed.
    case warning
    /// A MUST was not followed.
    case violation

    public static func < (a: Severity, b: Severity) -> Bool { a.rawValue < b.rawValue }

    public var name: StaticString {
        switch self {
        case .note: "note"
        case .warning: "warning"
        case .violation: "violation"
        }
    }
}
