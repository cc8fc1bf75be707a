extension Rule {
    /// Breaking it makes an endpoint fail the connection (RFC 6455 §7.1.7).
    package var failsConnection: Bool {
        switch self {
        case .maskMissing, .maskUnexpected, .reservedBits, .compressionNotAgreed, .compressionMisplaced, .reservedOpcode,
            .lengthNotMinimal, .lengthTopBit, .controlTooLong, .controlFragmented, .continuationUnexpected, .messageInterrupted,
            .httpInsteadOfFrames, .textNotUTF8, .deflateInvalid, .deflateWindow, .deflateTakeover, .closeBodyTooShort, .closeCodeInvalid,
            .closeReasonNotUTF8:
            true
        default: false
        }
    }

    /// A frame with the opcode of Close that breaks it is not a Close frame: most often the stream is out of step.
    package var deniesClose: Bool {
        switch self {
        case .reservedBits, .compressionNotAgreed, .compressionMisplaced, .controlTooLong, .controlFragmented, .lengthNotMinimal: true
        default: false
        }
    }

    /// A client must not accept an answer that breaks it (RFC 6455 §4.1, RFC 7692 §5).
    package var failsUpgrade: Bool {
        switch self {
        case .responseUpgrade, .responseConnection, .acceptMissing, .acceptWrong, .subprotocolSeveral, .subprotocolNotOffered,
            .extensionNotOffered, .extensionConflict, .deflateUnknown, .deflateRepeated, .deflateValue, .deflateNotOffered:
            true
        default: false
        }
    }
}
