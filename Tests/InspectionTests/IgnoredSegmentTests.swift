import Packets
import Rules
import TestSupport
import Testing
import Verdicts
import WebSocket

/// One odd segment in a conversation, which its peers ignore: neither does what is shown end, nor change.
@Suite struct IgnoredSegmentTests {
    typealias Piece = Conversation.Piece

    enum Oddity: CaseIterable {
        case resetFarAhead, resetFarBehind, resetOfServer, resetInWindow, resetWithWords
        case foreignSYN, foreignAnswer, farFIN, earlyFINs
        case falseAcknowledgments, absurdAcknowledgments

        var rule: Rule? {
            switch self {
            case .falseAcknowledgments, .absurdAcknowledgments: nil
            default: .segmentIgnored
            }
        }

        /// The segments, between two of the client's: `next` is the client's, and acknowledges what the server has sent.
        func pieces(before next: Piece) -> [Piece] {
            let (ours, theirs) = (next.sequence, next.acknowledgment)
            func client(_ ahead: UInt32, _ flags: TCPFlags, _ payload: [UInt8] = []) -> Piece {
                Piece(
                    side: .client, sequence: ours &+ ahead, acknowledgment: flags.contains(.ack) ? theirs : 0, flags: flags,
                    payload: payload)
            }
            func server(_ ahead: UInt32, _ flags: TCPFlags, acknowledging number: UInt32) -> Piece {
                Piece(side: .server, sequence: theirs &+ ahead, acknowledgment: number, flags: flags)
            }
            switch self {
            case .resetFarAhead: return [client(123_456_789, [.rst])]
            case .resetFarBehind: return [client(0 &- 9_000_000, [.rst])]
            case .resetOfServer: return [server(2_000_000_000, [.rst, .ack], acknowledging: ours)]
            case .resetInWindow: return [client(1_000, [.rst, .ack])]
            case .resetWithWords: return [client(5, [.rst], Array("who are you? go away".utf8))]
            case .foreignSYN: return [client(0 &- 100_000, [.syn])]
            case .foreignAnswer: return [server(100_000, [.syn, .ack], acknowledging: ours)]
            case .farFIN: return [client(500_000, [.fin, .ack])]
            case .earlyFINs: return [client(0, [.fin, .ack]), server(0, [.fin, .ack], acknowledging: ours)]
            case .falseAcknowledgments:
                return Array(repeating: server(0, [.ack], acknowledging: ours &+ 100_000), count: 20)
            case .absurdAcknowledgments:
                return Array(repeating: server(0, [.ack], acknowledging: ours &+ 16_777_000), count: 20)
            }
        }
    }

    /// Both sides in turn, and where the client says its fourth sentence.
    private static func talk() -> (conversation: Conversation, pieces: [Piece], place: Int) {
        var conversation = Conversation.upgraded()
        for number in 0..<8 {
            conversation.frame(.client, 0x81, Array("question \(number)".utf8), key: [UInt8(number * number * 3 + 7), 2, 91, 4])
            conversation.frame(.server, 0x81, Array("answer \(number)".utf8))
        }
        for side in [Side.client, .server] { conversation.frame(side, 0x88, [3, 0xe8]) }
        let pieces = conversation.pieces()
        let place = pieces.indices.filter { pieces[$0].side == .client && !pieces[$0].payload.isEmpty }[4]
        return (conversation, pieces, place)
    }

    @Test("a segment that peers ignore neither ends nor changes what is shown", arguments: Oddity.allCases)
    func ignored(oddity: Oddity) throws {
        var (conversation, pieces, place) = Self.talk()
        pieces.insert(contentsOf: oddity.pieces(before: pieces[place]), at: place)
        let recording = Recording.of(conversation.packets(pieces))
        #expect(recording.faults == [])
        #expect(recording.connections.count == 1)
        let seen = try #require(recording.connections.first)
        for side in [Side.client, .server] { #expect(seen[side] == conversation.expected[side]) }
        #expect(seen.verdict?.manner == .closed)
        #expect(Set(seen.findings) == Set([oddity.rule].compactMap { $0 }))
    }

    @Test("a reset that fits ends a connection, although its sender seems to go on")
    func fitting() throws {
        var (conversation, pieces, place) = Self.talk()
        let next = pieces[place]
        pieces.insert(Piece(side: .client, sequence: next.sequence, acknowledgment: next.acknowledgment, flags: [.rst, .ack]), at: place)
        let seen = try #require(Recording.of(conversation.packets(pieces)).connections.first)
        #expect(seen.verdict?.manner == .reset)
        #expect(seen.client.frames.count == 3)
        #expect(seen.findings.contains(.dataAfterEnd))
    }

    @Test("a reset that stands before the Close that it answers hides nothing")
    func beforeClose() throws {
        var (conversation, pieces, _) = Self.talk()
        let close = try #require(pieces.lastIndex { $0.side == .server && !$0.payload.isEmpty })
        pieces.removeSubrange((close + 1)...)
        pieces.insert(Piece(side: .client, sequence: pieces[close].acknowledgment, acknowledgment: 0, flags: [.rst]), at: close)
        let seen = try #require(Recording.of(conversation.packets(pieces)).connections.first)
        for side in [Side.client, .server] { #expect(seen[side] == conversation.expected[side]) }
        #expect(seen.verdict?.manner == .closed)
    }

    @Test("a late reset of the connection before does not hide the new one")
    func stale() throws {
        var first = Self.talk().conversation
        var second = first
        first.clientStart = 1_000
        second.clientStart = 9_000_000
        second.serverStart = 80_000_000
        var begin = first.pieces(closes: false)
        let end = try #require(begin.last { $0.side == .client })
        let reset = Piece(
            side: .client, sequence: end.sequence &+ UInt32(end.payload.count), acknowledgment: 0, flags: [.rst])
        begin.append(reset)
        var again = second.pieces()
        again.insert(reset, at: 3)
        let recording = Recording.of(first.packets(begin) + second.packets(again))
        #expect(recording.connections.map { $0.client.frames.count } == [9, 9])
        #expect(recording.connections.last?.verdict?.manner == .closed)
        #expect(recording.connections.last?.findings == [.segmentIgnored])
    }

    @Test("ports used again by a connection that nobody ended begin a new one", arguments: [true, false])
    func reused(isAnswered: Bool) throws {
        let first = Self.talk().conversation
        var second = first
        second.clientStart = 9_000_000
        second.serverStart = 80_000_000
        var again = second.pieces()
        // Without its SYN-ACK, the numbers of what follows tell.
        if !isAnswered { again.remove(at: 1) }
        let recording = Recording.of(first.packets(first.pieces(closes: false)) + second.packets(again))
        #expect(recording.connections.map { $0.client.frames.count } == [9, 9])
        #expect(recording.connections.last?.findings == [])
    }

    /// Another copy of a segment that comes before it: injected, with a wrong checksum, with too few hops to live, or urgent.
    @Test("where the receiver took another copy than the first, what is shown goes on with that", arguments: [1, 9, 14, 30])
    func otherCopy(byteCount: Int) throws {
        var (conversation, pieces, place) = Self.talk()
        var odd = pieces[place]
        odd.payload = byteCount == 1 ? [0x58] : Conversation.frame(0x81, Array(repeating: 0x58, count: byteCount - 6), key: [9, 8, 7, 6])
        pieces.insert(odd, at: place)
        let seen = try #require(Recording.of(conversation.packets(pieces)).connections.first)
        #expect(seen.server == conversation.expected[.server])
        let sent = try #require(conversation.expected[.client]).messages.map(\.content)
        let shown = seen.client.messages.map(\.content)
        #expect(shown.filter { sent.contains($0) } == sent)
        #expect(shown.count <= sent.count + 1)
        #expect(seen.findings.contains(.retransmissionDiffers))
        #expect(seen.findings.allSatisfy { $0.severity == .note })
    }
}
