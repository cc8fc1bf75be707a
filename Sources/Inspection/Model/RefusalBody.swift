/// The beginning of what a server or proxy said when it refused an upgrade.
public struct RefusalBody: Sendable, Equatable {
    /// The first bytes, at most `Limits.refusalByteCount`: without chunked framing, but still with codings such as gzip.
    public var bytes: [UInt8]
    /// Bytes of the whole body, as declared or as counted; nil if it went on after what is kept and nothing declares it.
    public var length: UInt64?
    /// More came than is kept.
    public var isCut: Bool
    /// False if less came than was due: it broke off, or bytes of it were not captured.
    public var isComplete: Bool
    /// The codings of `bytes`, in the order in which they were applied.
    public var codings: [String]
    /// `bytes` without their coding, within the same limit; nil if they have none, or none that can be removed.
    public var inflated: [UInt8]?
    /// `inflated` ends before the content does.
    public var isInflatedCut: Bool

    public init(
        bytes: [UInt8], length: UInt64?, isCut: Bool = false, isComplete: Bool = true, codings: [String] = [], inflated: [UInt8]? = nil,
        isInflatedCut: Bool = false
    ) {
        self.bytes = bytes
        self.length = length
        self.isCut = isCut
        self.isComplete = isComplete
        self.codings = codings
        self.inflated = inflated
        self.isInflatedCut = isInflatedCut
    }

    /// What can be read of the content; nil if a coding hides it.
    public var content: [UInt8]? { codings.isEmpty ? bytes : inflated }
    /// There is more of the content than that.
    public var isContentCut: Bool { isCut || isInflatedCut }
}
