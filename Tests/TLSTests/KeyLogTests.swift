import Bytes
import TestSupport
import Testing

@testable import TLS

/// Key logs as programs write them (RFC 9850 §2), and what is no line of one.
@Suite struct KeyLogTests {
    private static let random = String(repeating: "0123456789abcdef", count: 4)
    private static let other = String(repeating: "fedcba9876543210", count: 4)
    private static let secret = String(repeating: "a5", count: 32)
    private static let long = String(repeating: "5a", count: 48)

    /// Each label, as NSS, OpenSSL, GnuTLS, Go and others write it, among what is no line.
    private static let log = """
        # a comment, written by NSS
        CLIENT_RANDOM \(random) \(long)
        PMS_CLIENT_RANDOM \(random) \(secret)
        CLIENT_EARLY_TRAFFIC_SECRET \(random) \(secret)\r
        CLIENT_HANDSHAKE_TRAFFIC_SECRET \(random) \(secret)
        SERVER_HANDSHAKE_TRAFFIC_SECRET \(random.uppercased()) \(secret.uppercased())
        CLIENT_TRAFFIC_SECRET_0   \(random)\t\(long)  \r
          SERVER_TRAFFIC_SECRET_0 \(other) \(long)
        EXPORTER_SECRET \(random) \(secret)
        CLIENT_TRAFFIC_SECRET_1 \(random) \(secret)
        A_LABEL_OF_TOMORROW \(random) \(secret)
        RSA 0123456789abcdef \(long)
        RSA Session-ID:00ff Master-Key:\(long)

        CLIENT_RANDOM \(random)
        CLIENT_RANDOM \(random.dropLast()) \(long)
        CLIENT_RANDOM \(random.dropLast(2)) \(long)
        CLIENT_RANDOM \(random) \(long.dropLast())
        CLIENT_RANDOM \(random) xyz\(long)
        CLIENT_RANDOM \(random) \(long) more
        nonsense \u{0}\u{FFFD}
        RSA 01234567 \(long)
        SERVER_HANDSHAKE_TRAFFIC_SECRET \(other) \(secret)
        """

    /// What a store has after a log.
    private struct Found: Equatable {
        var items: [String]
        var counts: [KeyLogLabel: Int]
        var unused: Int
        var unknown: Int
        var bad: Int
        var firstBad: Int?
        var premaster: [UInt8]?
        var session: [UInt8]?

        init(_ store: KeyStore) {
            items = [KeyLogTests.random, KeyLogTests.other].flatMap { random in
                store.items(of: Random(bytes: random.decoded)).map { "\(random.prefix(4)) \($0.label) \($0.secret.bytes)" }
            }
            let source = store.sources[0]
            (counts, unused, unknown) = (source.lineCounts, source.unusedLineCount, source.unknownLineCount)
            (bad, firstBad) = (source.badLineCount, source.firstBadLine)
            premaster = store.premaster(encryptedPrefix: 0x0123_4567_89AB_CDEF)?.secret.bytes
            session = store.master(sessionID: [0, 0xFF])?.secret.bytes
        }
    }

    private static func read(_ pieces: [[UInt8]], limit: Int = 1_000_000) -> KeyStore {
        let store = KeyStore(limit: limit)
        let reader = KeyLogReader(into: store, source: store.addSource("keys.txt"))
        for piece in pieces { reader.take(piece.span) }
        reader.finish()
        return store
    }

    @Test("each kind of line is read, and garbage between them is counted and no more")
    func lines() {
        let found = Found(Self.read([Array(Self.log.utf8)]))
        let (short, long) = ("\([UInt8](repeating: 0xA5, count: 32))", "\([UInt8](repeating: 0x5A, count: 48))")
        #expect(
            found.items == [
                "0123 clientRandom \(long)", "0123 premaster \(short)", "0123 clientEarly \(short)", "0123 clientHandshake \(short)",
                "0123 serverHandshake \(short)", "0123 clientTraffic \(long)", "fedc serverTraffic \(long)",
                "fedc serverHandshake \(short)",
            ])
        #expect(found.counts[.serverHandshake] == 2 && found.counts[.rsa] == 2 && found.counts.count == KeyLogLabel.allCases.count)
        #expect(found.unused == 2)
        #expect(found.unknown == 1)
        #expect(found.bad == 8)
        #expect(found.firstBad == 15)
        #expect(found.premaster == [UInt8](repeating: 0x5A, count: 48))
        #expect(found.session == [UInt8](repeating: 0x5A, count: 48))
    }

    @Test("cut at any byte, or into single ones, a log says the same")
    func chopped() {
        let bytes = Array(Self.log.utf8)
        let whole = Found(Self.read([bytes]))
        #expect(Found(Self.read(bytes.map { [$0] })) == whole)
        for cut in bytes.indices { #expect(Found(Self.read([Array(bytes[..<cut]), Array(bytes[cut...])])) == whole, "cut at \(cut)") }
    }

    @Test("with CR LF throughout, or an end to the last line, it says the same")
    func lineEnds() {
        let whole = Found(Self.read([Array(Self.log.utf8)]))
        let plain = Self.log.replacing("\r\n", with: "\n").replacing("\n", with: "\r\n")
        #expect(Found(Self.read([Array(plain.utf8)])) == whole)
        #expect(Found(Self.read([Array((Self.log + "\n").utf8)])) == whole)
    }

    @Test("a line that is too long is one bad line, and the next is read", arguments: [4_097, 100_000])
    func overlong(count: Int) {
        let line = "SERVER_TRAFFIC_SECRET_0 \(Self.random) \(Self.secret)"
        let garbage = [UInt8](repeating: UInt8(ascii: "a"), count: count)
        for pieces in [
            [garbage + [10] + Array(line.utf8)], [garbage, [10], Array(line.utf8)], (garbage + [10] + Array(line.utf8)).map { [$0] },
        ] {
            let store = Self.read(pieces)
            #expect(store.sources[0].badLineCount == 1)
            #expect(store.items(of: Random(bytes: Self.random.decoded)).count == 1)
        }
        #expect(Self.read([garbage]).sources[0].badLineCount == 1, "also at the end")
        // Padded with blanks to the longest that is read, it is a line.
        let padded = Array(line.utf8) + [UInt8](repeating: UInt8(ascii: " "), count: 4_096 - line.utf8.count)
        #expect(Self.read([padded]).sources[0].secretCount == 1)
    }

    @Test("any bytes at all have an outcome, and lines between them are found", arguments: SeededRandom.seeds)
    func garbage(seed: UInt64) {
        var random = SeededRandom(seed)
        let line = Array("\nCLIENT_RANDOM \(Self.random) \(Self.long)\n".utf8)
        for _ in 0..<50 {
            let noise = random.bytes(.random(in: 0...300, using: &random))
            var changed = Array(Self.log.utf8)
            for _ in 0..<5 { changed[.random(in: 0..<changed.count, using: &random)] = UInt8(truncatingIfNeeded: random.next()) }
            let store = Self.read([noise + line + noise, changed])
            #expect(store.items(of: Random(bytes: Self.random.decoded)).contains { $0.label == .clientRandom })
        }
    }

    @Test("a line that comes again is kept once, and a store that is full says so")
    func limits() {
        let line = Array("CLIENT_RANDOM \(Self.random) \(Self.long)\n".utf8)
        let again = Self.read([line + line + line])
        #expect(again.items(of: Random(bytes: Self.random.decoded)).count == 1)
        #expect(again.generation == 1 && !again.isFull)
        #expect(again.sources[0].lineCounts[.clientRandom] == 3)

        let randoms = (0..<5).map { number in String(repeating: "0\(number)", count: 32) }
        let many = randoms.flatMap { Array("CLIENT_RANDOM \($0) \(Self.long)\n".utf8) }
        let full = Self.read([many], limit: 3)
        #expect(full.isFull && full.randomCount == 3)
        #expect(full.items(of: Random(bytes: randoms[2].decoded)).count == 1)
        #expect(full.items(of: Random(bytes: randoms[3].decoded)).isEmpty)
        #expect(!Self.read([many], limit: 5).isFull)

        // One client random with secret after secret: no more than a proxy's connections would have.
        let secrets = (0..<200).flatMap { number in
            Array("CLIENT_RANDOM \(Self.random) \(String(number + 256, radix: 16).suffix(2))\(Self.long)\n".utf8)
        }
        let crowded = Self.read([secrets])
        #expect(crowded.items(of: Random(bytes: Self.random.decoded)).count == 32 && crowded.isFull)
    }
}
