import Bytes

/// The packets that brought a piece of a stream: one for TCP, all those of the record for TLS.
public struct Origin: Equatable, Sendable {
    public var first: PacketMark
    public var last: PacketMark
    /// Numbers of the packets between the two.
    public var between: [UInt64] = []

    @inlinable
    public init(_ mark: PacketMark) {
        first = mark
        last = mark
    }

    public init(first: PacketMark, last: PacketMark, between: [UInt64]) {
        self.first = first
        self.last = last
        self.between = between
    }

    /// Adds the packets that brought what follows.
    public mutating func append(_ other: Origin) {
        let overlap = overlap(with: other)
        guard overlap < other.count else { return }
        if count > 1 { between.append(last.number) }
        for index in overlap..<other.count - 1 { between.append(other[index]) }
        last = other.last
    }

    /// How many of the first packets of another one are the last ones here.
    private func overlap(with other: Origin) -> Int { other.overlap(endOf: count) { self[$0] } }

    // MARK: As a list of packet numbers

    /// The number of its packets.
    @inlinable public var count: Int { between.isEmpty && first.number == last.number ? 1 : between.count + 2 }

    /// The number of one of its packets, in order.
    @inlinable
    public subscript(index: Int) -> UInt64 {
        index == 0 ? first.number : index <= between.count ? between[index - 1] : last.number
    }

    /// How many of its first packets end a list already, because what was added last came in the same packets, or ended in one
    /// of them: pieces of one record, or records of which one ends where the other begins.
    @inlinable
    public func overlap(endOf listCount: Int, _ number: (Int) -> UInt64) -> Int {
        var overlap = min(count, listCount)
        while overlap > 0, number(listCount - overlap) != first.number { overlap -= 1 }
        for index in 0..<overlap where number(listCount - overlap + index) != self[index] { return 0 }
        return overlap
    }
}

/// Which packets brought which bytes of a stream.
///
/// Pieces in order; a piece ends where the next one begins. The newest piece has no end yet, so a stream that is read as it comes
/// needs no list at all.
public struct Provenance: ~Copyable, Sendable {
    private struct Piece: Sendable {
        var end: UInt64
        var origin: Origin
    }

    public private(set) var newest = Origin(PacketMark(number: 0, time: .init(nanoseconds: 0)))
    private var older: [Piece] = []
    /// How many pieces of `older` were forgotten; they are removed once there are many.
    private var forgotten = 0

    public init() {}

    /// All that is kept came in one packet.
    public var isOfOnePacket: Bool { older.isEmpty && newest.between.isEmpty && newest.first.number == newest.last.number }

    /// Pieces that are kept apart, for a limit on memory.
    public var pieceCount: Int { older.count - forgotten }

    // MARK: Writing

    /// Everything from here on came with `origin`, and nothing before it matters any more.
    public mutating func begin(_ origin: Origin) {
        forgetOlder()
        newest.first = origin.first
        newest.last = origin.last
        // Mostly there are none, and then no references are counted.
        if !newest.between.isEmpty || !origin.between.isEmpty { newest.between = origin.between }
    }

    /// The same for one packet.
    public mutating func begin(_ mark: PacketMark) {
        forgetOlder()
        newest.first = mark
        newest.last = mark
        if !newest.between.isEmpty { newest.between = [] }
    }

    /// The bytes up to `offset` came with what was newest so far, those that follow with `origin`.
    public mutating func append(_ origin: Origin, at offset: UInt64) {
        older.append(Piece(end: offset, origin: newest))
        newest = origin
    }

    public mutating func forgetOlder() {
        guard !older.isEmpty else { return }
        older.removeAll(keepingCapacity: true)
        forgotten = 0
    }

    public mutating func forget(upTo offset: UInt64) {
        guard !older.isEmpty else { return }
        forgotten = firstPiece(endingAfter: offset)
        guard forgotten == older.count || forgotten > 64 && forgotten * 2 > older.count else { return }
        older.removeFirst(forgotten)
        forgotten = 0
    }

    // MARK: Reading

    /// The packets that brought the byte at `offset`.
    public func origin(at offset: UInt64) -> Origin {
        let index = firstPiece(endingAfter: offset)
        return index < older.count ? older[index].origin : newest
    }

    /// The first packet of the byte at `offset`.
    public func mark(at offset: UInt64) -> PacketMark {
        let index = firstPiece(endingAfter: offset)
        return index < older.count ? older[index].origin.first : newest.first
    }

    /// The packet that completed the byte at `offset`.
    public func lastMark(at offset: UInt64) -> PacketMark {
        let index = firstPiece(endingAfter: offset)
        return index < older.count ? older[index].origin.last : newest.last
    }

    /// The next offset after `offset` where a piece ends; nil if that is the end of everything.
    public func pieceEnd(after offset: UInt64) -> UInt64? {
        let index = firstPiece(endingAfter: offset)
        return index < older.count ? older[index].end : nil
    }

    /// True where a piece ends at `offset`; the newest one's end does not count.
    public func isPieceEnd(_ offset: UInt64) -> Bool {
        let index = firstPiece(endingAfter: offset)
        return index > forgotten && older[index - 1].end == offset
    }

    /// The packets that brought the bytes of a range, which is not empty.
    public func origin(of range: Range<UInt64>) -> Origin {
        var origin = origin(at: range.lowerBound)
        guard range.count > 1, pieceEnd(after: range.lowerBound).map({ $0 < range.upperBound }) ?? false else { return origin }
        origin.last = lastMark(at: range.upperBound - 1)
        var numbers: [UInt64] = []
        forEachOrigin(of: range) { origin in
            for index in origin.overlap(endOf: numbers.count, { numbers[$0] })..<origin.count { numbers.append(origin[index]) }
        }
        origin.between = Array(numbers.dropFirst().dropLast())
        return origin
    }

    /// Visits the origins of the pieces of a range, in order; two of them may share packets.
    public func forEachOrigin(of range: Range<UInt64>, _ visit: (Origin) -> Void) {
        var start = range.lowerBound
        var index = firstPiece(endingAfter: start)
        while index < older.count, start < range.upperBound {
            visit(older[index].origin)
            start = older[index].end
            index += 1
        }
        if start < range.upperBound { visit(newest) }
    }

    private func firstPiece(endingAfter offset: UInt64) -> Int {
        if older.isEmpty { return 0 }
        var range = forgotten..<older.count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = older[middle].end > offset ? range.lowerBound..<middle : middle + 1..<range.upperBound
        }
        return range.lowerBound
    }
}
