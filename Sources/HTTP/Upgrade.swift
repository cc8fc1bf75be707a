/// What a client asks for in a WebSocket opening handshake (RFC 6455 §4.1).
public struct UpgradeRequest: Sendable, Equatable {
    public var target: String
    public var host: String?
    public var origin: String?
    /// The Sec-WebSocket-Key as written; whether it is 16 bytes in Base64 is not looked at.
    public var key: String
    /// The Sec-WebSocket-Version as written; `13` is the protocol of RFC 6455.
    public var version: String?
    /// Subprotocols in the client's order of preference.
    public var protocols: [String]
    public var extensions: ExtensionList

    /// Nil unless the head can be nothing else: a GET with a `websocket` upgrade and a key.
    ///
    /// What else §4.1 demands may be missing, see ``missing(in:)``: peers forgive much, and an observer follows them.
    public init?(_ head: RequestHead) {
        let missing = UpgradeRequest.missing(in: head)
        guard !missing.contains(.method), !missing.contains(.upgrade), let key = head.headers.value(of: "Sec-WebSocket-Key") else {
            return nil
        }
        target = head.target
        host = head.headers.value(of: "Host")
        origin = head.headers.value(of: "Origin")
        self.key = key
        version = head.headers.value(of: "Sec-WebSocket-Version")
        protocols = head.headers.elements(of: "Sec-WebSocket-Protocol")
        extensions = ExtensionList(in: head.headers)
    }

    /// A part of the opening handshake that RFC 6455 §4.1 demands.
    public enum Requirement: String, Sendable, CaseIterable {
        /// The method is GET.
        case method
        /// HTTP/1.1 or later.
        case httpVersion = "HTTP version"
        case host = "Host"
        /// Upgrade has `websocket`.
        case upgrade = "Upgrade"
        /// Connection has `upgrade`.
        case connection = "Connection"
        case key = "Sec-WebSocket-Key"
        /// Some version is named; which one is another question.
        case version = "Sec-WebSocket-Version"
    }

    /// What `head` lacks to be an opening handshake: nothing if it is a good one; of an ordinary GET the last four.
    public static func missing(in head: RequestHead) -> [Requirement] {
        Requirement.allCases.filter { requirement in
            switch requirement {
            case .method: head.method != "GET"
            case .httpVersion: head.version.utf8.lexicographicallyPrecedes("HTTP/1.1".utf8)
            case .upgrade: !head.headers.hasElement("websocket", in: requirement.rawValue)
            case .connection: !head.headers.hasElement("upgrade", in: requirement.rawValue)
            case .host, .key, .version: head.headers.value(of: requirement.rawValue) == nil
            }
        }
    }
}

/// How a server agrees to a WebSocket opening handshake (RFC 6455 §4.2.2).
public struct UpgradeResponse: Sendable, Equatable {
    /// The Sec-WebSocket-Accept as written; see ``acceptValue(forKey:)``.
    public var accept: String?
    /// The subprotocols named; more than one breaks §4.2.2.
    public var protocols: [String]
    public var extensions: ExtensionList

    /// The subprotocol agreed on.
    public var subprotocol: String? { protocols.first }

    /// Nil unless the status is 101 and either a `websocket` upgrade or a Sec-WebSocket-Accept says to what.
    public init?(_ head: ResponseHead) {
        let missing = UpgradeResponse.missing(in: head)
        guard !missing.contains(.status), !(missing.contains(.upgrade) && missing.contains(.accept)) else { return nil }
        accept = head.headers.value(of: "Sec-WebSocket-Accept")
        protocols = head.headers.elements(of: "Sec-WebSocket-Protocol")
        extensions = ExtensionList(in: head.headers)
    }

    /// A part of the answer that RFC 6455 §4.1 makes the client look for.
    public enum Requirement: String, Sendable, CaseIterable {
        /// The status is 101.
        case status
        /// Upgrade has `websocket`.
        case upgrade = "Upgrade"
        /// Connection has `upgrade`.
        case connection = "Connection"
        case accept = "Sec-WebSocket-Accept"
    }

    /// What `head` lacks to agree to an opening handshake.
    public static func missing(in head: ResponseHead) -> [Requirement] {
        Requirement.allCases.filter { requirement in
            switch requirement {
            case .status: head.status != 101
            case .upgrade: !head.headers.hasElement("websocket", in: requirement.rawValue)
            case .connection: !head.headers.hasElement("upgrade", in: requirement.rawValue)
            case .accept: head.headers.value(of: requirement.rawValue) == nil
            }
        }
    }
}
