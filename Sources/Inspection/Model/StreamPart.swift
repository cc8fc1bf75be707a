import Channels

/// Where in a TCP connection a part of what a layer with streams sends stands; only with `Inspector.Options.locates`, and only where no
/// other layer is below it. Ranges are offsets in the direction's stream of TCP.
public struct StreamPart: Sendable {
    public enum Kind: Sendable {
        case structure(Range<UInt64>)
        /// Content of a stream, and the offset that its first byte has among all content of that direction of the stream.
        case content(Range<UInt64>, stream: UInt64, offset: UInt64)
        case block(FieldBlock)
    }

    /// The TCP connection, as `Carrier.flow` has it.
    public var flow: UInt64
    public var isFromLow: Bool
    /// The client has the lower address; nil while that is not known.
    public var isClientLow: Bool?
    public var kind: Kind
}
