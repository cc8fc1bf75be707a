import Rules

extension Rule {
    /// What breaks it makes an endpoint fail the connection (RFC 6455 §7.1.7).
    var failsConnection: Bool {
        switch self {
        case .maskMissing, .maskUnexpected, .reservedBits, .compressionNotAgreed, .compressionMisplaced, .reservedOpcode,
            .lengthNotMinimal, .lengthTopBit, .controlTooLong, .controlFragmented, .continuationUnexpected, .messageInterrupted,
            .textNotUTF8, .deflateInvalid, .deflateWindow, .deflateTakeover, .closeBodyTooShort, .closeCodeInvalid, .closeReasonNotUTF8:
            true
        default: false
        }
    }

    /// What has the opcode of a Close frame and breaks it is none: most often the stream is out of step, and this is something else's bytes.
    var deniesClose: Bool {
        switch self {
        case .reservedBits, .compressionNotAgreed, .compressionMisplaced, .controlTooLong, .controlFragmented, .lengthNotMinimal: true
        default: false
        }
    }

    /// A client must not accept an answer that breaks it (RFC 6455 §4.1, RFC 7692 §5).
    var failsUpgrade: Bool {
        switch self {
        case .responseUpgrade, .responseConnection, .acceptMissing, .acceptWrong, .subprotocolSeveral, .subprotocolNotOffered,
            .extensionNotOffered, .deflateUnknown, .deflateRepeated, .deflateValue, .deflateNotOffered:
            true
        default: false
        }
    }
}
