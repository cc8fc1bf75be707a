/// Why bytes are no message head, and where.
public struct HeadError: Error, Sendable, Equatable {
    public enum Cause: Sendable, Equatable {
        /// The first line is no request line or status line: most likely the stream is not HTTP/1, or was joined midway.
        case badStartLine
        /// A line has no colon, or nothing before it: most likely bytes are missing, or a proxy damaged the head.
        case badFieldLine
        /// The first line after the start line begins with a blank, so there is no field that it could continue (RFC 9112 §2.2).
        case nothingToContinue
        /// No blank line within ``HeadLimits/byteCount``.
        case tooLong
        /// More field lines than ``HeadLimits/headerCount``.
        case tooManyHeaders
    }

    public var cause: Cause
    /// Counted from the first byte handed to the decoder: where the offending line begins, or where the limit was reached.
    public var offset: Int

    public init(cause: Cause, offset: Int) {
        self.cause = cause
        self.offset = offset
    }
}

extension HeadError: CustomStringConvertible {
    public var description: String {
        let sentence =
            switch cause {
            case .badStartLine: "The first line is neither a request line nor a status line of HTTP/1"
            case .badFieldLine: "A header line has no name and colon"
            case .nothingToContinue: "A continuation line has no header before it"
            case .tooLong: "The message head is longer than the limit"
            case .tooManyHeaders: "The message head has more headers than the limit"
            }
        return "\(sentence) (at byte \(offset))."
    }
}

/// How large a message head may grow; what is larger is reported as ``HeadError/Cause/tooLong`` or `tooManyHeaders`.
public struct HeadLimits: Sendable {
    public var byteCount = 64 * 1024
    public var headerCount = 1000

    public init() {}
    public init(byteCount: Int, headerCount: Int) {
        self.byteCount = byteCount
        self.headerCount = headerCount
    }
}
