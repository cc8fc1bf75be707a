import Bytes

/// The two ends of a WebSocket connection (RFC 6455 §1.2): the client asked for the upgrade, the server granted it.
public enum Side: Int, Hashable, Sendable, CaseIterable {
    case client
    case server

    public typealias AllCases = Both<Side>
    @inlinable public static var allCases: AllCases { Both(.client, .server) }

    @inlinable public var other: Side { self == .client ? .server : .client }

    public var name: StaticString { self == .client ? "client" : "server" }

    /// The name as a string, which is made at no cost.
    public var word: String { self == .client ? "client" : "server" }
}
