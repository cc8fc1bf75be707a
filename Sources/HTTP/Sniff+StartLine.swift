import Bytes

extension Sniff {
    /// A whole status line: `HTTP/1.1 502 Bad Gateway` and a line end (RFC 9112 §4).
    ///
    /// Stricter than ``looksLikeResponse(_:)``, for bytes that are expected to be something else.
    public static func isStatusLine(_ bytes: Span<UInt8>) -> Verdict {
        let verdict = looksLikeResponse(bytes)
        guard verdict == .yes else { return verdict }
        // A digit, a space, three digits.
        let shape: [(Int, Bool)] = [(7, true), (8, false), (9, true), (10, true), (11, true)]
        for (index, isDigit) in shape where index < bytes.count {
            guard isDigit ? bytes[index].isDigit : bytes[index] == .space else { return .no }
        }
        return endsLine(bytes, from: 12, limit: reasonLimit) { $0 >= .space || $0 == .tab }
    }

    /// A whole request line with one of the registered methods: `GET /live HTTP/1.1` and a line end (RFC 9112 §3).
    public static func isRequestLine(_ bytes: Span<UInt8>) -> Verdict {
        let verdict = looksLikeRequest(bytes, mayBeCut: true)
        guard verdict == .yes else { return verdict }
        var offset = 0
        while offset < bytes.count, bytes[offset] != .space { offset += 1 }
        offset += 1
        let target = passTarget(in: bytes, from: &offset)
        guard target == .yes else { return target }
        let version = isVersion(bytes, at: offset)
        guard version == .yes else { return version }
        return endsLine(bytes, from: offset + 9, limit: 0) { _ in false }
    }

    /// Longest reason phrase that is waited for.
    private static let reasonLimit = 256

    private static func isVersion(_ bytes: Span<UInt8>, at offset: Int) -> Verdict {
        let verdict = bytes.begins(with: " HTTP/1.", at: offset)
        guard verdict == .yes else { return verdict }
        return offset + 8 < bytes.count ? bytes[offset + 8].isDigit ? .yes : .no : .needsMore
    }

    /// Whether a line ends after characters that `isAllowed` accepts.
    private static func endsLine(
        _ bytes: Span<UInt8>, from start: Int, limit: Int, isAllowed: (UInt8) -> Bool
    ) -> Verdict {
        var offset = start
        while offset < bytes.count {
            if bytes[offset] == .lineFeed || bytes[offset] == .carriageReturn { return .yes }
            guard isAllowed(bytes[offset]), offset - start < limit else { return .no }
            offset += 1
        }
        return .needsMore
    }
}
