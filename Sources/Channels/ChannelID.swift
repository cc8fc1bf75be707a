/// Names a channel: the flow that carries it, and its stream if the flow carries several.
public struct ChannelID: Hashable, Sendable {
    /// The TCP connection, counted from 1 in the order of appearance.
    public var flow: UInt64
    /// The stream's number in the multiplexing protocol; nil if the flow carries one channel.
    public var stream: UInt64?

    public init(flow: UInt64, stream: UInt64? = nil) {
        self.flow = flow
        self.stream = stream
    }
}
