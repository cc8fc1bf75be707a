import Channels

/// What carries a WebSocket connection.
public struct Carrier: Hashable, Sendable {
    /// The name of all layers together: `tcp`, `tls`, `h2`, `h2+tls`, `h3`.
    public var transport: String
    /// The stream's number, if several channels share a TCP connection.
    public var stream: UInt64?
    /// How it is secured; nil if it is not.
    public var security: Security?
    /// The TCP connection, counted from 1 in the order of appearance.
    public var flow: UInt64

    public init(transport: String = "tcp", stream: UInt64? = nil, security: Security? = nil, flow: UInt64 = 0) {
        self.transport = transport
        self.stream = stream
        self.security = security
        self.flow = flow
    }
}
