import Channels
import TLS

/// Why an end closed the connection, of QUIC's own errors (RFC 9000 §20.1, RFC 9368 §5).
struct TransportError {
    var code: UInt64

    private static let names = [
        "NO_ERROR", "INTERNAL_ERROR", "CONNECTION_REFUSED", "FLOW_CONTROL_ERROR", "STREAM_LIMIT_ERROR", "STREAM_STATE_ERROR",
        "FINAL_SIZE_ERROR", "FRAME_ENCODING_ERROR", "TRANSPORT_PARAMETER_ERROR", "CONNECTION_ID_LIMIT_ERROR", "PROTOCOL_VIOLATION",
        "INVALID_TOKEN", "APPLICATION_ERROR", "CRYPTO_BUFFER_EXCEEDED", "KEY_UPDATE_ERROR", "AEAD_LIMIT_REACHED", "NO_VIABLE_PATH",
        "VERSION_NEGOTIATION_ERROR",
    ]

    /// The TLS alert that it stands for.
    var alert: Alert? { code >> 8 == 1 ? Alert(code: UInt8(truncatingIfNeeded: code)) : nil }

    /// The registered name, that of the TLS alert, or the number where there is none: `NO_ERROR`, `handshake_failure`, `0x1f`.
    var name: String {
        if let alert { return alert.name }
        return code < UInt64(Self.names.count) ? Self.names[Int(code)] : "0x" + String(code, radix: 16)
    }

    var abort: StreamAbort { StreamAbort(code: code, name: name, carrier: "CONNECTION_CLOSE") }
}
