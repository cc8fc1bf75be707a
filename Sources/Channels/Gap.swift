/// Bytes of a stream that will never come.
public enum Gap: Hashable, Sendable {
    /// Exactly this many: TCP counts every byte.
    case exact(UInt64)
    /// At most this many, such as the plaintext of a lost TLS record; nil if nothing bounds them.
    case bounded(UInt64?)

    /// The number of bytes, if known.
    @inlinable public var byteCount: UInt64? {
        if case .exact(let count) = self { count } else { nil }
    }
}
