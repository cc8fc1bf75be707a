import Channels
import TestSupport
import Testing

@testable import TLS

/// Captures of real stacks, given to a session in other pieces than TCP brought them in, and damaged.
@Suite struct SessionTests {
    private static let rounds = 3
    /// Pieces that may have a hello in them.
    private static let helloCount = 4

    @Test("however what the peers send is cut, the same plaintext comes out", arguments: Fixture.names)
    func chopped(name: String) throws {
        let fixture = try Fixture(name)
        let whole = Feed.of(fixture.pieces, fixture.session())
        let isRead = whole.streams.values.contains { !$0.content.isEmpty }
        #expect(isRead == !name.hasPrefix("alert-unknown-ca"))
        #expect(!whole.streams.values.contains { $0.isFaulty })

        let bytes = Feed.of(fixture.pieces.flatMap { piece in piece.bytes.map { (piece.direction, [$0]) } }, fixture.session())
        #expect(bytes.streams == whole.streams, "byte by byte")
        for seed in SeededRandom.seeds.suffix(3) {
            var random = SeededRandom(seed)
            let cut = Feed.of(
                fixture.pieces.flatMap { Self.cut($0, upTo: [7, 100, 2_000].randomElement(using: &random)!, &random) }, fixture.session())
            #expect(cut.streams == whole.streams, "seed \(seed)")
        }
        #expect(whole.session.security.version != nil || name.hasPrefix("alert"))
    }

    @Test("what one side sends in a row may come at once", arguments: Fixture.names)
    func joined(name: String) throws {
        let fixture = try Fixture(name)
        var joined: [Fixture.Piece] = []
        for piece in fixture.pieces {
            if joined.last?.direction == piece.direction { joined[joined.count - 1].bytes += piece.bytes } else { joined.append(piece) }
        }
        #expect(Feed.of(joined, fixture.session()).streams == Feed.of(fixture.pieces, fixture.session()).streams)
    }

    @Test("bytes after the end that are no records bring nothing, and take nothing back", arguments: Fixture.names)
    func tail(name: String) throws {
        let fixture = try Fixture(name)
        let whole = Feed.of(fixture.pieces, fixture.session())
        var random = SeededRandom(5)
        for count in [1, 4, 5, 300, 40_000] {
            var feed = Feed.of(fixture.pieces, fixture.session())
            for direction in Direction.allCases { feed.take(random.bytes(count), direction) }
            for direction in Direction.allCases {
                let (shown, said) = (feed.streams[direction]!, whole.streams[direction]!)
                #expect(shown.content.filter { $0 != nil } == said.content.filter { $0 != nil }, "\(count) bytes")
            }
        }
    }

    @Test("a record between bytes that are no records is read, however it comes", arguments: ["tls13-chacha20", "tls13-aes-128-gcm"])
    func recordInNonsense(name: String) throws {
        let fixture = try Fixture(name)
        let last = try #require(fixture.pieces.lastIndex { $0.bytes.count > 40 })
        let nonsense = [UInt8](repeating: 0x2E, count: 9)
        var pieces = fixture.pieces
        pieces[last].bytes = nonsense + pieces[last].bytes + nonsense
        let whole = Feed.of(pieces, fixture.session())
        let bytewise = Feed.of(pieces.flatMap { piece in piece.bytes.map { (piece.direction, [$0]) } }, fixture.session())
        #expect(whole.streams == bytewise.streams)
        let said = Feed.of(fixture.pieces, fixture.session()).streams[pieces[last].direction]!
        #expect(whole.streams[pieces[last].direction]!.content.filter { $0 != nil } == said.content)
    }

    @Test("what looks like an alert among bytes that are no records is none")
    func alertInNonsense() throws {
        let fixture = try Fixture("tls13-chacha20")
        let hello = fixture.pieces[0]
        let answer = Array("HTTP/1.1 400 Bad Request\r\n".utf8) + [21, 3, 3, 0, 2, 2, 40] + Array("\r\nno TLS here".utf8)
        for end in [answer.count, answer.count - 13] {
            var feed = Feed.of([hello], fixture.session())
            feed.take(Array(answer[..<end]), hello.direction.opposite)
            feed.take(Array(answer[end...]), hello.direction.opposite)
            #expect(feed.streams[hello.direction.opposite]?.end == nil)
            #expect(feed.session.facts.opacity?.reason == "not-tls")
        }
    }

    @Test("without the keys, and with those of others, nothing comes out, and the reason is said", arguments: Fixture.names)
    func withoutKeys(name: String) throws {
        let fixture = try Fixture(name)
        let other = try Fixture(name == "tls13-chacha20" ? "tls13-aes-128-gcm" : "tls13-chacha20")
        for keys in [[], other.keys] {
            let feed = Feed.of(fixture.pieces, fixture.session(keys: keys))
            #expect(feed.streams.values.allSatisfy { $0.content.isEmpty })
            let reason = try #require(feed.session.facts.opacity?.reason)
            #expect(reason == "no-line" || reason == "handshake-failed" && name.hasPrefix("alert-unknown"), "\(reason)")
        }
        // No key log at all is another reason than one without lines.
        let feed = Feed.of(fixture.pieces, TLSSession(KeyStore()))
        #expect(feed.streams.values.allSatisfy { $0.content.isEmpty })
        #expect(feed.session.facts.opacity?.reason == (name.hasPrefix("alert-unknown") ? "handshake-failed" : "no-keys"))
    }

    @Test(
        "with bits flipped nothing is invented: what is shown was said, in order, with a gap or a reason for what is not",
        arguments: Fixture.names)
    func flipped(name: String) throws {
        let fixture = try Fixture(name)
        let whole = Feed.of(fixture.pieces, fixture.session())
        for seed in SeededRandom.seeds.suffix(3) {
            var random = SeededRandom(seed)
            for round in 0..<Self.rounds {
                var pieces = fixture.pieces
                var sparesHellos = true
                for _ in 0...Int.random(in: 0...3, using: &random) {
                    let index = Int.random(in: 0..<pieces.count, using: &random)
                    if index < Self.helloCount { sparesHellos = false }
                    pieces[index].bytes[.random(in: 0..<pieces[index].bytes.count, using: &random)] ^=
                        1 << UInt8.random(in: 0..<8, using: &random)
                }
                Self.expectParts(Feed.of(pieces, fixture.session()), of: whole, sparesHellos: sparesHellos, "seed \(seed), round \(round)")
            }
        }
    }

    @Test("with bytes left out, put in or cut off, the same", arguments: Fixture.names)
    func lengths(name: String) throws {
        let fixture = try Fixture(name)
        let whole = Feed.of(fixture.pieces, fixture.session())
        for seed in SeededRandom.seeds.suffix(3) {
            var random = SeededRandom(seed)
            for round in 0..<Self.rounds {
                var pieces = fixture.pieces
                let index = Int.random(in: 0..<pieces.count, using: &random)
                let place = Int.random(in: 0..<pieces[index].bytes.count, using: &random)
                switch round % 3 {
                case 0: pieces[index].bytes.remove(at: place)
                case 1: pieces[index].bytes.insert(contentsOf: random.bytes(.random(in: 1...9, using: &random)), at: place)
                default: pieces[index].bytes.removeSubrange(place...)
                }
                let feed = Feed.of(pieces, fixture.session())
                Self.expectParts(feed, of: whole, sparesHellos: index >= Self.helloCount, "seed \(seed), round \(round)")
            }
        }
    }

    @Test("with packets missing, all that is shown was said, in order", arguments: Fixture.names)
    func missing(name: String) throws {
        let fixture = try Fixture(name)
        let whole = Feed.of(fixture.pieces, fixture.session())
        // The first packets are those of the handshake and the upgrade; of those that follow some are enough.
        for index in fixture.pieces.indices where index < 24 || index % 16 == 0 {
            var feed = Feed(fixture.session())
            for (number, piece) in fixture.pieces.enumerated() {
                if number == index {
                    feed.noteGap(.exact(UInt64(piece.bytes.count)), piece.direction)
                } else {
                    feed.take(piece.bytes, piece.direction)
                }
            }
            Self.expectParts(feed, of: whole, sparesHellos: true, "without piece \(index)")
        }
    }

    /// What is shown in one go was said in one go, each after the other; what is not has a gap, a reason, or an end that came too early.
    ///
    /// - Parameter sparesHellos: the hellos, and what comes with them, were not changed. A hello that was may say that early data was
    ///   refused, which is skipped then. Where nothing says that it was, it is shown, and the client says the same once more.
    private static func expectParts(_ feed: Feed, of whole: Feed, sparesHellos: Bool, _ comment: Comment) {
        for direction in Direction.allCases {
            guard let shown = feed.streams[direction], let said = whole.streams[direction]?.content.compactMap({ $0 }) else { continue }
            #expect(!shown.isFaulty, comment)
            var start = 0
            var mayRepeat = !sparesHellos
            for run in shown.runs {
                guard let found = said[start...].firstRange(of: run) ?? (mayRepeat ? said.firstRange(of: run) : nil) else {
                    Issue.record("\(comment): \(run.count) bytes shown were never said, or not in this order")
                    break
                }
                if found.lowerBound < start { mayRepeat = false }
                start = found.upperBound
            }
            // Before the first gap nothing is missing.
            if sparesHellos, let first = shown.runs.first, shown.content.first != .some(nil) { #expect(said.starts(with: first), comment) }
        }
    }

    private static func cut(_ piece: Fixture.Piece, upTo largest: Int, _ random: inout SeededRandom) -> [Fixture.Piece] {
        var pieces: [Fixture.Piece] = []
        var rest = piece.bytes[...]
        while !rest.isEmpty {
            let count = min(.random(in: 1...largest, using: &random), rest.count)
            pieces.append((piece.direction, Array(rest.prefix(count))))
            rest = rest.dropFirst(count)
        }
        return pieces
    }
}
