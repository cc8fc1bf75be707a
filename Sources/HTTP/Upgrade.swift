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
        guard head.method == "GET", head.headers.hasElement("websocket", in: "Upgrade"),
            let key = head.headers.value(of: "Sec-WebSocket-Key")
        else {
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
        var missing: [Requirement] = []
        if head.method != "GET" { missing.append(.method) }
        if head.version != "HTTP/1.1", head.version.utf8.lexicographicallyPrecedes("HTTP/1.1".utf8) { missing.append(.httpVersion) }
        if !head.headers.contains("Host") { missing.append(.host) }
        if !head.headers.hasElement("websocket", in: "Upgrade") { missing.append(.upgrade) }
        if !head.headers.hasElement("upgrade", in: "Connection") { missing.append(.connection) }
        if !head.headers.contains("Sec-WebSocket-Key") { missing.append(.key) }
        if !head.headers.contains("Sec-WebSocket-Version") { missing.append(.version) }
        return missing
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

    /// Nil unless the status is 101 and either a `websocket` upgrade or a Sec-WebSocket-Accept says to what, or 2xx over HTTP/2.
    public init?(_ head: ResponseHead) {
        guard Self.isGiven(by: head) else { return nil }
        accept = head.headers.value(of: "Sec-WebSocket-Accept")
        protocols = head.headers.elements(of: "Sec-WebSocket-Protocol")
        extensions = ExtensionList(in: head.headers)
    }

    /// The subprotocol agreed on; nil if there is none, or `head` is no such answer.
    public static func subprotocol(of head: ResponseHead) -> String? {
        let name = "Sec-WebSocket-Protocol"
        return head.headers.contains(name) && isGiven(by: head) ? head.headers.elements(of: name).first : nil
    }

    /// The extensions agreed on; nil if there are none, or `head` is no such answer.
    public static func extensions(of head: ResponseHead) -> ExtensionList? {
        head.headers.contains(ExtensionList.fieldName) && isGiven(by: head) ? ExtensionList(in: head.headers) : nil
    }

    /// Whether `head` is one: see `init`.
    public static func isGiven(by head: ResponseHead) -> Bool {
        head.isOfStream
            ? head.isGrant
            : head.status == 101 && (head.headers.hasElement("websocket", in: "Upgrade") || head.headers.contains("Sec-WebSocket-Accept"))
    }

    /// A part of the answer that RFC 6455 §4.1 makes the client look for.
    public enum Requirement: String, Sendable, CaseIterable {
        /// The status is 101.
        case status
        /// Upgrade is `websocket`, and nothing besides.
        case upgrade = "Upgrade"
        /// Connection has `upgrade`.
        case connection = "Connection"
        case accept = "Sec-WebSocket-Accept"
    }

    /// What `head` lacks to agree to an opening handshake.
    public static func missing(in head: ResponseHead) -> [Requirement] {
        var missing: [Requirement] = []
        if head.status != 101 { missing.append(.status) }
        if !head.headers.isOnly("websocket", in: "Upgrade") { missing.append(.upgrade) }
        if !head.headers.hasElement("upgrade", in: "Connection") { missing.append(.connection) }
        if !head.headers.contains("Sec-WebSocket-Accept") { missing.append(.accept) }
        return missing
    }
}
