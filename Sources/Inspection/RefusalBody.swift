/// The beginning of what a server or proxy said when it refused an upgrade.
public struct RefusalBody: Sendable, Equatable {
    /// The first bytes, at most `Limits.refusalByteCount`: chunked framing taken off, codings such as gzip left on.
    public var bytes: [UInt8]
    /// Bytes of the whole body, as declared or as counted; nil when it went on behind what is kept and nothing declares it.
    public var length: UInt64?
    /// More came than is kept.
    public var isCut: Bool
    /// False when less came than there was to be: it broke off, or bytes of it were not captured.
    public var isComplete: Bool

    public init(bytes: [UInt8], length: UInt64?, isCut: Bool = false, isComplete: Bool = true) {
        self.bytes = bytes
        self.length = length
        self.isCut = isCut
        self.isComplete = isComplete
    }
}
