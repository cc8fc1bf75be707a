import FuzzTargets
import System
import TestSupport
import Testing

/// The corpora with bytes changed at random: little fuzzing, without coverage, wherever the tests run.
@Suite("Mutated corpora")
struct MutationTests {
    /// Mutants of each input where they are asked for, which are others each time; else two, which are always the same.
    private static let askedCount = CurrentProcess.environment("WSRAY_MUTANTS").flatMap { Int($0) }

    @Test("inputs with bytes changed, moved, left out and put in break no promise", arguments: FuzzTarget.all.map(\.name))
    func mutants(name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        let seed = Self.askedCount == nil ? 1 : UInt64.random(in: 0 ... .max)
        var random = SeededRandom(seed)
        let inputs = Corpus.inputs(of: name)
        #expect(!inputs.isEmpty)
        for input in inputs {
            for _ in 0..<(Self.askedCount ?? 2) {
                let mutant = Self.mutant(of: input, inputs, &random)
                do {
                    try target.run(mutant)
                } catch {
                    Issue.record("seed \(seed), \(mutant.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()): \(error)")
                    return
                }
            }
        }
    }

    private static func mutant(of input: [UInt8], _ others: [[UInt8]], _ random: inout SeededRandom) -> [UInt8] {
        var bytes = input
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            guard !bytes.isEmpty else { return random.bytes(4) }
            let place = Int.random(in: bytes.indices, using: &random)
            let end = min(bytes.count, place + Int.random(in: 1...20, using: &random))
            switch Int.random(in: 0..<7, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0 ... .max, using: &random)
            case 1: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF, 0x22, 0x5C, 0x7B].randomElement(using: &random)!
            case 2: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 3: bytes.removeSubrange(place..<end)
            case 4: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &random))
            case 5: bytes.insert(contentsOf: random.bytes(Int.random(in: 1...4, using: &random)), at: place)
            default:
                guard let other = others.randomElement(using: &random), !other.isEmpty else { continue }
                let start = Int.random(in: other.indices, using: &random)
                bytes.replaceSubrange(place..<end, with: other[start..<min(other.count, start + 40)])
            }
        }
        return bytes
    }
}
