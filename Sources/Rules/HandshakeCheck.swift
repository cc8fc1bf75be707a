import WebSocket

/// What the rules say of one opening handshake, side by side.
public struct HandshakeFindings: Equatable, Sendable {
    public var client: [Finding]
    public var server: [Finding]

    public init(client: [Finding] = [], server: [Finding] = []) {
        self.client = client
        self.server = server
    }

    public func contains(_ finding: Finding, of side: Side?) -> Bool {
        switch side {
        case .client: client.contains(finding)
        case .server: server.contains(finding)
        case nil: false
        }
    }
}

/// One requirement of the opening handshake, and what was found.
public struct HandshakeCheck: Equatable, Sendable {
    public enum State: String, CaseIterable, Sendable {
        /// As demanded.
        case met
        /// A rule is broken, see `rule`.
        case broken
        /// A rule has a note on it, see `rule`; nothing is broken.
        case noted
        /// Not there, and it need not be.
        case absent
        /// The server chose not to: its right, whatever the reason.
        case refused
        /// What it takes to judge this was not captured.
        case unknown
    }

    public var side: Side
    /// Two or three words, mostly a header's name.
    public var label: String
    /// What must hold, as a sentence.
    public var requirement: String
    public var section: String?
    public var expected: String?
    /// What was there; nil when nothing was.
    public var found: String?
    /// How what is expected comes about, where that is no constant.
    public var derivation: String?
    public var state: State
    public var rule: Rule?
}
