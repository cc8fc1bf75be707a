/// Why a stream or connection was given up (RFC 9114 §8.1, RFC 9204 §6).
struct ErrorCode: Equatable {
    var rawValue: UInt64

    private static let names = [
        "H3_NO_ERROR", "H3_GENERAL_PROTOCOL_ERROR", "H3_INTERNAL_ERROR", "H3_STREAM_CREATION_ERROR", "H3_CLOSED_CRITICAL_STREAM",
        "H3_FRAME_UNEXPECTED", "H3_FRAME_ERROR", "H3_EXCESSIVE_LOAD", "H3_ID_ERROR", "H3_SETTINGS_ERROR", "H3_MISSING_SETTINGS",
        "H3_REQUEST_REJECTED", "H3_REQUEST_CANCELLED", "H3_REQUEST_INCOMPLETE", "H3_MESSAGE_ERROR", "H3_CONNECT_ERROR",
        "H3_VERSION_FALLBACK",
    ]

    private static let codingNames = ["QPACK_DECOMPRESSION_FAILED", "QPACK_ENCODER_STREAM_ERROR", "QPACK_DECODER_STREAM_ERROR"]

    /// The registered name, or the number where there is none: `H3_REQUEST_CANCELLED`, `0x21`.
    var name: String {
        switch rawValue {
        case 0x100..<0x100 + UInt64(Self.names.count): Self.names[Int(rawValue - 0x100)]
        case 0x200..<0x200 + UInt64(Self.codingNames.count): Self.codingNames[Int(rawValue - 0x200)]
        // RFC 9297 §5.2.
        case 0x33: "H3_DATAGRAM_ERROR"
        default: "0x" + String(rawValue, radix: 16)
        }
    }
}
