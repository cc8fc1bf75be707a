import Subprotocols
import TestSupport
import Testing
import WebSocket

/// What must hold of each protocol that is known, shown with a talk in it at least.
@Suite struct EveryProtocolTests {
    static let talks = Talk.recorded + Talk.made

    @Test("each protocol that is known is spoken in a talk here, and recognised")
    func complete() {
        var spoken: Set<String> = []
        for talk in Self.talks { spoken.formUnion(Notes.of(talk.segments()).counts.filter { $0.value > 0 }.keys) }
        let known = Set(Conversation.protocolNames.map { "\($0)" }).subtracting(["paired", "program"] + (Talk.hasZstd ? [] : ["zstd"]))
        #expect(known.subtracting(spoken) == [])
        #expect(Talk.recorded.count > 40)
    }

    @Test("operations are the same however segments and frames cut the messages", arguments: talks)
    func cut(talk: Talk) {
        let whole = Notes.of(talk.segments()).lines
        if !talk.name.hasPrefix("none-") { #expect(!whole.isEmpty) }
        for seed in [SeededRandom.seeds[0], SeededRandom.seeds.last!] {
            for largest in [1, 40] {
                var cuts = SeededRandom(seed)
                #expect(
                    Notes.of(talk.segments { .random(in: 1...largest, using: &cuts) }).lines == whole, "segments up to \(largest), \(seed)")
            }
            var (cuts, fragments) = (SeededRandom(seed), SeededRandom(seed))
            let segments = talk.segments(fragment: { .random(in: 1...60, using: &fragments) }, cut: { .random(in: 1...80, using: &cuts) })
            #expect(Notes.of(segments).lines == whole, "fragments, \(seed)")
        }
    }

    @Test("changed messages never trap, and their operations claim no more than was said", arguments: talks)
    func mutations(talk: Talk) {
        var random = SeededRandom(7)
        for _ in 0..<8 {
            var script = Script(talk)
            for message in talk.messages {
                var message = message
                for _ in 0..<Int.random(in: 0...3, using: &random) { message.change(&random) }
                script.send(message, isWhole: Int.random(in: 0..<20, using: &random) > 0)
            }
            #expect(script.faults == [])
        }
    }

    @Test("nesting without end, names without number and lengths that lie are bounded", arguments: talks, Bomb.all)
    func bombs(talk: Talk, bomb: Bomb) {
        for side in [Side.client, .server] {
            var script = Script(talk)
            for message in talk.messages.prefix(6) { script.send(message) }
            script.send(Talk.Said(side: side, content: bomb.bytes, isText: bomb.isText))
            #expect(script.faults == [])
        }
    }
}

extension Talk.Said {
    /// A byte is changed, dropped or repeated, or the rest is cut off.
    mutating func change(_ random: inout SeededRandom) {
        guard !content.isEmpty else { return }
        let place = Int.random(in: 0..<content.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: content[place] = UInt8.random(in: 0...255, using: &random)
        case 1: content[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
        case 2: content.remove(at: place)
        case 3: content.insert(content[Int.random(in: 0..<content.count, using: &random)], at: place)
        case 4: content.removeLast(content.count - place)
        default: side = side.other
        }
    }
}

/// Messages that are made to cost much.
struct Bomb: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var bytes: [UInt8]
    var isText: Bool { bytes.allSatisfy { $0 < 0x80 && ($0 >= 0x20 || $0 == 0x0A || $0 == 0x1E) } }

    private init(_ name: String, _ bytes: [UInt8]) { (testDescription, self.bytes) = (name, bytes) }

    private static func repeated(_ text: String, _ count: Int) -> [UInt8] { repeated(Array(text.utf8), count) }
    private static func repeated(_ bytes: [UInt8], _ count: Int) -> [UInt8] { (0..<count).flatMap { _ in bytes } }

    static let all = [
        Bomb("arrays in arrays", repeated("[", 5_000)),
        Bomb("objects in objects", repeated(#"{"id":"#, 6_000)),
        Bomb(
            "members without number", Array("{".utf8) + repeated(#""id":1,"type":"a","event":"b","op":1,"#, 5_000) + Array(#""x":0}"#.utf8)),
        Bomb("records without number", repeated("{\"type\":6}\u{1E}\n", 3_000)),
        Bomb("a long name", Array(#"{"method":""#.utf8) + repeated("a", 60_000) + Array(#"","id":1,"jsonrpc":"2.0"}"#.utf8)),
        Bomb("escapes", Array(#"{"type":""#.utf8) + repeated(#"\u0000"#, 6_000) + Array(#""}"#.utf8)),
        Bomb("MessagePack in itself", repeated([0x91], 5_000)),
        Bomb("a map that says it is long", [0xDF, 0xFF, 0xFF, 0xFF, 0xFF] + repeated([0xA1, 0x61, 0xC0], 5_000)),
        Bomb("CBOR in itself", repeated([0x9F], 5_000)),
        Bomb("tags in tags", repeated([0xC1], 5_000)),
        Bomb("protobuf in itself", repeated([0x0A, 0xFF, 0x7F], 6_000)),
        Bomb("numbers that never end", repeated([0xFF], 5_000)),
        Bomb("terms in terms", [131] + repeated([108, 0, 0, 0, 1], 5_000)),
        Bomb("documents in documents", repeated([0xFF, 0xFF, 0xFF, 0x7F, 3, 0x61, 0], 4_000)),
        Bomb("zeros", repeated([0], 5_000)),
        Bomb("empty lines", repeated("\n", 5_000)),
    ]
}
