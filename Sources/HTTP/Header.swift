/// One field line of a message head (RFC 9112 §5), as the peer wrote it.
public struct Header: Sendable, Equatable {
    /// In the case of the wire, and with the blanks before the colon where a peer put some.
    public var name: String
    /// Without the blanks around it; a folded value is joined with one space (RFC 9112 §5.2).
    public var value: String

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

extension [Header] {
    /// The values of all fields of this name, in order.
    public func values(of name: String) -> [String] {
        filter { $0.isNamed(name) }.map(\.value)
    }

    /// The value of the first field of this name.
    public func value(of name: String) -> String? {
        first { $0.isNamed(name) }?.value
    }

    /// The elements of a list-valued field over all its lines (RFC 9110 §5.6.1).
    ///
    /// Empty elements are left out. A comma in a quoted string separates nothing; a quote that is never closed reaches
    /// to the end of its own line.
    public func elements(of name: String) -> [String] {
        var elements: [String] = []
        for header in self where header.isNamed(name) {
            // Nearly always there is one, with nothing around it.
            if header.value.utf8.allSatisfy({ $0.isTokenCharacter }), !header.value.isEmpty {
                elements.append(header.value)
            } else {
                elements += listElements([UInt8](header.value.utf8)).map { String(decoding: $0, as: UTF8.self) }
            }
        }
        return elements
    }

    /// Whether the list-valued field has this element, case ignored: `Connection` has `upgrade`, say.
    public func hasElement(_ element: String, in name: String) -> Bool {
        elements(of: name).contains { $0.equalsIgnoringCase(element) }
    }
}

/// The parts between commas outside quoted strings, blanks around them removed, empty ones left out.
private func listElements(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var parts: [ArraySlice<UInt8>] = []
    var start = 0
    var isQuoted = false
    var isEscaped = false
    for (index, byte) in bytes.enumerated() {
        if isEscaped {
            isEscaped = false
        } else if isQuoted, byte == .backslash {
            isEscaped = true
        } else if byte == .quote {
            isQuoted.toggle()
        } else if byte == .comma, !isQuoted {
            parts.append(bytes[start..<index].trimmingBlanks)
            start = index + 1
        }
    }
    parts.append(bytes[start...].trimmingBlanks)
    return parts.filter { !$0.isEmpty }
}
