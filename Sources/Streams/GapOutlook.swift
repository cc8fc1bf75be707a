/// What is known of a gap from packets that stand in the capture after the current one.
public struct GapOutlook: Sendable {
    /// The sequence number of the first missing byte.
    public var sequence: UInt32
    /// The number of packets up to which nothing has to be decided.
    public var packetCount: UInt64
    /// Its bytes stand among those packets.
    public var isFound: Bool

    public init(sequence: UInt32, packetCount: UInt64, isFound: Bool) {
        self.sequence = sequence
        self.packetCount = packetCount
        self.isFound = isFound
    }
}
