import Inspection
import Packets
import Rules
import TestSupport
import Testing
import Verdicts
import WebSocket

/// What the network does to packets must not change what the endpoints said.
@Suite struct MetamorphicTests {
    /// What damage on the wire could bring about; how the two sides ping and close is the conversation's own affair.
    private static func isAboutBytes(_ rule: Rule) -> Bool {
        ["capture.", "frame.", "message.", "control."].contains { rule.rawValue.hasPrefix($0) }
    }

    private static func conversation(_ random: inout SeededRandom, count: Int = 60) -> Conversation {
        var conversation = Conversation.upgraded()
        // Wraps in the middle of what is said.
        conversation.clientStart = .max - UInt32.random(in: 0...20_000, using: &random)
        conversation.serverStart = .max - UInt32.random(in: 0...20_000, using: &random)
        conversation.chat(count, using: &random)
        return conversation
    }

    private static func expectAll(_ conversation: Conversation, _ recording: Recording, _ comment: Comment? = nil) {
        #expect(recording.faults == [], comment)
        #expect(recording.connections.count == 1, comment)
        guard let seen = recording.connections.first else { return }
        #expect(seen.connection.status == .open, comment)
        for side in [Side.client, .server] { #expect(seen[side] == conversation.expected[side], comment) }
        #expect(seen.findings.filter(Self.isAboutBytes) == [], comment)
        #expect(seen.verdict?.manner == .closed, comment)
    }

    @Test("however the stream is cut into segments", arguments: SeededRandom.seeds)
    func cut(seed: UInt64) {
        var random = SeededRandom(seed)
        let conversation = Self.conversation(&random)
        Self.expectAll(conversation, .of(conversation.packets()))
        for largest in [7, 100, 1_448, 60_000] {
            var cuts = random
            let pieces = conversation.pieces { .random(in: 1...largest, using: &cuts) }
            Self.expectAll(conversation, .of(conversation.packets(pieces)), "up to \(largest) bytes")
        }
    }

    @Test("packets of both directions in a little disorder, with honest acknowledgements", arguments: SeededRandom.seeds)
    func disorder(seed: UInt64) {
        var random = SeededRandom(seed)
        let conversation = Self.conversation(&random)
        var cuts = random
        var pieces = conversation.pieces { .random(in: 1...700, using: &cuts) }
        let opening = pieces.removeFirst()
        let ending = Array(pieces.suffix(3))
        pieces.removeLast(3)
        var shuffled: [Conversation.Piece] = []
        while !pieces.isEmpty {
            shuffled += pieces.prefix(3).shuffled(using: &random)
            pieces.removeFirst(min(3, pieces.count))
        }
        Self.expectAll(conversation, .of(conversation.packets([opening] + shuffled + ending)))
    }

    @Test("every packet twice, at once or a little later", arguments: SeededRandom.seeds)
    func twice(seed: UInt64) {
        var random = SeededRandom(seed)
        let conversation = Self.conversation(&random)
        let packets = conversation.packets()
        Self.expectAll(conversation, .of(packets.flatMap { [$0, $0] }))
        let later = packets.indices.flatMap { $0 >= 5 ? [packets[$0], packets[$0 - 5]] : [packets[$0]] }
        Self.expectAll(conversation, .of(later))
    }

    @Test("bytes sent again with other borders", arguments: SeededRandom.seeds)
    func again(seed: UInt64) {
        var random = SeededRandom(seed)
        let conversation = Self.conversation(&random)
        var pieces: [Conversation.Piece] = []
        var before: [Side: [UInt8]] = [:]
        for piece in conversation.pieces(cut: { 300 }) {
            var piece = piece
            let whole = before[piece.side, default: []] + piece.payload
            before[piece.side] = whole
            if !piece.payload.isEmpty {
                let overlap = Int.random(in: 0...min(500, whole.count - piece.payload.count), using: &random)
                piece.sequence &-= UInt32(overlap)
                piece.payload = Array(whole.suffix(piece.payload.count + overlap))
            }
            pieces.append(piece)
        }
        Self.expectAll(conversation, .of(conversation.packets(pieces)))
    }

    @Test("a capture that begins later shows the same frames from some place on", arguments: SeededRandom.seeds)
    func later(seed: UInt64) {
        var random = SeededRandom(seed)
        var conversation = Self.conversation(&random, count: 40)
        conversation.clientStart = 77
        let pieces = conversation.pieces()
        let packets = conversation.packets(pieces)
        for start in pieces.indices {
            let recording = Recording.of(Array(packets[start...]))
            #expect(recording.faults == [])
            #expect(recording.connections.count <= 1, "from packet \(start + 1) on")
            guard let seen = recording.connections.first else {
                // The last frames may be too few to tell; four of each side's own are not.
                let left = pieces[start...].filter { !$0.payload.isEmpty }
                let sides = [Side.client, .server].map { side in left.filter { $0.side == side }.count }
                #expect(sides.contains { $0 < 6 }, "from packet \(start + 1) on: \(sides)")
                continue
            }
            for side in [Side.client, .server] {
                let truth = conversation.expected[side]?.frames ?? []
                let shown = seen[side].frames
                #expect(shown.map(\.payload) == truth.suffix(shown.count).map(\.payload), "from packet \(start + 1) on")
                #expect(shown.map(\.first) == truth.suffix(shown.count).map(\.first), "from packet \(start + 1) on")
            }
        }
    }

    @Test("whatever is lost, what is called complete is true", arguments: SeededRandom.seeds)
    func loss(seed: UInt64) {
        var random = SeededRandom(seed)
        for rate in [50, 10, 3] {
            let conversation = Self.conversation(&random, count: 120)
            var cuts = random
            let all = conversation.pieces { .random(in: 1...1_448, using: &cuts) }
            let kept = all.filter { $0.payload.isEmpty || Int.random(in: 0..<rate, using: &random) > 0 }
            let recording = Recording.of(conversation.packets(kept))
            #expect(recording.faults == [])
            for seen in recording.spoken {
                // The peers did nothing wrong, and no limit was reached.
                #expect(seen.findings.filter { $0.severity != .note || $0 == .messageLimit } == [], "1 of \(rate) lost")
                for side in [Side.client, .server] {
                    let truth = conversation.expected[side] ?? SeenSide()
                    let messages = seen[side].messages.filter(\.isCertain)
                    #expect(untrue(messages, truth.messages) == nil, "1 of \(rate) lost, \(side)")
                    let frames = seen[side].frames.filter(\.isComplete).map(\.placeless)
                    #expect(untrue(frames, truth.frames.map(\.placeless)) == nil, "1 of \(rate) lost, \(side)")
                    for frame in seen[side].frames where !frame.isComplete { #expect(UInt64(frame.payload.count) < frame.length) }
                }
            }
        }
    }

    /// The first of `part` that is not in `whole` in this order.
    private func untrue<Element: Equatable>(_ part: [Element], _ whole: [Element]) -> Element? {
        var rest = whole[...]
        for element in part {
            guard let place = rest.firstIndex(of: element) else { return element }
            rest = rest[(place + 1)...]
        }
        return nil
    }
}
