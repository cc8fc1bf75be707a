import Channels
import TestSupport
import Testing

@testable import QUIC

@Suite struct PathTableTests {
    @Test("any paths that come and go are found as long as they are there", arguments: SeededRandom.seeds)
    func comings(seed: UInt64) throws {
        var random = SeededRandom(seed)
        let dialogues = [Dialogue.opened(), Dialogue.opened()]
        let connections = try dialogues.map { try #require($0.feed.connections.first) }
        var table = PathTable()
        var expected: [UInt64: (connection: Int, isSwapped: Bool)] = [:]
        for _ in 0..<4_000 {
            // Few of their lowest bits differ, so that many want the same slots, also the last ones.
            let path = UInt64.random(in: 0..<64, using: &random) << 32 | UInt64.random(in: 60..<66, using: &random)
            if Bool.random(using: &random) {
                let entry = (connection: Int.random(in: 0...1, using: &random), isSwapped: Bool.random(using: &random))
                table.insert(PathTable.Entry(path, connections[entry.connection], isSwapped: entry.isSwapped))
                expected[path] = entry
            } else {
                table.remove(path)
                expected[path] = nil
            }
            let found = table[path]
            #expect(found?.isSwapped == expected[path]?.isSwapped)
        }
        let count = table.count
        #expect(count == expected.count)
        for path in (0..<64).flatMap({ high in (60..<66).map { UInt64(high) << 32 | $0 } }) {
            let found = table[path]
            #expect(found?.retained === expected[path].map { connections[$0.connection] })
            #expect(found?.inside(.fromLow) == expected[path].map { $0.isSwapped ? .fromHigh : .fromLow })
        }
    }
}
