import Bytes

/// What a record carries (RFC 8446 §5.1).
enum ContentType: UInt8 {
    case changeCipherSpec = 20
    case alert = 21
    case handshake = 22
    case applicationData = 23
    case heartbeat = 24
}

/// The five bytes before each record.
struct RecordHeader: Equatable {
    static let byteCount = 5
    /// 2^14 bytes of content, and what protection may add (RFC 5246 §6.2.3).
    static let longestPayload = (1 << 14) + 2_048

    var type: ContentType
    /// As on the wire: TLS 1.3 says 0x0303.
    var version: UInt16
    var payloadByteCount: Int

    var recordByteCount: Int { Self.byteCount + payloadByteCount }

    /// Nil where the bytes, of which there are five at least, are no header.
    @inline(__always)
    init?(_ bytes: Span<UInt8>) {
        guard let type = ContentType(rawValue: bytes[0]), bytes[1] == 3, bytes[2] <= 4 else { return nil }
        let count = Int(bytes.uint16BE(at: 3))
        guard count <= Self.longestPayload else { return nil }
        self.type = type
        version = bytes.uint16BE(at: 1)
        payloadByteCount = count
    }
}

/// The protocol version that was agreed on.
public enum ProtocolVersion: UInt16, Comparable, Sendable {
    case ssl30 = 0x0300
    case tls10 = 0x0301
    case tls11 = 0x0302
    case tls12 = 0x0303
    case tls13 = 0x0304

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// `TLS 1.3`.
    public var name: String {
        switch self {
        case .ssl30: "SSL 3.0"
        case .tls10: "TLS 1.0"
        case .tls11: "TLS 1.1"
        case .tls12: "TLS 1.2"
        case .tls13: "TLS 1.3"
        }
    }
}
