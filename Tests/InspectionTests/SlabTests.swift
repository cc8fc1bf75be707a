import Bytes
import TestSupport
import Testing

@testable import Inspection

@Suite("Rows of a slab stay where they are") struct SlabTests {
    /// Says when it goes.
    private final class Guest {
        let number: Int
        let leave: (Int) -> Void
        init(_ number: Int, _ leave: @escaping (Int) -> Void) {
            self.number = number
            self.leave = leave
        }
        deinit { leave(number) }
    }

    @Test("what is inserted is found at its index, across growth and removals", arguments: SeededRandom.seeds)
    func model(seed: UInt64) {
        var random = SeededRandom(seed)
        var slab = Slab<Int>(capacity: 2)
        var model: [Int: Int] = [:]
        for step in 1...3_000 {
            if Int.random(in: 0..<3, using: &random) > 0 {
                let next = slab.nextIndex
                let index = slab.insert(step)
                #expect(index == next)
                #expect(model[index] == nil)
                model[index] = step
            } else if let index = model.keys.sorted().randomElement(using: &random) {
                slab.remove(index, leaving: 0)
                model[index] = nil
            }
        }
        #expect(slab.count == model.count)
        #expect(model.allSatisfy { slab[$0.key] == $0.value })
        #expect(slab.usedCount >= slab.count)
    }

    @Test("a row that is removed lets go of what it had, and the rest with the slab")
    func release() {
        var left: [Int] = []
        do {
            var slab = Slab<Guest?>(capacity: 1)
            for number in 0..<5 { _ = slab.insert(Guest(number) { left.append($0) }) }
            slab.remove(3, leaving: nil)
            #expect(left == [3])
            #expect(slab.nextIndex == 3)
        }
        #expect(left.sorted() == [0, 1, 2, 3, 4])
    }
}

@Suite("Notes on connections are found by row and number") struct ConnectionTableTests {
    private func connection(_ number: UInt64, row: Int) -> Connection {
        let end = PacketBuilder.client
        return Connection(
            number: number, client: end, server: end, status: .open,
            handshake: Handshake(time: Timestamp(nanoseconds: 0), fractionDigits: 6), inferred: [], row: row)
    }

    @Test("a note is never taken for that of another connection with the row")
    func reuse() {
        var table = ConnectionTable<String>()
        let (first, second) = (connection(1, row: 4), connection(2, row: 4))
        #expect(table[first] == nil)
        table[first] = "first"
        #expect(table[second] == nil)
        table[second] = nil
        #expect(table[first] == "first")
        table[second] = "second"
        #expect(table[first] == nil)
        #expect(table.values == ["second"])
        table[second] = nil
        #expect(table.values == [])
    }

    @Test("notes in many rows are found by their own connections alone")
    func rows() {
        var table = ConnectionTable<Int>()
        let connections = [0, 1, 63, 64, 65, 200].enumerated().map { connection(UInt64($0 + 1), row: $1) }
        for connection in connections where connection.row != 64 { table[connection] = connection.row }
        for connection in connections { #expect(table[connection] == (connection.row == 64 ? nil : connection.row)) }
        let beyond = connection(9, row: 100_000)
        #expect(table[beyond] == nil)
        #expect(!table.mayHave(beyond))
        table.removeAll()
        for connection in connections { #expect(!table.mayHave(connection)) }
    }
}
