/// What packets of one end carried that its receiver has not acknowledged yet.
struct SentPackets {
    /// A part of a packet that asks for an acknowledgement.
    struct Piece {
        enum Content: UInt8 {
            case other
            case bytes
            /// Bytes, which may be none, and the end of the stream.
            case lastBytes
            case reset
        }

        var number: UInt64
        /// When it was captured, in nanoseconds.
        var time: Int64
        var stream: UInt64 = 0
        var start: UInt64 = 0
        var byteCount: UInt64 = 0
        var content = Content.other
        var isAcknowledged = false
    }

    /// In the order of their numbers, from `head` on.
    private var pieces: [Piece] = []
    private var head = 0
    /// Packets that were forgotten, unacknowledged, while later ones had been acknowledged.
    private var forgottenLossCount: UInt64 = 0

    private static let limit = 8_192
    /// So many that are acknowledged may stay, so that they are not removed with each acknowledgement.
    private static let keptCount = 32
    /// How far back a packet that comes late is put in order; one that is later is not followed.
    private static let displacementLimit = 256
    /// A packet is lost when one so many later was acknowledged (RFC 9002 §6.1.1).
    private static let lossThreshold: UInt64 = 3

    @inline(__always)
    mutating func append(_ piece: Piece) {
        if pieces.count > head {
            let last = pieces[pieces.count &- 1]
            if last.number == piece.number, last.content == .bytes, last.stream == piece.stream,
                last.start &+ last.byteCount == piece.start
            {
                pieces[pieces.count &- 1].byteCount &+= piece.byteCount
                pieces[pieces.count &- 1].content = piece.content
                return
            }
            if last.number > piece.number { return insert(piece) }
        }
        if pieces.count &- head >= Self.limit { makeRoom() }
        pieces.append(piece)
    }

    private mutating func insert(_ piece: Piece) {
        var index = pieces.count
        while index > head, pieces[index - 1].number > piece.number {
            index -= 1
            if pieces.count - index > Self.displacementLimit { return }
        }
        pieces.insert(piece, at: index)
    }

    private mutating func makeRoom() {
        var rest = pieces[head...].filter { !$0.isAcknowledged }
        if rest.count > Self.limit / 2 {
            let forgotten = rest.prefix(rest.count - Self.limit / 2)
            forgottenLossCount += Self.packetCount(of: forgotten)
            rest.removeFirst(forgotten.count)
        }
        pieces = rest
        head = 0
    }

    private static func packetCount(of pieces: some Sequence<Piece>) -> UInt64 {
        var count: UInt64 = 0
        var last: UInt64?
        for piece in pieces where piece.number != last {
            count += 1
            last = piece.number
        }
        return count
    }

    /// Takes the pieces of a range of packets, which are acknowledged for the first time.
    @inline(__always)
    mutating func acknowledge(_ range: Range<UInt64>, _ visit: (Piece) -> Void) {
        var index = firstIndex(of: range.lowerBound)
        while index < pieces.count, pieces[index].number < range.upperBound {
            if !pieces[index].isAcknowledged {
                pieces[index].isAcknowledged = true
                visit(pieces[index])
            }
            index &+= 1
        }
        while head < pieces.count, pieces[head].isAcknowledged { head &+= 1 }
        if head == pieces.count {
            guard head >= Self.keptCount else { return }
            pieces.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 1_024, head * 2 >= pieces.count {
            pieces.removeFirst(head)
            head = 0
        }
    }

    @inline(__always)
    private func firstIndex(of number: UInt64) -> Int {
        if head < pieces.count, pieces[head].number >= number { return head }
        var search = head..<pieces.count
        while !search.isEmpty {
            let middle = search.lowerBound + search.count / 2
            search = pieces[middle].number < number ? middle + 1..<search.upperBound : search.lowerBound..<middle
        }
        return search.lowerBound
    }

    /// Packets that are lost, as acknowledgements of later ones show.
    ///
    /// - Parameter end: the number after the highest one that was acknowledged.
    func lostPacketCount(acknowledgedEnd end: UInt64) -> UInt64 {
        let lost = pieces[head...].lazy.filter { !$0.isAcknowledged && $0.number + Self.lossThreshold < end }
        return forgottenLossCount + Self.packetCount(of: lost)
    }
}
