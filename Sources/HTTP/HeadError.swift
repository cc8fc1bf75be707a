/// Why bytes are no message head, and where.
public struct HeadError: Error, Sendable, Equatable {
    public enum Cause: Sendable, Equatable {
        /// The first line is no request line or status line: most likely the stream is not HTTP/1, or was joined midway.
        case badStartLine
        /// No blank line within ``HeadLimits/byteCount``.
        case tooLong
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
            case .tooLong: "The message head is longer than the limit"
            }
        return "\(sentence) (at byte \(offset))."
    }
}

/// How large a message head may grow.
public struct HeadLimits: Sendable {
    /// What is longer is reported as ``HeadError/Cause/tooLong``.
    public var byteCount = 64 * 1024
    /// Fields behind so many are left out: ``HeadOddities/fieldsLeftOut``.
    public var headerCount = 1000

    public init() {}
    public init(byteCount: Int, headerCount: Int) {
        self.byteCount = byteCount
        self.headerCount = headerCount
    }
}
