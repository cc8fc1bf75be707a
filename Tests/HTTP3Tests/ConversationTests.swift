import Bytes
import Channels
import TestSupport
import Testing

@testable import HTTP3

/// A conversation on a few streams, with sections that refer to a table, as pieces to be sent in any order that keeps that of each stream.
struct Conversation {
    struct Piece {
        enum What {
            case bytes([UInt8])
            case gap(UInt64)
            case end
            case reset
            case stop
        }

        var stream: UInt64
        var direction: Direction
        var what: What
    }

    /// By stream and direction, in order.
    var streams: [[Piece]] = []

    init(_ random: inout SeededRandom, requestCount: Int = 6) {
        for direction in Direction.allCases {
            let isClient = direction == .fromLow
            var instructions: [UInt8] = [2] + Wire.integer(4_096, prefix: 5, first: 0x20)
            var entries: UInt8 = 0
            streams.append([Piece(stream: isClient ? 2 : 3, direction: direction, what: .bytes(Wire.settings(tableCapacity: 4_096)))])
            for index in 0..<requestCount {
                var section: [UInt8] = []
                if Bool.random(using: &random) {
                    instructions += Wire.insert("name\(entries)", String(repeating: "v", count: Int.random(in: 0...20, using: &random)))
                    entries += 1
                    section = [entries + 1, 0, 0x80 | UInt8.random(in: 0..<entries, using: &random)]
                } else {
                    section = [0, 0]
                }
                section += (isClient ? Wire.request : Wire.answer).dropFirst(2)
                var bytes = Wire.headers(section)
                for _ in 0..<Int.random(in: 0...5, using: &random) {
                    bytes += Wire.data(String(repeating: "d", count: Int.random(in: 0...200, using: &random)))
                    // Without zeros, which might be taken for DATA after a gap.
                    let grease = random.bytes(Int.random(in: 0...70, using: &random)).map { max($0, 1) }
                    if Bool.random(using: &random) { bytes += Wire.frame(0x21, grease) }
                }
                if entries > 0, Bool.random(using: &random) { bytes += Wire.headers([entries + 1, 0, 0x80]) }
                let stream = UInt64(index) * 4
                let end: Piece.What = Int.random(in: 0..<4, using: &random) > 0 ? .end : .reset
                streams.append([
                    Piece(stream: stream, direction: direction, what: .bytes(bytes)),
                    Piece(stream: stream, direction: direction, what: end),
                ])
            }
            streams.append([Piece(stream: isClient ? 6 : 7, direction: direction, what: .bytes(instructions))])
        }
    }

    /// The same pieces in smaller ones.
    mutating func cut(_ random: inout SeededRandom, most: Int) {
        for index in streams.indices {
            streams[index] = streams[index].flatMap { piece -> [Piece] in
                guard case .bytes(let bytes) = piece.what else { return [piece] }
                var pieces: [Piece] = []
                var start = 0
                while start < bytes.count {
                    let end = min(bytes.count, start + Int.random(in: 1...most, using: &random))
                    pieces.append(Piece(stream: piece.stream, direction: piece.direction, what: .bytes(Array(bytes[start..<end]))))
                    start = end
                }
                return pieces
            }
        }
    }

    /// Sends everything, the streams one after another or mixed.
    func send(to listener: inout Listener, mixedBy random: inout SeededRandom, isMixed: Bool = true) {
        var rest = streams.map { $0[...] }
        while !rest.isEmpty {
            let index = isMixed ? rest.indices.randomElement(using: &random)! : 0
            guard let piece = rest[index].popFirst() else {
                rest.remove(at: index)
                continue
            }
            switch piece.what {
            case .bytes(let bytes): listener.take(bytes, of: piece.stream, from: piece.direction)
            case .gap(let count): listener.noteGap(count, of: piece.stream, from: piece.direction)
            case .end: listener.end(piece.stream, from: piece.direction)
            case .reset: listener.reset(piece.stream, from: piece.direction, code: 0x10C)
            case .stop: listener.stop(piece.stream, from: piece.direction, code: 0x10C)
            }
        }
        listener.finish()
    }
}

@Suite("Conversations over HTTP/3")
struct ConversationTests {
    @Test("however streams are cut and mixed, each says the same", arguments: SeededRandom.seeds)
    func cutAndMixed(_ seed: UInt64) {
        var random = SeededRandom(seed)
        let conversation = Conversation(&random)
        var whole = Listener()
        conversation.send(to: &whole, mixedBy: &random, isMixed: false)
        #expect(whole.lines.contains { $0.contains("head name") })
        #expect(!whole.lines.contains { $0.contains("?") || $0.contains("malformed") })
        for most in [1, 2, 7, 100, 5_000] {
            var cut = conversation
            cut.cut(&random, most: most)
            var listener = Listener()
            cut.send(to: &listener, mixedBy: &random)
            #expect(listener.lines == whole.lines, "pieces of at most \(most)")
            #expect(listener.session.heldByteCount == 0)
        }
    }

    @Test("whatever is missing, nothing is said that was not sent", arguments: SeededRandom.seeds)
    func missing(_ seed: UInt64) {
        var random = SeededRandom(seed)
        let conversation = Conversation(&random, requestCount: 12)
        var whole = Listener()
        conversation.send(to: &whole, mixedBy: &random, isMixed: false)
        let fields = Set(whole.reports.values.joined().filter { $0.hasPrefix("head ") }.flatMap { $0.dropFirst(5).split(separator: ", ") })
        for _ in 0..<40 {
            var cut = conversation
            cut.cut(&random, most: 60)
            for index in cut.streams.indices {
                for piece in cut.streams[index].indices {
                    if case .bytes(let bytes) = cut.streams[index][piece].what, Int.random(in: 0..<12, using: &random) == 0 {
                        cut.streams[index][piece].what = .gap(UInt64(bytes.count))
                    }
                }
            }
            var listener = Listener()
            cut.send(to: &listener, mixedBy: &random)
            #expect(listener.session.heldByteCount == 0)
            for (key, lines) in listener.reports {
                for line in lines where line.hasPrefix("head ") {
                    for field in line.dropFirst(5).split(separator: ", ") where !field.contains("?") {
                        #expect(fields.contains(field), "\(key): \(line)")
                    }
                }
                // Content is nothing but the letter d.
                #expect(lines.allSatisfy { !$0.hasPrefix("\"") || $0.allSatisfy { $0 == "d" || $0 == "\"" } }, "\(key)")
            }
        }
    }

    @Test("whatever bytes are sent, nothing breaks", arguments: SeededRandom.seeds)
    func mutated(_ seed: UInt64) {
        var random = SeededRandom(seed)
        for _ in 0..<60 {
            var conversation = Conversation(&random, requestCount: 4)
            conversation.cut(&random, most: 80)
            for index in conversation.streams.indices {
                for piece in conversation.streams[index].indices {
                    guard case .bytes(var bytes) = conversation.streams[index][piece].what, Int.random(in: 0..<4, using: &random) == 0
                    else {
                        continue
                    }
                    bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
                    conversation.streams[index][piece].what = .bytes(bytes)
                }
            }
            var listener = Listener(isFromBeginning: Bool.random(using: &random))
            conversation.send(to: &listener, mixedBy: &random)
            #expect(listener.session.heldByteCount == 0)
        }
    }

    @Test("many streams, tiny pieces and sections that wait take time in proportion")
    func linearTime() {
        let growth = Growth(to: 20_000) { count in
            var listener = Listener()
            listener.take(Wire.settings(tableCapacity: 4_096), of: 3, from: .fromHigh)
            listener.take([2] + Wire.integer(4_096, prefix: 5, first: 0x20), of: 6, from: .fromLow)
            // Each section waits for another entry, and all of them stand in one stream.
            let time = processorTime {
                let sections = (1...count).flatMap { Wire.headers(Wire.integer($0 % 256 + 1, prefix: 8, first: 0) + [0, 0x80]) }
                listener.take(sections, of: 0, from: .fromLow)
                for _ in 0..<count { listener.take(Wire.insert("a", "b"), of: 6, from: .fromLow) }
            }
            #expect(listener.lines.count == count)
            return time
        }
        #expect(growth.isLinear, "\(growth)")
    }

    @Test("a long head in chunks of one byte takes time in proportion, and names all of its packets")
    func longHead() {
        let growth = Growth(to: 60_000) { count in
            var listener = Listener(HTTP3Limits(headByteCount: 64 << 10))
            let head = Wire.headers(Wire.section([("name", String(repeating: "v", count: count))]))
            let time = processorTime { for byte in head { listener.take([byte], of: 0, from: .fromLow) } }
            #expect(listener.lines.count == 1)
            #expect(listener.marks["0 →"]?.first?.count == head.count)
            return time
        }
        #expect(growth.isLinear, "\(growth)")
    }

    @Test("GOAWAY over and over, and entries one by one while many streams wait, take time in proportion")
    func manyWait() {
        let growth = Growth(to: 16_000) { count in
            var listener = Listener()
            listener.take(Wire.settings(tableCapacity: 4_096), of: 3, from: .fromHigh)
            listener.take([2] + Wire.integer(4_096, prefix: 5, first: 0x20), of: 6, from: .fromLow)
            let time = processorTime {
                for stream in 0..<count { listener.take(Wire.headers([100, 0, 0x80]), of: UInt64(stream) * 4, from: .fromLow) }
                for byte in Wire.insert("a", String(repeating: "b", count: count / 8)) { listener.take([byte], of: 6, from: .fromLow) }
                let frames = (0..<count).flatMap { Wire.frame(FrameType.goAway, Wire.number(UInt64(count - $0) * 4)) }
                listener.take(frames, of: 3, from: .fromHigh)
                listener.finish()
            }
            #expect(listener.session.heldByteCount == 0)
            return time
        }
        #expect(growth.isLinear, "\(growth)")
    }
}
