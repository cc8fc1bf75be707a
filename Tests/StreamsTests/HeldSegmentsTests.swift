import Bytes
import Channels
import TestSupport
import Testing

@testable import Streams

@Suite("Segments that wait are in order") struct HeldSegmentsTests {
    private static let mark = PacketMark(number: 1, time: Timestamp(nanoseconds: 0))

    /// The byte at an offset of the stream.
    private static func byte(_ offset: Int) -> UInt8 { UInt8(truncatingIfNeeded: offset &* 7 ^ offset >> 8) }

    private static func add(_ range: Range<Int>, to held: HeldSegments, next: UInt32 = 0) -> Int {
        let bytes = range.map { byte($0) }
        return held.add(
            bytes.span, length: bytes.count, from: 0, at: next &+ UInt32(truncatingIfNeeded: range.lowerBound), mark: mark, next: next)
    }

    /// Takes out everything; the offsets and bytes in order.
    private static func drain(_ held: HeldSegments, next: UInt32 = 0) -> (starts: [Int], areRight: Bool) {
        var starts: [Int] = []
        var areRight = true
        while !held.isEmpty {
            let piece = held.removeFirst()
            let start = Int(piece.sequence &- next)
            starts.append(start)
            for (index, byte) in piece.bytes.enumerated() where byte != Self.byte(start + index) { areRight = false }
        }
        return (starts, areRight)
    }

    @Test("in reverse order, without moving each for every other one")
    func reversed() {
        let held = HeldSegments()
        let count = 50_000
        for index in (0..<count).reversed() { #expect(Self.add(10 + index * 2..<12 + index * 2, to: held) == 2) }
        #expect(held.count == count)
        // The room in front doubles each time it is used up.
        #expect(held.movedCount < 2 * count)
        let (starts, areRight) = Self.drain(held)
        #expect(starts == (0..<count).map { 10 + $0 * 2 })
        #expect(areRight)
        #expect(held.byteCount == 0)
    }

    @Test("in order nothing moves, and what was taken leaves no room behind")
    func inOrder() {
        let held = HeldSegments()
        _ = Self.add(1..<2, to: held)
        for index in 1..<50_000 {
            _ = Self.add(index * 3..<index * 3 + 2, to: held)
            if index % 2 == 0 || index > 100 { _ = held.removeFirst() }
        }
        #expect(held.count < 100)
        #expect(held.movedCount < 50_000)
        #expect(Self.drain(held).areRight)
    }

    @Test("a first one that is taken and another put before the next one move nothing else")
    func alternating() {
        let held = HeldSegments()
        let (first, count) = (100_000, 1_000)
        for index in 0..<count { _ = Self.add(first + index * 2..<first + index * 2 + 1, to: held) }
        let before = held.movedCount
        for index in 0..<10_000 {
            _ = Self.add(10 + index * 4..<12 + index * 4, to: held)
            _ = held.removeFirst()
        }
        #expect(held.count == count)
        #expect(held.movedCount - before < 20_000)
    }

    @Test("in any order, overlapping or not, across the end of sequence numbers", arguments: SeededRandom.seeds)
    func shuffled(seed: UInt64) {
        var random = SeededRandom(seed)
        let next = UInt32.max - 3_000
        let held = HeldSegments()
        var covered: Set<Int> = []
        for _ in 0..<1_500 {
            let start = Int.random(in: 1...8_000, using: &random)
            let range = start..<start + Int.random(in: 1...12, using: &random)
            let fresh = Set(range).subtracting(covered)
            #expect(Self.add(range, to: held, next: next) == fresh.count)
            covered.formUnion(fresh)
        }
        var offsets: [Int] = []
        var isRight = true
        while !held.isEmpty {
            let piece = held.removeFirst()
            let start = Int(piece.sequence &- next)
            for (index, byte) in piece.bytes.enumerated() where byte != Self.byte(start + index) { isRight = false }
            offsets += start..<start + piece.bytes.count
        }
        #expect(offsets == covered.sorted())
        #expect(isRight)
        #expect(held.byteCount == 0)
    }
}
