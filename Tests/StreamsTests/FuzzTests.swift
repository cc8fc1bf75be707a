import Packets
import Streams
import TestSupport
import Testing

@Suite struct FuzzTests {
    private static let corners: [UInt32] = [0, 1, 2, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, 0xFFFF_FFFE, 0xFFFF_FFFF, 1 << 24, 1 << 30]
    private static let lengths = [0, 1, 2, 100, 1_460, 65_535, 1 << 24, Int(Int32.max), Int(UInt32.max), 1 << 40]

    @Test("no sequence number, length or acknowledgement does harm", arguments: SeededRandom.seeds)
    func absurd(seed: UInt64) {
        var random = SeededRandom(seed)
        var receiver = Receiver()
        receiver.limits.heldByteCount = 20_000
        receiver.limits.heldWithoutPeer = 10
        var isBounded = true
        if Bool.random(using: &random) { receiver.synchronize(random.next32()) }
        for _ in 0..<4_000 {
            let base = Int.random(in: 0..<4, using: &random) == 0 ? 0 : receiver.reassembler.next
            let number =
                switch Int.random(in: 0..<4, using: &random) {
                case 0: base &+ Self.corners.randomElement(using: &random)!
                case 1: random.next32()
                case 2: base &+ .random(in: 0...4_000, using: &random)
                default: base &- .random(in: 0...200, using: &random)
                }
            switch Int.random(in: 0..<12, using: &random) {
            case 0: receiver.acknowledge(number)
            case 1 where Int.random(in: 0..<50, using: &random) == 0: receiver.synchronize(number)
            default:
                let bytes = random.bytes(.random(in: 0...300, using: &random))
                let length = Bool.random(using: &random) ? nil : Self.lengths.randomElement(using: &random)!
                let flags = TCPFlags(rawValue: UInt8.random(in: 0...255, using: &random) & .random(in: 0...255, using: &random))
                receiver.take(number, bytes, length: length, flags: flags)
            }
            if receiver.reassembler.heldBytes > 20_000 { isBounded = false }
        }
        receiver.finish()
        let (isConsistent, held) = (receiver.isConsistent, receiver.reassembler.heldBytes)
        #expect(isBounded)
        #expect(isConsistent)
        #expect(held == 0)
    }

    @Test("segments around one another, cut off and not, are never delivered twice or out of place", arguments: SeededRandom.seeds)
    func overlaps(seed: UInt64) {
        var random = SeededRandom(seed)
        for _ in 0..<200 {
            // Every byte says its own place, so that each delivered byte can be checked.
            let first = random.next32()
            var receiver = Receiver()
            receiver.synchronize(first &- 1)
            for _ in 0..<40 {
                let start = Int.random(in: 0..<100, using: &random)
                let length = Int.random(in: 1...40, using: &random)
                let captured = Bool.random(using: &random) ? length : Int.random(in: 0...length, using: &random)
                receiver.take(first &+ UInt32(start), (start..<start + captured).map { UInt8($0) }, length: length)
            }
            receiver.finish()
            var place = 0
            var isRight = true
            for run in receiver.runs {
                switch run {
                case .bytes(let bytes):
                    isRight = isRight && bytes == (place..<place + bytes.count).map { UInt8($0) }
                    place += bytes.count
                case .cutOff(let count): place += count
                case .gap(let count, _): place += Int(count)
                }
            }
            let (isConsistent, conflicts) = (receiver.isConsistent, receiver.contradictionCount)
            #expect(isRight)
            #expect(isConsistent)
            #expect(conflicts == 0)
        }
    }
}

extension SeededRandom {
    fileprivate mutating func next32() -> UInt32 { UInt32(truncatingIfNeeded: next()) }
}
