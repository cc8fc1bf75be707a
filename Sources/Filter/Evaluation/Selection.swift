import Verdicts

/// What an expression says of a connection, in one word that can be kept with the connection.
public struct Selection: Equatable, Sendable {
    /// Bits for parts of the expression about the connection alone.
    static let bitCount = 60

    public enum Verdict: Sendable {
        /// All of it is selected: the expression holds whatever the frames are.
        case all
        /// Nothing of it is.
        case nothing
        /// That depends on the frames.
        case some
    }

    public var word: UInt64 = 0

    public init(word: UInt64 = 0) { self.word = word }

    init(bits: UInt64, _ verdict: Bool?) {
        word = bits | 1 << 63
        if let verdict { word |= verdict ? 1 << 62 : 1 << 61 }
    }

    /// The connection was looked at.
    public var isMade: Bool { word & 1 << 63 != 0 }

    public var verdict: Verdict { word & 1 << 62 != 0 ? .all : word & 1 << 61 != 0 ? .nothing : .some }

    /// Something of the connection was shown.
    public var isShown: Bool {
        get { word & 1 << 60 != 0 }
        set { if newValue { word |= 1 << 60 } else { word &= ~(1 << 60) } }
    }
}
