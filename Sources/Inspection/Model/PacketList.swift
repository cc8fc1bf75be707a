/// The numbers of the packets that something came from, in order, without repetition.
///
/// One packet or two, which is nearly always enough, cost no allocation.
public struct PacketList: Equatable, Sendable {
    public private(set) var first: UInt64 = 0
    /// The last one that is kept.
    public private(set) var last: UInt64 = 0
    /// How many are kept.
    public private(set) var count = 0
    /// Only if there are more than two.
    private(set) var others: Others?

    /// The packets between the first and the last. Copied before a change if another list shares it.
    final class Others: @unchecked Sendable {
        var between: [UInt64]
        var omittedCount: UInt64

        init(between: [UInt64] = [], omittedCount: UInt64 = 0) {
            self.between = between
            self.omittedCount = omittedCount
        }
    }

    @inlinable public init() {}

    @inlinable
    public init(_ number: UInt64) {
        self.init()
        set(number)
    }

    /// Two packets, or one that is given twice.
    @inlinable
    public init(_ first: UInt64, _ last: UInt64) {
        self.init()
        set(first)
        if last != first { setLast(last) }
    }

    @usableFromInline
    mutating func setLast(_ number: UInt64) {
        last = number
        count = 2
    }

    @usableFromInline
    mutating func set(_ number: UInt64) {
        first = number
        last = number
        count = number == 0 ? 0 : 1
        others = nil
    }

    /// True if it contains no reference.
    @inline(__always) var isPlain: Bool { others == nil }

    /// Those after the first.
    public var rest: [UInt64] { (others?.between ?? []) + (count > 1 ? [last] : []) }

    /// Packets beyond the limit, which are only counted.
    public var omittedCount: UInt64 { others?.omittedCount ?? 0 }

    /// Adds a packet, unless it is the last one; beyond `limit` it is only counted.
    public mutating func add(_ number: UInt64, limit: Int) {
        if count == 0 { return set(number) }
        if number == last { return }
        if count >= limit {
            change { $0.omittedCount += 1 }
        } else {
            if count > 1 {
                let last = last
                change { $0.between.append(last) }
            }
            last = number
            count += 1
        }
    }

    public mutating func add(_ other: PacketList, limit: Int) {
        guard other.count > 0 else { return }
        add(other.first, limit: limit)
        for number in other.rest { add(number, limit: limit) }
        let omitted = other.omittedCount
        if omitted > 0 { change { $0.omittedCount += omitted } }
    }

    private mutating func change(_ body: (Others) -> Void) {
        if others == nil {
            others = Others()
        } else if !isKnownUniquelyReferenced(&others), let shared = others {
            others = Others(between: shared.between, omittedCount: shared.omittedCount)
        }
        if let others { body(others) }
    }

    public static func == (a: PacketList, b: PacketList) -> Bool {
        a.first == b.first && a.last == b.last && a.count == b.count && a.omittedCount == b.omittedCount
            && (a.others?.between ?? []) == (b.others?.between ?? [])
    }
}
