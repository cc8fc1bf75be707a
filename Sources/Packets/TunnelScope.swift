/// Tells tunnels apart: what the same addresses mean depends on it.
///
/// Fifteen bits: a number, and what kind of tunnel has it.
public struct TunnelScope: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt16

    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Outside of any tunnel.
    @inlinable public static var none: TunnelScope { TunnelScope(rawValue: 0) }

    public enum Kind: UInt16, Sendable {
        /// Nothing in it says whose packets they are: what is in it may be what is outside of it.
        case plain
        /// It has the number of a network: under another number, the same addresses are other hosts.
        case separate
        /// It has a number that its receiver chose: the other direction has another, and it may change.
        case directional
    }

    /// - Parameter number: from 1, at most `numberLimit`.
    init(number: Int, kind: Kind) { rawValue = UInt16(truncatingIfNeeded: number & 0x1fff) | kind.rawValue << 13 }

    static let numberLimit = 8_000

    public var kind: Kind { Kind(rawValue: rawValue >> 13) ?? .plain }
}
