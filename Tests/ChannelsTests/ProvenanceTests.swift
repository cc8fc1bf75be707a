import Bytes
import Channels
import Testing

@Suite("Each byte of a stream has its packets") struct ProvenanceTests {
    static func mark(_ number: UInt64) -> PacketMark { PacketMark(number: number, time: Timestamp(nanoseconds: Int64(number) * 1_000)) }
    static func origin(_ numbers: UInt64...) -> Origin {
        Origin(first: mark(numbers[0]), last: mark(numbers[numbers.count - 1]), between: Array(numbers.dropFirst().dropLast()))
    }

    /// Bytes 0 to 9 of packet 1, 10 to 19 of 2, and what follows of 3.
    private static var three: Provenance {
        var provenance = Provenance()
        provenance.begin(origin(1))
        provenance.append(origin(2), at: 10)
        provenance.append(origin(3), at: 20)
        return provenance
    }

    private static func numbers(_ origin: Origin) -> [UInt64] { (0..<origin.count).map { origin[$0] } }

    @Test("a piece goes up to where the next one begins, the newest up to the end of everything")
    func pieces() {
        let provenance = Self.three
        #expect([0, 9, 10, 19, 20, 1_000].map { provenance.mark(at: $0).number } == [1, 1, 2, 2, 3, 3])
        #expect(provenance.pieceEnd(after: 0) == 10)
        #expect(provenance.pieceEnd(after: 10) == 20)
        #expect(provenance.pieceEnd(after: 20) == nil)
        #expect([9, 10, 11, 20, 30].map { provenance.isPieceEnd($0) } == [false, true, false, true, false])
        #expect(provenance.pieceCount == 2)
        #expect(provenance.newest == Self.origin(3))
    }

    @Test("a range has the packets of all its pieces, and of no other")
    func ranges() {
        let provenance = Self.three
        let cases = [(0..<10, [1]), (0..<11, [1, 2]), (9..<21, [1, 2, 3]), (10..<20, [2]), (19..<40, [2, 3]), (25..<26, [3])]
        for (range, expected) in cases {
            let origin = provenance.origin(of: UInt64(range.lowerBound)..<UInt64(range.upperBound))
            #expect(Self.numbers(origin) == expected.map { UInt64($0) }, "\(range)")
            #expect(origin.first == Self.mark(UInt64(expected[0])))
            #expect(origin.last == Self.mark(UInt64(expected[expected.count - 1])))
        }
    }

    @Test("pieces of the same records, and records that share a packet, name each packet once")
    func shared() {
        var provenance = Provenance()
        provenance.begin(Self.origin(1, 2, 3))
        provenance.append(Self.origin(1, 2, 3), at: 5)
        provenance.append(Self.origin(3, 4), at: 10)
        provenance.append(Self.origin(4), at: 12)
        provenance.append(Self.origin(5), at: 14)
        #expect(Self.numbers(provenance.origin(of: 0..<20)) == [1, 2, 3, 4, 5])
        #expect(Self.numbers(provenance.origin(of: 4..<6)) == [1, 2, 3])
        #expect(Self.numbers(provenance.origin(of: 11..<13)) == [3, 4])
    }

    @Test("the last packet of a byte is that with which its record was whole")
    func marks() {
        var provenance = Provenance()
        provenance.begin(Self.origin(1, 2, 7))
        #expect(provenance.mark(at: 3).number == 1)
        #expect(provenance.lastMark(at: 3).number == 7)
    }

    @Test("what is forgotten does not change the answers about the rest")
    func forgetting() {
        var provenance = Provenance()
        provenance.begin(Self.origin(1))
        for number in 2...1_000 as ClosedRange<UInt64> { provenance.append(Self.origin(number), at: (number - 1) * 10) }
        for offset in stride(from: 0, through: 9_000, by: 7) as StrideThrough<UInt64> {
            provenance.forget(upTo: offset)
            #expect(provenance.mark(at: offset).number == offset / 10 + 1)
            #expect(provenance.pieceCount == 999 - Int(offset / 10))
        }
        #expect(Self.numbers(provenance.origin(of: 9_005..<9_030)) == [901, 902, 903])
        provenance.forgetOlder()
        #expect(provenance.pieceCount == 0)
        #expect(provenance.mark(at: 9_500).number == 1_000)
    }
}

@Suite("A list of packets goes on with an origin") struct OriginTests {
    private func overlap(_ list: [UInt64], _ origin: Origin) -> Int { origin.overlap(endOf: list.count) { list[$0] } }

    @Test("what ends the list already is not added again")
    func overlap() {
        let origin = ProvenanceTests.origin(4, 5, 6)
        #expect(overlap([], origin) == 0)
        #expect(overlap([3], origin) == 0)
        #expect(overlap([3, 4], origin) == 1)
        #expect(overlap([3, 4, 5], origin) == 2)
        #expect(overlap([3, 4, 5, 6], origin) == 3)
        #expect(overlap([4, 5, 6, 7], origin) == 0)
        #expect(overlap([4, 9], origin) == 0)
        #expect(overlap([8, 4], ProvenanceTests.origin(4)) == 1)
    }
}
