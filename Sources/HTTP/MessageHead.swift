// Heads are handed on much more often than they are changed, so a head is one reference to something that does not change.

/// The request line and fields of a request (RFC 9112 §3).
public struct RequestHead: Sendable, Equatable {
    @usableFromInline var parts: Parts

    @usableFromInline
    final class Parts: Sendable {
        @usableFromInline let method: String
        @usableFromInline let target: String
        @usableFromInline let version: String
        @usableFromInline let fields: HeadFields

        init(_ method: String, _ target: String, _ version: String, _ fields: HeadFields) {
            self.method = method
            self.target = target
            self.version = version
            self.fields = fields
        }
    }

    public init(method: String, target: String, version: String = "HTTP/1.1", headers: Headers, byteCount: Int = 0) {
        parts = Parts(method, target, version, HeadFields(headers: headers, byteCount: byteCount))
    }

    init(_ line: RequestLine, _ fields: HeadFields) { parts = Parts(line.method, line.target, line.version, fields) }

    /// Case-sensitive; usually `GET`.
    public var method: String {
        @inlinable get { parts.method }
        set { parts = Parts(newValue, target, version, parts.fields) }
    }
    /// In whichever form the peer chose (RFC 9112 §3.2), undecoded.
    public var target: String {
        @inlinable get { parts.target }
        set { parts = Parts(method, newValue, version, parts.fields) }
    }
    /// `HTTP/1.1`, say.
    public var version: String {
        @inlinable get { parts.version }
        set { parts = Parts(method, target, newValue, parts.fields) }
    }
    public var headers: Headers {
        @inlinable get { parts.fields.headers }
        set { parts = Parts(method, target, version, parts.fields.with(newValue)) }
    }
    /// What was accepted although the grammar forbids it.
    public var oddities: HeadOddities {
        @inlinable get { parts.fields.oddities }
        set { parts = Parts(method, target, version, parts.fields.with(newValue)) }
    }
    /// Bytes from the first one handed to the decoder, skipped empty lines included, through the blank line.
    @inlinable public var byteCount: Int { parts.fields.byteCount }

    public static func == (a: RequestHead, b: RequestHead) -> Bool {
        a.parts === b.parts
            || a.method == b.method && a.target == b.target && a.version == b.version && a.parts.fields == b.parts.fields
    }
}

/// The status line and fields of a response (RFC 9112 §4), interim responses included.
public struct ResponseHead: Sendable, Equatable {
    @usableFromInline var parts: Parts

    @usableFromInline
    final class Parts: Sendable {
        @usableFromInline let version: String
        @usableFromInline let reason: String
        @usableFromInline let fields: HeadFields
        @usableFromInline let status: Int

        init(_ version: String, _ status: Int, _ reason: String, _ fields: HeadFields) {
            self.version = version
            self.status = status
            self.reason = reason
            self.fields = fields
        }
    }

    public init(version: String = "HTTP/1.1", status: Int, reason: String, headers: Headers, byteCount: Int = 0) {
        parts = Parts(version, status, reason, HeadFields(headers: headers, byteCount: byteCount))
    }

    init(_ line: StatusLine, _ fields: HeadFields) { parts = Parts(line.version, line.status, line.reason, fields) }

    @inlinable public var version: String { parts.version }
    /// Three digits: 0 to 999.
    @inlinable public var status: Int { parts.status }
    /// Empty where the peer left it out.
    public var reason: String {
        @inlinable get { parts.reason }
        set { parts = Parts(version, status, newValue, parts.fields) }
    }
    public var headers: Headers {
        @inlinable get { parts.fields.headers }
        set { parts = Parts(version, status, reason, parts.fields.with(newValue)) }
    }
    /// What was accepted although the grammar forbids it.
    @inlinable public var oddities: HeadOddities { parts.fields.oddities }
    /// Bytes from the first one handed to the decoder through the blank line.
    @inlinable public var byteCount: Int { parts.fields.byteCount }

    public static func == (a: ResponseHead, b: ResponseHead) -> Bool {
        a.parts === b.parts
            || a.status == b.status && a.reason == b.reason && a.version == b.version && a.parts.fields == b.parts.fields
    }
}

/// A head without its start line.
// Seen by other rooms, so that they read heads in place.
@usableFromInline
struct HeadFields: Sendable, Equatable {
    @usableFromInline var headers: Headers
    /// Heads are limited to far less.
    @usableFromInline let storedByteCount: UInt32
    @usableFromInline var oddities: HeadOddities

    init(headers: Headers, oddities: HeadOddities = [], byteCount: Int) {
        self.headers = headers
        self.oddities = oddities
        storedByteCount = UInt32(clamping: byteCount)
    }

    @inlinable var byteCount: Int { Int(storedByteCount) }

    func with(_ headers: Headers) -> HeadFields { HeadFields(headers: headers, oddities: oddities, byteCount: byteCount) }
    func with(_ oddities: HeadOddities) -> HeadFields { HeadFields(headers: headers, oddities: oddities, byteCount: byteCount) }
}

/// What a head has that the grammar forbids and the decoder understood all the same.
public struct HeadOddities: OptionSet, Sendable, Hashable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

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
    /// A version in small letters, or a status with zeros in front (RFC 9112 §2.3, §4).
    public static let versionOrStatus = HeadOddities(rawValue: 1 << 7)
    /// A field line without a colon, or with nothing before it (RFC 9112 §5): it is kept as the value of a field without a name.
    public static let nameMissing = HeadOddities(rawValue: 1 << 8)
    /// A blank before the first field, which continues none (RFC 9112 §2.2).
    public static let blankBeforeFields = HeadOddities(rawValue: 1 << 9)
    /// More fields than ``HeadLimits/headerCount``, of which the last are left out. The grammar does not mind.
    public static let fieldsLeftOut = HeadOddities(rawValue: 1 << 10)
}
