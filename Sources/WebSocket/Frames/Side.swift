/// The two ends of a WebSocket connection (RFC 6455 §1.2): the client asked for the upgrade, the server granted it.
public enum Side: Int, Hashable, Sendable, CaseIterable {
    case client
    case server

    @inlinable public var other: Side { self == .client ? .server : .client }

    public var name: StaticString { self == .client ? "client" : "server" }
}
