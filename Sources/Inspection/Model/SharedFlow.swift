import Bytes
import Channels

/// A connection of TCP or QUIC that has ended and carried streams side by side, as HTTP/2 and HTTP/3 do: what is not said of each of them.
///
/// Reported only with `Inspector.Options.measuresTraffic`.
public struct SharedFlow: Sendable {
    /// The TCP connection, as `Carrier.flow` has it.
    public var flow: UInt64
    /// The name of all layers together, as `Carrier.transport` has it.
    public var transport: String
    /// WebSocket connections on it, refused ones included.
    public var connectionCount: UInt64
    public var client: Framing
    public var server: Framing
    /// What its packets cost; nil if a connection before it on the same TCP connection counts it.
    public var traffic: ConnectionTraffic?
    /// Bytes of both sides before the first of the layer: the handshake of TLS. Nil where that was not all captured.
    public var handshakeByteCount: UInt64?
    /// What QUIC's packet numbers and acknowledgements show of each side; nil over TCP.
    public var clientDatagrams: DatagramTraffic?
    public var serverDatagrams: DatagramTraffic?
}
