/// What one end of a layer with several streams spends on keeping them apart: frames, and what is in them besides content.
public struct Framing: Sendable, Equatable {
    /// All frames, whatever they are for.
    public var frameCount: UInt64 = 0
    /// Those of them that carry content of streams.
    public var contentFrameCount: UInt64 = 0
    /// Bytes of the headers of all frames.
    public var headerByteCount: UInt64 = 0
    public var paddingByteCount: UInt64 = 0
    /// Bytes of content, that of frames which nobody reads included.
    public var contentByteCount: UInt64 = 0
    /// Bytes of heads, compressed as they came.
    public var headByteCount: UInt64 = 0
    /// Bytes of frames that have neither content nor heads, without their headers: settings, window updates, resets, pings.
    public var controlByteCount: UInt64 = 0
    /// Streams that this end opened.
    public var streamCount: UInt64 = 0

    public init() {}

    /// What is neither content nor a head.
    public var overheadByteCount: UInt64 { headerByteCount + paddingByteCount + controlByteCount }
    /// All that it sent on the layer.
    public var byteCount: UInt64 { overheadByteCount + contentByteCount + headByteCount }
}
