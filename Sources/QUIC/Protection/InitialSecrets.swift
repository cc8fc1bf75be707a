import Bytes
import TLS

/// The secrets of Initial packets, which anybody can derive (RFC 9001 §5.2).
struct InitialSecrets {
    let client: Secret
    let server: Secret

    /// - Parameter destination: of the client's first packet, or what a Retry gave in its place.
    init(_ version: QUICVersion, destination: ConnectionID) {
        let common = KeyDerivation.extract(destination.bytes.span, salt: version.initialSalt.span, .sha256)
        client = KeyDerivation.expand(common, label: "client in", byteCount: 32, .sha256)
        server = KeyDerivation.expand(common, label: "server in", byteCount: 32, .sha256)
    }
}

/// The protection of Initial packets of one version.
struct InitialProtection: ~Copyable {
    var client: PacketProtection
    var server: PacketProtection

    init?(_ version: QUICVersion, destination: ConnectionID) {
        guard let suite = PacketSuite.initial else { return nil }
        let secrets = InitialSecrets(version, destination: destination)
        guard let client = PacketProtection(suite, secrets.client, version) else { return nil }
        guard let server = PacketProtection(suite, secrets.server, version) else { return nil }
        self.client = client
        self.server = server
    }
}

/// A Retry packet (RFC 9000 §17.2.5).
enum Retry {
    private static let tagByteCount = 16

    /// Whether a server made it that saw the client's first packet (RFC 9001 §5.8).
    ///
    /// - Parameter original: the destination of that packet.
    static func isAuthentic(_ packet: Span<UInt8>, _ version: QUICVersion, original: ConnectionID) -> Bool {
        guard packet.count >= tagByteCount, let suite = PacketSuite.initial,
            var cipher = PacketCipher(suite, key: version.retryKey.span, iv: version.retryNonce.span)
        else { return false }
        let end = packet.count - tagByteCount
        var pseudo = ByteBuffer()
        pseudo.append(original.byteCount)
        pseudo.append(original.bytes.span)
        pseudo.append(packet.extracting(0..<end))
        var nothing = ByteBuffer()
        return cipher.open(packet.extracting(end..<packet.count), number: 0, header: pseudo.span, into: &nothing)
    }
}
