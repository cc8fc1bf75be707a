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
}

/// Which packets brought which bytes of a stream.
///
/// Pieces in order; a piece ends where the next one begins. The newest piece has no end yet, so a stream that is read as it comes
/// needs no list at all.
public struct Provenance: Sendable {
    private struct Piece: Sendable {
        var end: UInt64
        var origin: Origin
    }

    public private(set) var newest = Origin(PacketMark(number: 0, time: .init(nanoseconds: 0)))
    private var older: [Piece] = []
    /// How many pieces of `older` were forgotten; they are removed once there are many.
    private var forgotten = 0

    public init() {}

    /// Pieces that are kept apart, for a limit on memory.
    public var pieceCount: Int { older.count - forgotten }

    // MARK: Writing

    /// Everything from here on came with `origin`, and nothing before it matters any more.
    public mutating func begin(_ origin: Origin) {
        forgetOlder()
        newest = origin
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
    public func mark(at offset: UInt64) -> PacketMark { origin(at: offset).first }

    /// The packet that completed the byte at `offset`.
    public func lastMark(at offset: UInt64) -> PacketMark { origin(at: offset).last }

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
        forEachPacket(of: range) { if numbers.last != $0 { numbers.append($0) } }
        origin.between = Array(numbers.dropFirst().dropLast())
        return origin
    }

    /// Visits the packets that brought a range, in order; a number may come twice in a row.
    public func forEachPacket(of range: Range<UInt64>, _ visit: (UInt64) -> Void) {
        func visitAll(_ origin: Origin) {
            visit(origin.first.number)
            for number in origin.between { visit(number) }
            visit(origin.last.number)
        }
        var start = range.lowerBound
        var index = firstPiece(endingAfter: start)
        while index < older.count, start < range.upperBound {
            visitAll(older[index].origin)
            start = older[index].end
            index += 1
        }
        if start < range.upperBound { visitAll(newest) }
    }

    private func firstPiece(endingAfter offset: UInt64) -> Int {
        var range = forgotten..<older.count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = older[middle].end > offset ? range.lowerBound..<middle : middle + 1..<range.upperBound
        }
        return range.lowerBound
    }
}
