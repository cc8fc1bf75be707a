import Bytes

/// The status code of a Close frame: RFC 6455 §7.4 and the IANA registry "WebSocket Close Code Number".
public struct CloseCode: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let normal = CloseCode(rawValue: 1000)
    public static let goingAway = CloseCode(rawValue: 1001)
    public static let protocolError = CloseCode(rawValue: 1002)

    /// The registered meaning, nil where none is registered.
    public var name: StaticString? {
        switch rawValue {
        case 1000: "normal closure"
        case 1001: "going away"
        case 1002: "protocol error"
        case 1003: "unsupported data"
        case 1004: "reserved"
        case 1005: "no status received"
        case 1006: "abnormal closure"
        case 1007: "invalid frame payload data"
        case 1008: "policy violation"
        case 1009: "message too big"
        case 1010: "mandatory extension"
        case 1011: "internal error"
        case 1012: "service restart"
        case 1013: "try again later"
        case 1014: "bad gateway"
        case 1015: "TLS handshake"
        case 3000: "unauthorized"
        case 3003: "forbidden"
        case 3008: "timeout"
        case 4000...4999: "private use"
        case 3000...3999: "registered use"
        default: nil
        }
    }
}

/// The body of a Close frame: two bytes of code, then a reason (RFC 6455 §5.5.1).
public struct CloseBody: Equatable, Sendable {
    /// The status code; nil when the body is empty or a single byte.
    public var code: CloseCode?
    /// The reason, wrong bytes replaced; `invalidReasonByte` tells where the first stands.
    public var reason: String
    /// Place of the first byte that is not UTF-8, counted from the body's start; `byteCount` when the reason ends inside a character.
    public var invalidReasonByte: Int?
    /// Bytes of the whole body.
    public var byteCount: Int

    public init(_ body: Span<UInt8>) {
        byteCount = body.count
        guard body.count >= 2 else {
            reason = ""
            return
        }
        code = CloseCode(rawValue: body.uint16BE(at: 0))
        let text = body.extracting(2..<body.count)
        var validator = UTF8Validator()
        validator.feed(text)
        if !validator.isCompleteAndValid {
            invalidReasonByte = 2 + Int(clamping: validator.firstInvalid ?? UInt64(text.count))
        }
        reason = unsafe text.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
