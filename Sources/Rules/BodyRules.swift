import Text
import WebSocket

/// Judges what frames and messages carry.
public enum BodyRules {
    /// A Close frame's body (RFC 6455 §5.5.1, §7.4).
    public static func judge(_ body: CloseBody, into findings: inout [Finding]) {
        if body.byteCount == 1 { findings.append(Finding(.closeBodyTooShort, expected: "0 bytes, or 2 and more", found: "1 byte")) }
        if let code = body.code, !mayBeSent(code) {
            findings.append(
                Finding(
                    .closeCodeInvalid, expected: "1000–1003, 1007–1014 or 3000–4999", found: "\(code.rawValue), \(reason(against: code))"))
        }
        if let place = body.invalidReasonByte {
            let isCut = place == body.byteCount
            findings.append(Finding(.closeReasonNotUTF8, found: isCut ? "ends inside a character" : "byte \(place) of the body"))
        }
    }

    /// RFC 6455 §7.4, with 1012, 1013 and 1014 as IANA registered them since.
    public static func mayBeSent(_ code: CloseCode) -> Bool {
        switch code.rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    /// Why a code may not be sent, by its class (RFC 6455 §7.4).
    private static func reason(against code: CloseCode) -> StaticString {
        switch code.rawValue {
        case 0...999: "below all codes"
        case 1004: "reserved"
        case 1005, 1006, 1015: "which only stands for what no Close frame says"
        case 1016...2999: "reserved for later versions of the protocol"
        default: "above all codes"
        }
    }

    /// A finished message (RFC 6455 §8.1, RFC 7692 §7.2.2).
    ///
    /// - Parameter isTextJudged: nothing is to be said of its text any more.
    public static func judge(_ message: borrowing MessageAssembler, isTextJudged: Bool = false, into findings: inout [Finding]) {
        if let fault = message.inflateFault { findings.append(Finding(.deflateInvalid, found: fault)) }
        // Even of nothing, compression makes a byte (RFC 7692 §7.2.3.6).
        if message.isCompressed, message.inflates, message.wireLength == 0, !message.isMissingBytes {
            findings.append(Finding(.deflateInvalid, expected: "at least one byte", found: "an empty payload"))
        }
        if message.usesForgottenContext, message.inflateFault == nil {
            findings.append(Finding(.deflateTakeover, expected: "an empty window", found: "a copy from a message before"))
        }
        if message.farthestReference > message.windowByteCount {
            let (limit, found) = (message.windowByteCount, message.farthestReference)
            findings.append(Finding(.deflateWindow, expected: "at most \(limit) bytes back", found: "\(found) bytes back"))
        }
        if !isTextJudged, message.isJudgeableText, !message.utf8.isCompleteAndValid {
            findings.append(textNotUTF8(at: message.utf8.firstInvalid, of: message.length))
        }
        if message.unknownByteCount > 0 {
            findings.append(
                Finding(
                    .contentUnknown, found: "\(Quantity.count(message.unknownByteCount)) of \(Quantity.counted(message.length, "byte"))"))
        }
    }

    /// A message that goes on, or was broken off: a byte that cannot be is wrong whatever follows.
    public static func judgeText(of message: borrowing MessageAssembler) -> Finding? {
        guard message.isJudgeableText, let place = message.utf8.firstInvalid else { return nil }
        return Finding(.textNotUTF8, found: "byte \(place)")
    }

    /// - Parameter place: the first wrong byte; nil when the text only ends inside a character.
    public static func textNotUTF8(at place: UInt64?, of length: UInt64) -> Finding {
        Finding(.textNotUTF8, found: place.map { "byte \($0) of \(length)" } ?? "ends inside a character")
    }
}
