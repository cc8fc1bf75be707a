/// The request line and fields of a request (RFC 9112 §3).
public struct RequestHead: Sendable, Equatable {
    /// Case-sensitive; usually `GET`.
    public var method: String
    /// In whichever form the peer chose (RFC 9112 §3.2), undecoded.
    public var target: String
    /// `HTTP/1.1`, say.
    public var version: String
    public var headers: Headers
    /// What was accepted although the grammar forbids it.
    public var oddities: HeadOddities = []
    /// Bytes from the first one handed to the decoder, skipped empty lines included, through the blank line.
    public var byteCount: Int

    public init(method: String, target: String, version: String = "HTTP/1.1", headers: Headers, byteCount: Int = 0) {
        self.method = method
        self.target = target
        self.version = version
        self.headers = headers
        self.byteCount = byteCount
    }
}

/// The status line and fields of a response (RFC 9112 §4), interim responses included.
public struct ResponseHead: Sendable, Equatable {
    public var version: String
    /// Three digits: 0 to 999.
    public var status: Int
    /// Empty where the peer left it out.
    public var reason: String
    public var headers: Headers
    /// What was accepted although the grammar forbids it.
    public var oddities: HeadOddities = []
    /// Bytes from the first one handed to the decoder through the blank line.
    public var byteCount: Int

    public init(version: String = "HTTP/1.1", status: Int, reason: String, headers: Headers, byteCount: Int = 0) {
        self.version = version
        self.status = status
        self.reason = reason
        self.headers = headers
        self.byteCount = byteCount
    }
}

/// What a head has that the grammar forbids and the decoder understood all the same.
public struct HeadOddities: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Empty lines before a request line (RFC 9112 §2.2 asks servers to skip one).
    public static let emptyLinesBefore = HeadOddities(rawValue: 1 << 0)
    /// A line that ends in LF without CR (RFC 9112 §2.2).
    public static let bareLineFeed = HeadOddities(rawValue: 1 << 1)
    /// A start line whose blanks are not the grammar's single spaces (RFC 9112 §3, §4): a target with a space, a status without one behind.
    public static let looseStartLine = HeadOddities(rawValue: 1 << 2)
    /// A value continued on the next line (RFC 9112 §5.2).
    public static let foldedLine = HeadOddities(rawValue: 1 << 3)
    /// Blanks between a name and its colon (RFC 9112 §5.1).
    public static let blankBeforeColon = HeadOddities(rawValue: 1 << 4)
    /// A field name that is no token (RFC 9110 §5.1), blanks before the colon apart.
    public static let nameNotToken = HeadOddities(rawValue: 1 << 5)
    /// A control character in a field value, bare CR and NUL among them (RFC 9110 §5.5).
    public static let controlInValue = HeadOddities(rawValue: 1 << 6)
}
