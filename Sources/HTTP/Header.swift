/// One field line of a message head (RFC 9112 §5), as the peer wrote it.
public struct Header: Sendable, Equatable {
    /// In the case of the wire, and with the blanks before the colon where a peer put some.
    public var name: String
    /// Without the blanks around it; a folded value is joined with one space (RFC 9112 §5.2).
    public var value: String

    /// What stands for a name or a value that was not captured (RFC 7541 lets fields refer to earlier ones).
    public static let unknown = "(unknown)"

    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    /// Whether `name` names this field; case does not matter, nor do blanks before the colon.
    ///
    /// Peers that accept such blanks read the field as if they were not there, and those that do not refuse the message.
    public func isNamed(_ name: String) -> Bool {
        let (length, wanted) = (self.name.utf8.count, name.utf8.count)
        // Nearly every field has another name, and nearly every other name another length.
        if length == wanted { return self.name.equalsIgnoringCase(name) }
        guard length > wanted, self.name.utf8.last?.isBlank == true else { return false }
        return self.name.utf8.trimmingBlanks.lazy.map(\.lowercased).elementsEqual(name.utf8.lazy.map(\.lowercased))
    }
}
