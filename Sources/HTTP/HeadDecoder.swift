/// What a head decoder found in the unread bytes.
// Its parameter needs no conformance: to make sure of one, the runtime looks through all of the program's.
public enum HeadOutcome<Head: Sendable>: Sendable {
    /// No blank line yet: hand in the same bytes again when there are more behind them.
    case needsMore
    /// A whole head; its `byteCount` bytes are read.
    case head(Head)
    case malformed(HeadError)
}

extension HeadOutcome: Equatable where Head: Equatable {}

/// Bytes to request heads (RFC 9112 §3, §5).
///
/// It keeps no bytes, only how far it has looked and the start line: every call gets the same unread bytes with more at their end. After a head it
/// begins anew with the bytes behind it; after `malformed` it says the same of the same bytes until it is replaced.
public struct RequestHeadDecoder: Sendable {
    private var scanner: HeadScanner<RequestLine>

    public init(limits: HeadLimits = HeadLimits()) { scanner = HeadScanner(limits: limits) }

    public mutating func take(_ unread: Span<UInt8>) -> HeadOutcome<RequestHead> {
        var line: RequestLine?
        switch scanner.take(unread, &line) {
        case .needsMore: return .needsMore
        case .malformed(let error): return .malformed(error)
        case .whole(let fields):
            // A whole head has one.
            guard let line else { return .needsMore }
            return .head(RequestHead(line, fields))
        }
    }
}

/// Bytes to response heads (RFC 9112 §4, §5); an interim response is a head like any other.
///
/// It keeps no bytes and is called exactly like ``RequestHeadDecoder``.
public struct ResponseHeadDecoder: Sendable {
    private var scanner: HeadScanner<StatusLine>

    public init(limits: HeadLimits = HeadLimits()) { scanner = HeadScanner(limits: limits) }

    public mutating func take(_ unread: Span<UInt8>) -> HeadOutcome<ResponseHead> {
        var line: StatusLine?
        switch scanner.take(unread, &line) {
        case .needsMore: return .needsMore
        case .malformed(let error): return .malformed(error)
        case .whole(let fields):
            // A whole head has one.
            guard let line else { return .needsMore }
            return .head(ResponseHead(line, fields))
        }
    }
}
