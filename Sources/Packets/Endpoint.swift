/// One end of a TCP connection.
public struct Endpoint: Hashable, Sendable {
    public var address: IPAddress
    public var port: UInt16

    @inlinable public init(address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// An end that is not known: of what was recorded, and not captured.
    public static let unknown = Endpoint(address: IPAddress(v6: .max, .max), port: 0)

    /// False for `unknown`, which no packet can have: the address is one of a group.
    public var isKnown: Bool { self != .unknown }
}

extension Endpoint: CustomStringConvertible {
    /// `192.0.2.1:80`, or `[2001:db8::1]:80` (RFC 5952 §6).
    public var description: String { !isKnown ? "unknown" : address.isV4 ? "\(address):\(port)" : "[\(address)]:\(port)" }
}
