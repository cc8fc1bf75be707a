import Channels
import TestSupport
import Testing

@testable import QUIC

/// A real connection, damaged: nothing is invented, and nothing crashes.
@Suite(.enabled(if: UDPCapture.isSharedThere, "no ../shared/captures")) struct MutationTests {
    /// Each byte that is shown stands where it stood, and where none is shown there is a gap, or no end.
    private static func expectParts(_ feed: Feed, of whole: Recorder, _ comment: Comment) {
        for recorder in feed.recorded {
            for (name, side) in recorder.sides {
                #expect(!side.isFaulty, comment)
                let said = whole.sides[name]?.bytes ?? []
                var position = 0
                for run in side.content.split(separator: nil, omittingEmptySubsequences: false) {
                    let bytes = run.map { $0! }
                    if bytes.isEmpty { continue }
                    guard let found = said[position...].firstRange(of: bytes) else {
                        Issue.record("\(comment): \(name): bytes that were never said")
                        break
                    }
                    position = found.upperBound
                }
                if side.hasEnded { #expect(Int(side.next) == said.count, comment) }
            }
        }
    }

    @Test("with bits flipped, packets cut, repeated, swapped and left out, all that is shown was said", arguments: SeededRandom.seeds)
    func damaged(seed: UInt64) throws {
        let capture = try UDPCapture.shared("h3-streams")
        let whole = Feed(Feed.store(capture.keys))
        whole.take(capture.datagrams)
        whole.finish()
        var random = SeededRandom(seed)
        for round in 0..<20 {
            var datagrams = capture.datagrams
            for _ in 0...Int.random(in: 0...10, using: &random) {
                // The first ones say which connection it is.
                let index = Int.random(in: 1..<datagrams.count, using: &random)
                switch Int.random(in: 0..<6, using: &random) {
                case 0:
                    guard !datagrams[index].bytes.isEmpty else { break }
                    let place = Int.random(in: datagrams[index].bytes.indices, using: &random)
                    datagrams[index].bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 1: datagrams[index].bytes.removeLast(Int.random(in: 0...datagrams[index].bytes.count, using: &random))
                case 2: datagrams[index].bytes += random.bytes(Int.random(in: 1...50, using: &random))
                case 3: datagrams.insert(datagrams[index], at: Int.random(in: index...datagrams.count, using: &random))
                case 4: if index + 1 < datagrams.count { datagrams.swapAt(index, index + 1) }
                default: datagrams.remove(at: index)
                }
            }
            let feed = Feed(Feed.store(capture.keys))
            feed.take(datagrams)
            feed.finish()
            Self.expectParts(feed, of: whole.recorded[0], "seed \(seed), round \(round)")
        }
    }

    @Test("without any one packet, only its bytes are missing")
    func without() throws {
        let capture = try UDPCapture.shared("h3-streams")
        let whole = Feed(Feed.store(capture.keys))
        whole.take(capture.datagrams)
        whole.finish()
        for index in 1..<capture.datagrams.count {
            var datagrams = capture.datagrams
            let removed = datagrams.remove(at: index)
            let feed = Feed(Feed.store(capture.keys))
            feed.take(datagrams)
            feed.finish()
            Self.expectParts(feed, of: whole.recorded[0], "without \(removed.number)")
            let missing = feed.recorded[0].sides.values.reduce(0) { $0 + $1.missingCount }
            #expect(missing <= UInt64(removed.bytes.count), "without \(removed.number)")
        }
    }
}
