import Bytes
import Channels
import Packets

/// A connection whose content could not be read, because it is encrypted.
public struct EncryptedConnection: Sendable {
    /// The TCP connection, counted from 1 in the order of appearance.
    public var flow: UInt64
    /// What encrypts it: `tls`, `quic`.
    public var transport: String
    public var client: Endpoint
    public var server: Endpoint
    /// Its first and its last packet of those that were captured.
    public var first: PacketMark
    public var last: PacketMark
    /// Digits after the decimal point of the capture's timestamps: 6 or 9.
    public var fractionDigits: UInt8
    public var security: Security
    public var opacity: Opacity

    public init(
        flow: UInt64, transport: String = "tls", client: Endpoint, server: Endpoint, first: PacketMark, last: PacketMark,
        fractionDigits: UInt8,
        security: Security, opacity: Opacity
    ) {
        self.flow = flow
        self.transport = transport
        self.client = client
        self.server = server
        self.first = first
        self.last = last
        self.fractionDigits = fractionDigits
        self.security = security
        self.opacity = opacity
    }
}
