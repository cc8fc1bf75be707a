import Bytes
import Channels

/// The numbers of the packets that something came from, in order, without repetition.
///
/// One packet or two, which is nearly always enough, cost no allocation.
public struct PacketList: Equatable, Sendable {
    @usableFromInline var firstNumber: UInt64 = 0
    @usableFromInline var lastNumber: UInt64 = 0
    @usableFromInline var keptCount = 0
    /// Only if there are more than two.
    @usableFromInline var others: Others?

    /// How many are kept.
    @inlinable public var count: Int { keptCount }
    @inlinable public var first: UInt64 { firstNumber }
    /// The last one that is kept.
    @inlinable public var last: UInt64 { lastNumber }

    /// The packets between the first and the last. Copied before a change if another list shares it.
    @usableFromInline
    final class Others: @unchecked Sendable {
        var between: [UInt64]
        var omittedCount: UInt64
        /// The last one that is not kept.
        var lastOmitted: UInt64

        init(between: [UInt64] = [], omittedCount: UInt64 = 0, lastOmitted: UInt64 = 0) {
            self.between = between
            self.omittedCount = omittedCount
            self.lastOmitted = lastOmitted
        }
    }

    @inlinable public init() {}

    @inlinable @inline(__always)
    public init(_ number: UInt64) { self.init(number, number) }

    /// Two packets, or one that is given twice.
    @inlinable @inline(__always)
    public init(_ first: UInt64, _ last: UInt64) {
        firstNumber = first
        lastNumber = last
        keptCount = first == 0 ? 0 : first == last ? 1 : 2
    }

    /// True if it contains no reference: at most two packets.
    @inlinable @inline(__always) public var isPlain: Bool { others == nil }

    /// Those after the first.
    public var rest: [UInt64] { (others?.between ?? []) + (count > 1 ? [last] : []) }

    /// Whether it is one of those that are kept.
    public func contains(_ number: UInt64) -> Bool { count > 0 && (first == number || rest.contains(number)) }

    /// Packets beyond the limit, which are only counted.
    public var omittedCount: UInt64 { others?.omittedCount ?? 0 }

    /// Adds a packet, unless it is the last one; beyond `limit` it is only counted.
    public mutating func add(_ number: UInt64, limit: Int) {
        if count == 0 {
            self = PacketList(number)
            return
        }
        if number == last { return }
        if count >= limit {
            guard others?.lastOmitted != number else { return }
            change {
                $0.omittedCount += 1
                $0.lastOmitted = number
            }
        } else {
            if count > 1 {
                let last = last
                change { $0.between.append(last) }
            }
            lastNumber = number
            keptCount += 1
        }
    }

    public mutating func add(_ other: PacketList, limit: Int) {
        guard other.count > 1 else { return other.count == 1 ? add(other.first, limit: limit) : () }
        let never = Timestamp(nanoseconds: 0)
        let origin = Origin(
            first: PacketMark(number: other.first, time: never), last: PacketMark(number: other.last, time: never),
            between: other.others?.between ?? [])
        add(origin, limit: limit)
        guard let omitted = other.others, omitted.omittedCount > 0, others?.lastOmitted != omitted.lastOmitted else { return }
        let (omittedCount, lastOmitted) = (omitted.omittedCount, omitted.lastOmitted)
        change {
            $0.omittedCount += omittedCount
            $0.lastOmitted = lastOmitted
        }
    }

    /// Adds the packets of a piece of a stream, but for those that it shares with the piece before.
    public mutating func add(_ origin: Origin, limit: Int) {
        guard origin.count > 1 else { return add(origin.first.number, limit: limit) }
        // What is not kept ends with the last of them where they were all counted before.
        if let others, others.omittedCount > 0, others.lastOmitted == origin.last.number { return }
        for index in origin.overlap(endOf: count, { self[$0] })..<origin.count { add(origin[index], limit: limit) }
    }

    private subscript(index: Int) -> UInt64 {
        index == 0 ? first : index == count - 1 ? last : others?.between[index - 1] ?? 0
    }

    private mutating func change(_ body: (Others) -> Void) {
        if others == nil {
            others = Others()
        } else if !isKnownUniquelyReferenced(&others), let shared = others {
            others = Others(between: shared.between, omittedCount: shared.omittedCount, lastOmitted: shared.lastOmitted)
        }
        if let others { body(others) }
    }

    public static func == (a: PacketList, b: PacketList) -> Bool {
        a.first == b.first && a.last == b.last && a.count == b.count && a.omittedCount == b.omittedCount
            && (a.others?.between ?? []) == (b.others?.between ?? [])
    }
}
