/// What the layers below show of one direction of a channel: whether its bytes arrived, and whether more can come.
///
/// Rules and verdicts ask for this, not for TCP. A layer answers for its own stream from what its parent answers.
public struct DeliveryEvidence: Equatable, Sendable {
    /// The stream's first byte was captured, or is known to be missing.
    public var hasBeginning = false
    /// Something of it was captured: a byte, or what opens it.
    public var isSynchronized = false
    /// Its sender ended it, and every byte up to there was handed on.
    public var isFinished = false
    /// The receiver has acknowledged every byte that was handed on.
    public var isAcknowledged = false
    /// The receiver has acknowledged bytes that were not handed on yet.
    public var isBehindAcknowledgment = false

    public init() {}
}
