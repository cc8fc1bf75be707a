import Bytes

/// Which packet bytes came from, and when it was captured.
public struct PacketMark: Hashable, Sendable {
    public var number: UInt64
    public var time: Timestamp

    @inlinable public init(number: UInt64, time: Timestamp) {
        self.number = number
        self.time = time
    }
}
