/// What the sender of a stream did and must not do, as a layer that carries several streams sees it.
public struct StreamOddity: Sendable, Equatable {
    public enum Kind: Sendable {
        /// A frame on a stream that its sender had ended or reset.
        case frameAfterEnd
        /// Padding that is as long as what it pads, or longer.
        case padding
        /// More bytes than the receiver had given room for.
        case windowExceeded
        /// A frame longer than the receiver takes.
        case frameTooLong
        /// A head longer than the limit, which was not read.
        case headTooLong
    }

    public var kind: Kind
    public var expected: String?
    public var found: String

    public init(_ kind: Kind, expected: String? = nil, found: String) {
        self.kind = kind
        self.expected = expected
        self.found = found
    }
}
