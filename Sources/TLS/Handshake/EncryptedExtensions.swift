import Bytes

/// What a server of TLS 1.3 adds to its hello under protection (RFC 8446 §4.3.1).
package struct EncryptedExtensions {
    package var protocolName: String?
    package var acceptsEarlyData = false
    /// Of QUIC, as they came; nil where it is not QUIC.
    package var transportParameters: [UInt8]?

    /// - Parameter body: the message without type and length.
    package init(_ body: Span<UInt8>) {
        var reader = HelloReader(body)
        guard let extensions = reader.vector(lengthByteCount: 2) else { return }
        HelloExtension.forEach(in: body.extracting(extensions)) { kind, content in
            switch kind {
            case .alpn: protocolName = content.protocolNames.first ?? protocolName
            case .earlyData: acceptsEarlyData = true
            case .transportParameters: transportParameters = content.copied()
            default: break
            }
        }
    }
}
