import Channels
import Packets

/// What carries a WebSocket connection.
public struct Carrier: Hashable, Sendable {
    /// The TCP connection, counted from 1 in the order of appearance.
    public var flow: UInt64
    /// Nil for TCP with nothing around it, which is what most are: each connection keeps its carrier twice.
    private var boxed: Boxed?

    private indirect enum Boxed: Hashable, Sendable { case layers(Layers) }

    /// What is between the WebSocket connection and the network.
    private struct Layers: Hashable, Sendable {
        var transport = "tcp"
        var stream: UInt64?
        var security: Security?
        var path: [PathHop] = []
    }

    public init(
        transport: String = "tcp", stream: UInt64? = nil, security: Security? = nil, flow: UInt64 = 0, path: [PathHop] = []
    ) {
        self.flow = flow
        layers = Layers(transport: transport, stream: stream, security: security, path: path)
    }

    private var layers: Layers {
        get { if case .layers(let layers)? = boxed { layers } else { Layers() } }
        set { boxed = newValue == Layers() ? nil : .layers(newValue) }
    }

    /// The name of all layers together: `tcp`, `tls`, `h2`, `h2+tls`, `h3`.
    public var transport: String {
        get { if case .layers(let layers)? = boxed { layers.transport } else { "tcp" } }
        set { layers.transport = newValue }
    }

    /// The stream's number, if several channels share a TCP connection.
    public var stream: UInt64? {
        get { if case .layers(let layers)? = boxed { layers.stream } else { nil } }
        set { layers.stream = newValue }
    }

    /// How it is secured; nil if it is not.
    public var security: Security? {
        get { if case .layers(let layers)? = boxed { layers.security } else { nil } }
        set { layers.security = newValue }
    }

    /// The tags and tunnels around it, from the outside in, as the first packet had them.
    public var path: [PathHop] {
        get { if case .layers(let layers)? = boxed { layers.path } else { [] } }
        set { layers.path = newValue }
    }
}
