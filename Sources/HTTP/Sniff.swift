import Bytes

/// Tells from the first bytes of a stream, and as few of them as possible, whether it can be HTTP/1.
///
/// Cheap enough to be asked at the start of every segment that is nothing known: it allocates nothing and keeps nothing.
public enum Sniff {
    public enum Verdict: Sendable, Equatable {
        case yes
        case no
        /// All bytes so far fit; there are too few of them.
        case needsMore
    }

    /// Longest method that is not one of the registered ones which is waited for.
    public static let methodLimit = 32
    /// Longest target behind such a method that is waited for: what RFC 9112 §3 asks everyone to support.
    public static let targetLimit = 8000
    /// Bytes of line ends that are skipped before a request line.
    public static let emptyLineLimit = 8

    /// A known method and a space, or any token, a target and ` HTTP/1.`.
    ///
    /// - Parameter mayBeCut: bytes may be missing in front, so that `ET` is no method but the rest of one; only known ones count.
    public static func looksLikeRequest(_ bytes: Span<UInt8>, mayBeCut: Bool = false) -> Verdict {
        var start = 0
        while start < bytes.count, bytes[start] == .carriageReturn || bytes[start] == .lineFeed { start += 1 }
        guard start <= emptyLineLimit else { return .no }
        var mayBeKnown = false
        for method in knownMethods {
            switch bytes.begins(with: method, at: start) {
            case .yes: return .yes
            case .needsMore: mayBeKnown = true
            case .no: continue
            }
        }
        if mayBeKnown { return .needsMore }
        return mayBeCut ? .no : looksLikeUnknownRequest(bytes, from: start)
    }

    /// `HTTP/1.`, which no other protocol begins with; some write it in lower case.
    public static func looksLikeResponse(_ bytes: Span<UInt8>) -> Verdict {
        let verdict = bytes.begins(with: "HTTP/1.", at: 0)
        guard verdict == .no, bytes.count >= 4, bytes.beginsWithHTTP else { return verdict }
        return bytes.begins(with: "/1.", at: 4)
    }

    private static let knownMethods: [StaticString] = [
        "GET ", "POST ", "PUT ", "HEAD ", "OPTIONS ", "CONNECT ", "DELETE ", "PATCH ", "TRACE ",
    ]

    private static func looksLikeUnknownRequest(_ bytes: Span<UInt8>, from start: Int) -> Verdict {
        var offset = start
        while offset < bytes.count, bytes[offset].isTokenCharacter {
            offset += 1
            if offset - start > methodLimit { return .no }
        }
        guard offset < bytes.count else { return .needsMore }
        guard offset > start, bytes[offset] == .space else { return .no }
        offset += 1
        let verdict = passTarget(in: bytes, from: &offset)
        return verdict == .yes ? bytes.begins(with: " HTTP/1.", at: offset) : verdict
    }

    /// Whether a request target stands at `offset`, which is moved to what follows it.
    static func passTarget(in bytes: Span<UInt8>, from offset: inout Int) -> Verdict {
        let start = offset
        while offset < bytes.count, bytes[offset] > .space, bytes[offset] < 0x7F {
            offset += 1
            if offset - start > targetLimit { return .no }
        }
        guard offset < bytes.count else { return .needsMore }
        return offset > start ? .yes : .no
    }
}

extension Span where Element == UInt8 {
    /// Whether `text` stands at `offset`, or may when there are more bytes.
    func begins(with text: StaticString, at offset: Int) -> Sniff.Verdict {
        let present = min(text.utf8CodeUnitCount, count - offset)
        for index in 0..<present where unsafe self[offset + index] != text.utf8Start[index] { return .no }
        return present == text.utf8CodeUnitCount ? .yes : .needsMore
    }
}
