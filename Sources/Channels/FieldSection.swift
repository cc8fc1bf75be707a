/// The fields of a head or of trailers, which a layer has decoded apart from the bytes of its streams.
public struct FieldSection: Sendable, Equatable {
    public struct Field: Sendable, Equatable {
        /// Nil where it refers to something that was not captured, and so with the value.
        public var name: [UInt8]?
        public var value: [UInt8]?

        public init(name: [UInt8]?, value: [UInt8]?) {
            self.name = name
            self.value = value
        }
    }

    /// In the order in which they came.
    public var fields: [Field] = []
    /// Bytes that it took on the wire, without frame headers.
    public var byteCount = 0
    /// Fields of which the name or the value is not known.
    public var unknownCount = 0
    /// There was more than is kept.
    public var isCut = false
    /// It breaks the rules of its coding, and ends there.
    public var isMalformed = false
    /// Whether the other side had announced that it takes requests of this kind, where it must (RFC 8441 §3); nil if that is not known.
    public var isAnnounced: Bool?
    /// Bytes that its sender sent before it are missing.
    public var isAfterGap = false

    public init() {}

    /// Everything that was sent is there.
    public var isWhole: Bool { unknownCount == 0 && !isCut && !isMalformed }
}
