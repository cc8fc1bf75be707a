/// A value found in a JSON text, where it stands.
public struct JSONValue: Equatable, Sendable {
    public enum Kind: Equatable, Sendable {
        case text(hasEscapes: Bool)
        case number
        case yes
        case no
        case null
        case object
        case array
    }

    public var kind: Kind
    /// Of a text what is between the quotes; of an object or array everything between its brackets, them included.
    public var range: Range<Int>

    @inlinable
    public init(kind: Kind, range: Range<Int>) {
        self.kind = kind
        self.range = range
    }

    @inlinable public var isText: Bool { if case .text = kind { true } else { false } }
}
