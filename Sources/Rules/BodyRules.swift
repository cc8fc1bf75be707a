import WebSocket

/// Judges what frames and messages carry.
public enum BodyRules {
    /// A Close frame's body (RFC 6455 §5.5.1, §7.4).
    public static func judge(_ body: CloseBody, into findings: inout [Finding]) {
        if body.byteCount == 1 { findings.append(Finding(.closeBodyTooShort, expected: "0 bytes, or 2 and more", found: "1 byte")) }
        if let code = body.code, !mayBeSent(code) {
            findings.append(Finding(.closeCodeInvalid, found: "\(code.rawValue)"))
        }
        if let place = body.invalidReasonByte {
            let isCut = place == body.byteCount
            findings.append(Finding(.closeReasonNotUTF8, found: isCut ? "ends inside a character" : "byte \(place) of the body"))
        }
    }

    /// RFC 6455 §7.4.2, with 1012, 1013 and 1014 as IANA registered them since.
    static func mayBeSent(_ code: CloseCode) -> Bool {
        switch code.rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    /// A finished message (RFC 6455 §8.1, RFC 7692 §7.2.2).
    public static func judge(_ message: borrowing MessageAssembler, into findings: inout [Finding]) {
        if let fault = message.inflateFault { findings.append(Finding(.deflateInvalid, found: fault)) }
        if message.isJudgeableText, !message.utf8.isCompleteAndValid {
            findings.append(textNotUTF8(at: message.utf8.firstInvalid, of: message.length))
        }
        if message.unknownByteCount > 0 {
            findings.append(Finding(.contentUnknown, found: "\(message.unknownByteCount) of \(message.length) bytes"))
        }
    }

    /// - Parameter place: the first wrong byte; nil when the text only ends inside a character.
    public static func textNotUTF8(at place: UInt64?, of length: UInt64) -> Finding {
        Finding(.textNotUTF8, found: place.map { "byte \($0) of \(length)" } ?? "ends inside a character")
    }
}
