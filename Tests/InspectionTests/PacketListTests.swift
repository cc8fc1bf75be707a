import Bytes
import Channels
import Testing

@testable import Inspection

@Suite("Lists of packets name each packet once") struct PacketListTests {
    private func list(_ numbers: [UInt64], limit: Int = 1_000) -> PacketList {
        var list = PacketList()
        for number in numbers { list.add(number, limit: limit) }
        return list
    }

    private func origin(_ numbers: [UInt64]) -> Origin {
        let marks = numbers.map { PacketMark(number: $0, time: Timestamp(nanoseconds: 0)) }
        return Origin(first: marks[0], last: marks[marks.count - 1], between: Array(numbers.dropFirst().dropLast()))
    }

    private func numbers(_ list: PacketList) -> [UInt64] { list.count == 0 ? [] : [list.first] + list.rest }

    @Test("one packet after another, the same one once")
    func single() {
        #expect(numbers(list([])) == [])
        #expect(numbers(list([4])) == [4])
        #expect(numbers(list([4, 4, 5, 5, 9])) == [4, 5, 9])
        #expect(list([4, 5]).isPlain)
        #expect(!list([4, 5, 6]).isPlain)
    }

    @Test("pieces of a record share its packets, and records one packet")
    func origins() {
        var list = list([4])
        for numbers in [[4, 5, 6], [4, 5, 6], [6, 7], [6, 7], [7], [8, 9, 10]] as [[UInt64]] { list.add(origin(numbers), limit: 1_000) }
        #expect(numbers(list) == [4, 5, 6, 7, 8, 9, 10])
        #expect(list.omittedCount == 0)
    }

    @Test("packets in another order than their numbers are kept as they came")
    func disorder() {
        var list = list([7, 5])
        list.add(origin([5, 6]), limit: 1_000)
        list.add(origin([3, 8]), limit: 1_000)
        #expect(numbers(list) == [7, 5, 6, 3, 8])
    }

    @Test("beyond the limit each packet is counted once")
    func limit() {
        var list = list([1, 2, 3], limit: 3)
        for _ in 0..<3 { list.add(origin([3, 4, 5]), limit: 3) }
        #expect(numbers(list) == [1, 2, 3])
        #expect(list.omittedCount == 2)
        list.add(origin([5, 6]), limit: 3)
        list.add(6, limit: 3)
        #expect(list.omittedCount == 3)
        var sum = self.list([1, 2, 3], limit: 3)
        sum.add(list, limit: 3)
        #expect(numbers(sum) == [1, 2, 3])
        #expect(sum.omittedCount == 3)
    }

    @Test("a list is added without what both have, and its copies stay as they were")
    func lists() {
        var whole = list([1, 2, 3, 4])
        let copy = whole
        whole.add(list([2, 3, 4, 5, 6]), limit: 1_000)
        whole.add(list([6]), limit: 1_000)
        whole.add(list([]), limit: 1_000)
        #expect(numbers(whole) == [1, 2, 3, 4, 5, 6])
        #expect(numbers(copy) == [1, 2, 3, 4])
    }
}
