/// The numbers of the packets that something came from, in order, without repetition.
///
/// Nearly always one packet, which costs no allocation.
public struct PacketList: Equatable, Sendable {
    public private(set) var first: UInt64 = 0
    /// Those behind the first.
    public private(set) var rest: [UInt64] = []
    /// Packets beyond the limit, which are counted only.
    public private(set) var omittedCount: UInt64 = 0

    @inlinable public init() {}

    public init(_ first: UInt64) { self.first = first }

    public var last: UInt64 { rest.last ?? first }

    mutating func add(_ number: UInt64, limit: Int) {
        if first == 0 {
            first = number
        } else if number != last {
            if rest.count + 1 < limit { rest.append(number) } else { omittedCount += 1 }
        }
    }

    mutating func add(_ other: PacketList, limit: Int) {
        add(other.first, limit: limit)
        for number in other.rest { add(number, limit: limit) }
        omittedCount += other.omittedCount
    }
}
