import Bytes
import Channels
import Testing

@Suite("An origin is added to")
struct OriginAdditionTests {
    private func origin(of numbers: [UInt64]) -> Origin {
        func mark(_ number: UInt64) -> PacketMark { PacketMark(number: number, time: Timestamp(nanoseconds: Int64(number))) }
        let between = Array(numbers.dropFirst().dropLast())
        return Origin(first: mark(numbers[0]), last: mark(numbers[numbers.count - 1]), between: between)
    }

    @Test(
        "what follows adds its packets, and none twice",
        arguments: [
            ([1], [1], [1]), ([1], [2], [1, 2]), ([1, 2], [2], [1, 2]), ([1, 2], [3], [1, 2, 3]),
            ([1, 2, 3], [3, 4, 5], [1, 2, 3, 4, 5]),
            ([1, 2, 3], [2, 3, 4], [1, 2, 3, 4]), ([1, 2, 3], [2, 4], [1, 2, 3, 2, 4]), ([1], [1, 2, 3], [1, 2, 3]),
            ([1, 2], [3, 4, 5], [1, 2, 3, 4, 5]),
        ] as [([UInt64], [UInt64], [UInt64])])
    func append(_ before: [UInt64], _ added: [UInt64], _ all: [UInt64]) {
        var sum = origin(of: before)
        sum.append(origin(of: added))
        #expect((0..<sum.count).map { sum[$0] } == all)
        #expect(sum.last.time == Timestamp(nanoseconds: Int64(all[all.count - 1])))
    }
}
