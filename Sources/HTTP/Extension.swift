/// One element of Sec-WebSocket-Extensions (RFC 6455 §9.1): an extension with its parameters, offered or agreed on.
public struct Extension: Sendable, Equatable {
    public struct Parameter: Sendable, Equatable {
        public var name: String
        /// Nil where there is no `=`; of a quoted string what it stands for.
        public var value: String?
        /// Whether the value was a quoted string, which must hold a token too; see ``Swift/StringProtocol/isToken``.
        public var isQuoted: Bool

        public init(name: String, value: String? = nil, isQuoted: Bool = false) {
            self.name = name
            self.value = value
            self.isQuoted = isQuoted
        }
    }

    public var name: String
    /// In order, with duplicates.
    public var parameters: [Parameter]

    public init(name: String, parameters: [Parameter] = []) {
        self.name = name
        self.parameters = parameters
    }

    /// The first parameter of this name; case counts, as it does to the peers.
    public func parameter(_ name: String) -> Parameter? {
        parameters.first { $0.name == name }
    }
}

/// All elements of the Sec-WebSocket-Extensions fields of a head, in order; each is either read or kept as it was written.
public struct ExtensionList: Sendable, Equatable {
    public enum Element: Sendable, Equatable {
        case valid(Extension)
        /// Not in the grammar of RFC 6455 §9.1, so no peer may go by it.
        case malformed(String)
    }

    public var elements: [Element]

    public static let fieldName = "Sec-WebSocket-Extensions"

    public init(in headers: Headers) {
        elements = headers.elements(of: Self.fieldName).map { text in
            Extension(parsing: text).map { .valid($0) } ?? .malformed(text)
        }
    }

    /// The well-formed elements.
    public var extensions: [Extension] {
        elements.compactMap { if case .valid(let element) = $0 { element } else { nil } }
    }

    /// The other elements, as written.
    public var malformed: [String] {
        elements.compactMap { if case .malformed(let text) = $0 { text } else { nil } }
    }
}

extension Extension {
    /// Reads one element, nil unless all of it is in the grammar.
    ///
    ///     extension       = token *( ";" extension-param )
    ///     extension-param = token [ "=" ( token / quoted-string ) ]
    ///
    /// Blanks may stand between any two parts: the grammar is one of RFC 2616, where they are implied (§2.1).
    fileprivate init?(parsing text: String) {
        var scanner = FieldScanner(text)
        guard let name = scanner.token() else { return nil }
        self.init(name: name)
        while !scanner.isAtEnd {
            guard scanner.take(.semicolon), let name = scanner.token() else { return nil }
            var parameter = Parameter(name: name)
            if scanner.take(.equals) {
                if let value = scanner.token() {
                    parameter.value = value
                } else if let value = scanner.quotedString() {
                    parameter.value = value
                    parameter.isQuoted = true
                } else {
                    return nil
                }
            }
            parameters.append(parameter)
        }
    }
}
