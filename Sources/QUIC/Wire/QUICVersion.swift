/// A version of QUIC that is read: its number, and what it derives its first keys from (RFC 9001 §5.2, RFC 9369 §3).
enum QUICVersion: UInt32, Sendable {
    case v1 = 0x0000_0001
    case v2 = 0x6B33_43CF

    /// The salt of Initial secrets.
    var initialSalt: [UInt8] {
        switch self {
        case .v1:
            [
                0x38, 0x76, 0x2C, 0xF7, 0xF5, 0x59, 0x34, 0xB3, 0x4D, 0x17, 0x9A, 0xE6, 0xA4, 0xC8, 0x0C, 0xAD, 0xCC, 0xBB, 0x7F, 0x0A,
            ]
        case .v2:
            [
                0x0D, 0xED, 0xE3, 0xDE, 0xF7, 0x00, 0xA6, 0xDB, 0x81, 0x93, 0x81, 0xBE, 0x6E, 0x26, 0x9D, 0xCB, 0xF9, 0xBD, 0x2E, 0xD9,
            ]
        }
    }

    var keyLabel: StaticString { self == .v1 ? "quic key" : "quicv2 key" }
    var ivLabel: StaticString { self == .v1 ? "quic iv" : "quicv2 iv" }
    var headerLabel: StaticString { self == .v1 ? "quic hp" : "quicv2 hp" }
    var updateLabel: StaticString { self == .v1 ? "quic ku" : "quicv2 ku" }

    /// Key and nonce that make Retry packets authentic (RFC 9001 §5.8, RFC 9369 §3.3.3).
    var retryKey: [UInt8] {
        switch self {
        case .v1: [0xBE, 0x0C, 0x69, 0x0B, 0x9F, 0x66, 0x57, 0x5A, 0x1D, 0x76, 0x6B, 0x54, 0xE3, 0x68, 0xC8, 0x4E]
        case .v2: [0x8F, 0xB4, 0xB0, 0x1B, 0x56, 0xAC, 0x48, 0xE2, 0x60, 0xFB, 0xCB, 0xCE, 0xAD, 0x7C, 0xCC, 0x92]
        }
    }

    var retryNonce: [UInt8] {
        switch self {
        case .v1: [0x46, 0x15, 0x99, 0xD3, 0x5D, 0x63, 0x2B, 0xF2, 0x23, 0x98, 0x25, 0xBB]
        case .v2: [0xD8, 0x69, 0x69, 0xBC, 0x2D, 0x7C, 0x6D, 0x99, 0x90, 0xEF, 0xB0, 0x4A]
        }
    }

    /// The type of a long header packet, from two bits of its first byte (RFC 9000 §17.2, RFC 9369 §3.2).
    func kind(_ firstByte: UInt8) -> LongHeader.Kind {
        let bits = firstByte >> 4 & 3
        switch self == .v1 ? bits : (bits &+ 3) & 3 {
        case 0: return .initial
        case 1: return .earlyData
        case 2: return .handshake
        default: return .retry
        }
    }
}
