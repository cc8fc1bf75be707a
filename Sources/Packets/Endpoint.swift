/// One end of a TCP connection.
public struct Endpoint: Hashable, Sendable {
    public var address: IPAddress
    public var port: UInt16

    @inlinable public init(address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }
}

extension Endpoint: CustomStringConvertible {
    /// `192.0.2.1:80`, or `[2001:db8::1]:80` (RFC 5952 §6).
    public var description: String { address.isV4 ? "\(address):\(port)" : "[\(address)]:\(port)" }
}
