import Bytes
import Channels
import Digests
import Foundation
import TLS
import TestSupport
import Testing

@testable import QUIC

/// Captures of real ends (`fixtures/quic`), held against what the ends received.
@Suite struct FixtureTests {
    /// What one end received of a stream.
    struct Truth: Decodable {
        var what: String?
        var cipher: String?
        var updates: Int?
        var missing: UInt64?
        var close: UInt64?
        var stream: UInt64?
        var from: String?
        var length: Int?
        var sha256: String?
        var ends: Bool?
        var reset: UInt64?
        var stop: UInt64?
    }

    struct Fixture {
        var capture: UDPCapture
        var facts: Truth
        var streams: [Truth]

        init(_ name: String) throws {
            let folder = UDPCapture.repository.appendingPathComponent("fixtures/quic/\(name)")
            capture = try UDPCapture(
                folder.appendingPathComponent("capture.pcap"), keys: folder.appendingPathComponent("keys.txt"))
            let lines = try String(contentsOf: folder.appendingPathComponent("truth.jsonl"), encoding: .utf8).split(separator: "\n")
            let all = try lines.map { try JSONDecoder().decode(Truth.self, from: Data($0.utf8)) }
            facts = all[0]
            streams = Array(all.dropFirst())
        }

        func feed(_ datagrams: [Feed.Datagram]? = nil) -> Feed {
            let feed = Feed(Feed.store(capture.keys), protocols: ["hq-test"])
            feed.take(datagrams ?? capture.datagrams)
            feed.finish()
            return feed
        }
    }

    static let names = [
        "updates-aes-128", "updates-aes-256", "updates-chacha", "rebinding", "migration", "retry", "version-negotiation", "version-2",
        "compatible-version", "early-data-taken", "early-data-refused", "resets", "loss", "capture-loss", "small-windows",
    ]

    @Test("what the ends received is what is shown, of one connection", arguments: names)
    func whole(name: String) throws {
        let fixture = try Fixture(name)
        let feed = fixture.feed()
        #expect(feed.connections.count == 1)
        #expect(feed.strayCount == 0)
        let connection = try #require(feed.connections.first)
        let facts = connection.facts
        #expect(facts.opacity == nil && facts.unread == nil)
        if let cipher = fixture.facts.cipher { #expect(facts.security?.cipher == cipher) }
        let client = try #require(facts.client)
        var count = 0
        for truth in fixture.streams {
            let direction = truth.from == "client" ? client : client.opposite
            let stream = try #require(truth.stream)
            let side = try #require(feed.recorded[0].sides[Recorder.Name(stream: stream, direction: direction)])
            #expect(!side.isFaulty)
            count += 1
            #expect(side.reset == truth.reset)
            if let stop = truth.stop { #expect(side.stop == stop) }
            #expect(side.hasEnded == (truth.ends ?? false))
            if fixture.facts.missing != nil {
                #expect(side.bytes.count + Int(side.missingCount) == truth.length)
                continue
            }
            #expect(side.missingCount == 0)
            #expect(side.bytes.count == truth.length)
            #expect(SHA256.hash(side.bytes.span) == truth.sha256.map(Vectors.bytes))
        }
        #expect(count > 0)
        if let updates = fixture.facts.updates {
            #expect(connection.fromLow.phases?.generation == updates)
            #expect(connection.fromHigh.phases?.generation == updates)
        }
        #expect(connection.malformedCount == 0)
        #expect(connection.end?.by == client)
        #expect(connection.end?.reason.code == fixture.facts.close ?? 0)
        let missing = connection.traffic(of: .fromLow).missingPacketCount + connection.traffic(of: .fromHigh).missingPacketCount
        // Of packets that only acknowledge, the last ones are acknowledged by nobody.
        if let expected = fixture.facts.missing { #expect(missing <= expected && missing + 3 >= expected) } else { #expect(missing == 0) }
    }

    @Test("early data show whether the session was resumed and taken")
    func earlyData() throws {
        for name in ["early-data-taken", "early-data-refused"] {
            let connection = try #require(try Fixture(name).feed().connections.first)
            #expect(connection.earlyData == (name == "early-data-taken" ? .accepted : .refused))
            #expect(connection.facts.security?.isResumed == (name == "early-data-taken"))
        }
    }

    @Test("what the network lost is no loss of the capture, and is counted")
    func loss() throws {
        let fixture = try Fixture("loss")
        let connection = try #require(fixture.feed().connections.first)
        for direction in Direction.allCases { #expect(connection.traffic(of: direction).missingPacketCount == 0) }
    }

    @Test("a client that has to wait for room is said to, and then not any more")
    func windows() throws {
        let feed = try Fixture("small-windows").feed()
        let stalls = feed.outputs[0, default: []].compactMap { action -> Bool? in
            if case .stall(let isStalled, _, _) = action { isStalled } else { nil }
        }
        #expect(stalls.contains(true) && stalls.contains(false))
    }

    @Test("with datagrams swapped and repeated the same comes out", arguments: names.filter { $0 != "capture-loss" })
    func shuffled(name: String) throws {
        let fixture = try Fixture(name)
        let whole = fixture.feed()
        for seed in SeededRandom.seeds {
            var random = SeededRandom(seed)
            var datagrams = fixture.capture.datagrams
            // The handshake says which keys there are; what comes after it at about the same time may come in another order.
            for index in 12..<datagrams.count - 4 where Int.random(in: 0..<4, using: &random) == 0 {
                let other = index + Int.random(in: 1...3, using: &random)
                if abs(datagrams[index].time - datagrams[other].time) < 5_000_000 { datagrams.swapAt(index, other) }
            }
            for _ in 0..<10 {
                let index = Int.random(in: 12..<datagrams.count, using: &random)
                datagrams.insert(datagrams[index], at: min(datagrams.count, index + Int.random(in: 0...5, using: &random)))
            }
            let feed = fixture.feed(datagrams)
            #expect(feed.connections.count == 1)
            for (side, other) in whole.recorded[0].sides {
                let shown = feed.recorded[0].sides[side]
                // A reset may overtake bytes, which nobody wants any more then.
                if other.reset == nil { #expect(shown?.content == other.content && shown?.hasEnded == other.hasEnded, "seed \(seed)") }
                #expect(shown?.isFaulty == false)
            }
        }
    }
}
