/// What a load balancer puts before the first bytes of a connection, to say for whom it speaks (HAProxy's PROXY protocol, versions 1 and 2).
public enum ProxyHeader {
    public enum Verdict: Sendable, Equatable {
        case no
        /// All bytes so far fit; there are too few of them.
        case needsMore
        /// It takes so many bytes.
        case yes(Int)
    }

    /// Longest line of version 1, its line end included.
    private static let lineLimit = 107
    /// What stands before the addresses of version 2.
    private static let fixedCount = 16

    public static func look(at bytes: Span<UInt8>) -> Verdict {
        if let verdict = bytes.beginning("PROXY ") { return verdict == .no ? lookForBlock(bytes) : verdict }
        for index in 6..<min(bytes.count, lineLimit) where bytes[index] == .lineFeed {
            return bytes[index - 1] == .carriageReturn ? .yes(index + 1) : .no
        }
        return bytes.count < lineLimit ? .needsMore : .no
    }

    private static func lookForBlock(_ bytes: Span<UInt8>) -> Verdict {
        if let verdict = bytes.beginning("\r\n\r\n\0\r\nQUIT\n") { return verdict }
        guard bytes.count >= fixedCount else { return .needsMore }
        guard bytes[12] >> 4 == 2 else { return .no }
        let count = fixedCount + Int(bytes[14]) << 8 + Int(bytes[15])
        return bytes.count < count ? .needsMore : .yes(count)
    }
}

extension Span where Element == UInt8 {
    /// nil when they begin with `text`; otherwise whether they may when there are more.
    fileprivate func beginning(_ text: StaticString) -> ProxyHeader.Verdict? {
        let present = Swift.min(text.utf8CodeUnitCount, count)
        // Invariant: a static string that is not one scalar has a pointer to its UTF-8.
        for index in 0..<present where unsafe self[index] != text.utf8Start[index] { return .no }
        return present == text.utf8CodeUnitCount ? nil : .needsMore
    }
}
