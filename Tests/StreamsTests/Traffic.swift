import Packets
import Streams
import TestSupport

/// A clean stream, and what a capture may show of it.
struct Traffic {
    struct Piece {
        /// Place in the stream of the first byte.
        var start: Int
        var bytes: [UInt8]
        var flags: TCPFlags = .ack

        var range: Range<Int> { start..<start + bytes.count }
    }

    private(set) var random: SeededRandom
    let bytes: [UInt8]
    /// The sequence number of the first byte.
    let first: UInt32
    private(set) var pieces: [Piece] = []

    init(seed: UInt64, count: Int = 6_000) {
        random = SeededRandom(seed)
        bytes = random.bytes(count)
        // One stream in two passes the end of the sequence space on its way.
        first =
            Bool.random(using: &random) ? .random(in: .min ... .max, using: &random) : 0 &- .random(in: 0...UInt32(count), using: &random)
        pieces = cut(0..<count, longest: 200)
        pieces[pieces.count - 1].flags = [.fin, .ack]
    }

    private mutating func cut(_ range: Range<Int>, longest: Int) -> [Piece] {
        var result: [Piece] = []
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(range.upperBound, start + Int.random(in: 1...longest, using: &random))
            result.append(Piece(start: start, bytes: Array(bytes[start..<end])))
            start = end
        }
        return result
    }

    /// Changes the order, each piece moving by less than `window` places; the first `fixed` stay where they are.
    mutating func shuffle(within window: Int, fixed: Int = 0) {
        for start in stride(from: fixed, to: pieces.count, by: window) {
            pieces[start..<min(pieces.count, start + window)].shuffle(using: &random)
        }
    }

    enum Addition: CaseIterable {
        /// The same segment again.
        case duplicate
        /// Bytes that arrived, in another cut.
        case overlap
        /// Bytes that arrived, with another content.
        case changed
        /// The last byte that arrived in order, as garbage.
        case keepAlive
        /// The next byte, alone, before its segment.
        case zeroWindowProbe
    }

    /// Puts additions between the pieces, each at a place where a TCP could send it.
    mutating func add(_ additions: [Addition], share: Double) {
        var result: [Piece] = []
        var arrived = Arrivals(count: bytes.count)
        for piece in pieces {
            result.append(piece)
            arrived.note(piece.range)
            guard Double.random(in: 0..<1, using: &random) < share, let addition = additions.randomElement(using: &random) else { continue }
            switch addition {
            case .duplicate: result.append(piece)
            case .overlap:
                let end = Int.random(in: piece.range, using: &random) + 1
                let start = max(0, end - Int.random(in: 1...400, using: &random))
                arrived.note(start..<end)
                result += cut(start..<end, longest: 300)
            case .changed: result.append(Piece(start: piece.start, bytes: piece.bytes.map { ~$0 }))
            case .keepAlive:
                guard arrived.inOrder > 0 else { continue }
                result.append(Piece(start: arrived.inOrder - 1, bytes: [~bytes[arrived.inOrder - 1]]))
            case .zeroWindowProbe:
                guard arrived.inOrder < bytes.count else { continue }
                result.append(Piece(start: arrived.inOrder, bytes: [bytes[arrived.inOrder]]))
                arrived.note(arrived.inOrder..<arrived.inOrder + 1)
            }
        }
        pieces = result
    }

    /// Shows the pieces to `receiver`, each followed now and then by the acknowledgement that an honest receiver would send.
    mutating func run(into receiver: inout Receiver, dropping isDropped: (Piece) -> Bool = { _ in false }) {
        var arrived = Arrivals(count: bytes.count)
        for piece in pieces {
            arrived.note(piece.range)
            if !isDropped(piece) { receiver.take(sequence(piece.start), piece.bytes, flags: piece.flags) }
            for _ in 0..<Int.random(in: 0...3, using: &random) { receiver.acknowledge(sequence(arrived.inOrder)) }
        }
    }

    func sequence(_ place: Int) -> UInt32 { first &+ UInt32(truncatingIfNeeded: place) }
}

/// Which bytes of a stream reached its receiver.
private struct Arrivals {
    private var has: [Bool]
    /// Bytes from the start on without a hole: what can be acknowledged.
    private(set) var inOrder = 0

    init(count: Int) { has = Array(repeating: false, count: count) }

    mutating func note(_ range: Range<Int>) {
        for place in range { has[place] = true }
        while inOrder < has.count, has[inOrder] { inOrder += 1 }
    }
}
