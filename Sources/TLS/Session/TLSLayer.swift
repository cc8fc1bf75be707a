import Bytes
import Channels

/// Recognises TLS by its first record, and reads it with the secrets of a store.
public struct TLSLayer: LayerFactory {
    private let store: KeyStore

    public init(_ store: KeyStore) { self.store = store }

    public func recognize(_ bytes: Span<UInt8>, fromServer: Bool) -> Recognition {
        // A handshake record of version 3.x (RFC 8446 §5.1), whose first message is a hello.
        guard bytes[0] == ContentType.handshake.rawValue else { return .no }
        guard bytes.count >= 6 else {
            return bytes.count < 2 || bytes[1] == 3 ? .needsMore : .no
        }
        guard let header = RecordHeader(bytes), header.payloadByteCount > 0 else { return .no }
        return bytes[5] == HandshakeType.clientHello.rawValue || bytes[5] == HandshakeType.serverHello.rawValue ? .yes : .no
    }

    public func recognize(midway bytes: Span<UInt8>) -> Recognition {
        guard bytes[0] == ContentType.applicationData.rawValue else { return .no }
        guard bytes.count >= RecordHeader.byteCount else { return bytes.count < 2 || bytes[1] == 3 ? .needsMore : .no }
        guard let header = RecordHeader(bytes), header.payloadByteCount > 0, header.version >= ProtocolVersion.tls10.rawValue else {
            return .no
        }
        let end = header.recordByteCount
        guard bytes.count >= end + RecordHeader.byteCount else { return .yes }
        return RecordHeader(bytes.extracting(end..<bytes.count)) == nil ? .no : .yes
    }

    public func makeLayer(isFromBeginning: Bool) -> any ByteLayer { TLSSession(store, isFromBeginning: isFromBeginning) }

    public func transport(over transport: String) -> String { transport == "tcp" ? "tls" : "\(transport)+tls" }
}
