import Channels
import Packets

/// What carries a WebSocket connection.
public struct Carrier: Hashable, Sendable {
    /// The name of all layers together: `tcp`, `tls`, `h2`, `h2+tls`, `h3`.
    public var transport: String
    /// The stream's number, if several channels share a TCP connection.
    public var stream: UInt64?
    /// How it is secured; nil if it is not.
    public var security: Security? {
        get { if case .security(let security)? = boxed { security } else { nil } }
        set { boxed = newValue.map(Boxed.security) }
    }
    /// The TCP connection, counted from 1 in the order of appearance.
    public var flow: UInt64
    /// The tags and tunnels around it, from the outside in, as the first packet had them.
    public var path: [PathHop]
    /// Behind a reference: it is large, and each connection keeps its carrier twice.
    private var boxed: Boxed?

    private indirect enum Boxed: Hashable, Sendable { case security(Security) }

    public init(
        transport: String = "tcp", stream: UInt64? = nil, security: Security? = nil, flow: UInt64 = 0, path: [PathHop] = []
    ) {
        self.transport = transport
        self.stream = stream
        self.flow = flow
        self.path = path
        boxed = security.map(Boxed.security)
    }
}
