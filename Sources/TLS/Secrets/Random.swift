import Bytes

/// The 32 bytes that a hello is told from others by (RFC 8446 §4.1.2).
public struct Random: Hashable, Sendable {
    static let byteCount = 32
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// - Parameter bytes: 32 of them.
    package init(_ bytes: Span<UInt8>) {
        words = (bytes.uint64BE(at: 0), bytes.uint64BE(at: 8), bytes.uint64BE(at: 16), bytes.uint64BE(at: 24))
    }

    package var bytes: [UInt8] {
        [words.0, words.1, words.2, words.3].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) } }
    }

    public static func == (left: Self, right: Self) -> Bool { left.words == right.words }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }
}
