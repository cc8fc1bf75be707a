import Bytes

/// Takes a body's content as a decoder finds it: without chunk sizes, extensions and trailers, codings such as gzip left on.
public protocol BodyContent: ~Copyable {
    mutating func add(_ content: Span<UInt8>)
}

/// What becomes of a body that nobody wants to see.
struct DroppedContent: BodyContent {
    mutating func add(_ content: Span<UInt8>) {}
}

/// The first bytes of a body, up to a limit; what is beyond is counted.
public struct BodyExcerpt: BodyContent, ~Copyable {
    public let limit: Int
    public private(set) var bytes = ByteBuffer()
    /// Bytes of content seen, those beyond the limit included.
    public private(set) var length: UInt64 = 0

    public init(limit: Int) { self.limit = max(0, limit) }

    /// True when more of the content was seen than is kept.
    public var isCut: Bool { length > UInt64(bytes.count) }

    /// What is kept, without its codings and within the same limit; nil where they cannot be removed.
    /// - Parameter codings: as a head names them, in the order in which they were put on.
    public func content(without codings: [String]) -> (bytes: [UInt8], isWhole: Bool)? {
        if codings.isEmpty { return (bytes.span.copied(), !isCut) }
        guard let inflated = ContentCoding.inflated(bytes.span, codings, limit: limit) else { return nil }
        return (inflated.content, !isCut && inflated.isWhole)
    }

    public mutating func add(_ content: Span<UInt8>) {
        length &+= UInt64(content.count)
        bytes.append(content.extracting(0..<min(content.count, limit - bytes.count)))
    }
}
