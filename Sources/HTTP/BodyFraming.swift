/// How the end of a message body is told (RFC 9112 §6.3).
///
/// A Transfer-Encoding counts in HTTP/1.0 messages too: §6.1 has the recipient distrust their framing, yet still process them.
public enum BodyFraming: Sendable, Equatable {
    /// No body; what follows is the next message, or another protocol after 101 and after 2xx to CONNECT.
    case none
    case contentLength(UInt64)
    case chunked
    /// Everything until the connection ends.
    case untilClose
    /// The fields contradict themselves, so nobody can say where the body ends.
    case malformed(BodyError.Cause)

    /// Bytes of the body as its head declares them; nil where only the body's end tells.
    public var declaredLength: UInt64? {
        switch self {
        case .none: 0
        case .contentLength(let length): length
        case .chunked, .untilClose, .malformed: nil
        }
    }

    public static func ofRequest(_ head: RequestHead) -> BodyFraming {
        if let isChunked = head.headers.isChunked { return isChunked ? .chunked : .malformed(.requestNotChunked) }
        return head.headers.contentLengthFraming ?? .none
    }

    /// Of a response to a request with `method`; nil when that request was not seen, which reads as GET.
    public static func ofResponse(_ head: ResponseHead, toMethod method: String?) -> BodyFraming {
        switch (head.status, method) {
        case (_, "HEAD"), (100..<200, _), (204, _), (304, _), (200..<300, "CONNECT"): return .none
        default: break
        }
        if let isChunked = head.headers.isChunked { return isChunked ? .chunked : .untilClose }
        return head.headers.contentLengthFraming ?? .untilClose
    }
}

extension ResponseHead {
    /// The codings on the body other than chunked, in the order in which they were put on (RFC 9110 §8.4, RFC 9112 §7).
    public var contentCodings: [String] { headers.contentCodings }
}

extension Headers {
    /// The codings on the body other than chunked, in the order in which they were put on (RFC 9110 §8.4, RFC 9112 §7).
    public var contentCodings: [String] {
        (elements(of: "Content-Encoding") + elements(of: "Transfer-Encoding")).filter {
            !$0.equalsIgnoringCase("identity") && !$0.equalsIgnoringCase("chunked")
        }
    }

    /// Whether `chunked` is the last transfer coding; nil without a Transfer-Encoding (RFC 9112 §6.1).
    fileprivate var isChunked: Bool? {
        guard contains("Transfer-Encoding") else { return nil }
        return elements(of: "Transfer-Encoding").last?.equalsIgnoringCase("chunked") ?? false
    }

    /// What the Content-Length fields say together: nil when there are none, and all have to agree (RFC 9112 §6.3, case 5).
    fileprivate var contentLengthFraming: BodyFraming? {
        var agreed: UInt64?
        for member in values(of: "Content-Length").flatMap({ $0.utf8.split(separator: .comma, omittingEmptySubsequences: false) }) {
            guard let length = decimal(member.trimmingBlanks) else { return .malformed(.badContentLength) }
            guard agreed == nil || agreed == length else { return .malformed(.differingContentLengths) }
            agreed = length
        }
        return agreed.map { .contentLength($0) }
    }
}

/// `1*DIGIT` that fits 64 bits.
private func decimal(_ digits: some Collection<UInt8>) -> UInt64? {
    guard !digits.isEmpty else { return nil }
    var number: UInt64 = 0
    for digit in digits {
        guard digit.isDigit else { return nil }
        let (tenfold, overflowed) = number.multipliedReportingOverflow(by: 10)
        let (sum, carried) = tenfold.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
        if overflowed || carried { return nil }
        number = sum
    }
    return number
}
