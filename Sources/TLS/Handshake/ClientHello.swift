import Bytes

/// What a client offers (RFC 8446 §4.1.2).
package struct ClientHello {
    var version: UInt16
    package var random: Random
    var sessionID: [UInt8]
    package var serverName: String?
    package var protocols: [String] = []
    var ticket: [UInt8] = []
    package var offersEarlyData = false
    /// It carries an encrypted hello, or what looks like one.
    package var hasEncryptedHello = false
    /// Of QUIC, as they came; nil where it is not QUIC.
    package var transportParameters: [UInt8]?

    /// A hello of which nothing is known but its random.
    init(random: Random) {
        version = ProtocolVersion.tls12.rawValue
        self.random = random
        sessionID = []
    }

    /// - Parameter body: the message without type and length.
    package init?(_ body: Span<UInt8>) {
        var reader = HelloReader(body)
        guard let version = reader.number(byteCount: 2), let random = reader.skip(Random.byteCount),
            let sessionID = reader.vector(lengthByteCount: 1), reader.vector(lengthByteCount: 2) != nil,
            reader.vector(lengthByteCount: 1) != nil
        else { return nil }
        self.version = UInt16(version)
        self.random = Random(body.extracting(random))
        self.sessionID = body.extracting(sessionID).copied()
        guard let extensions = reader.vector(lengthByteCount: 2) else { return }
        HelloExtension.forEach(in: body.extracting(extensions)) { kind, content in
            switch kind {
            case .serverName: serverName = Self.serverName(content)
            case .alpn: protocols = content.protocolNames
            case .sessionTicket: ticket = content.copied()
            case .earlyData: offersEarlyData = true
            case .encryptedClientHello: hasEncryptedHello = true
            case .transportParameters: transportParameters = content.copied()
            default: break
            }
        }
    }

    /// The host name of a server name list (RFC 6066 §3).
    private static func serverName(_ content: Span<UInt8>) -> String? {
        var reader = HelloReader(content)
        guard reader.number(byteCount: 2) != nil else { return nil }
        while let type = reader.number(byteCount: 1), let range = reader.vector(lengthByteCount: 2) {
            if type == 0 { return String(decoding: content.extracting(range).copied(), as: UTF8.self) }
        }
        return nil
    }
}
