import Bytes
import Testing

@testable import Capture

@Suite struct PacketBatchTests {
    @Test("what is too young waits in another batch, in the order of time")
    func young() {
        var batch = PacketBatch()
        var waiting = PacketBatch()
        for (interface, time) in [(0, 10), (0, 30), (1, 5), (1, 20), (1, 31)] as [(UInt32, Int64)] {
            let bytes = [UInt8(time), UInt8(interface)]
            batch.append(bytes.span, time: Timestamp(nanoseconds: time), originalLength: 60, interface: interface)
        }
        batch.sort()
        batch.move(Timestamp(nanoseconds: 20)...Timestamp(nanoseconds: 30), to: &waiting)
        #expect(Self.firstBytes(batch) == [5, 10, 31])
        #expect(Self.firstBytes(waiting) == [20, 30])
        let (byteCount, ofFirst, ofSecond) = (batch.byteCount, batch.count(of: 0), batch.count(of: 1))
        #expect(byteCount == 6)
        #expect((ofFirst, ofSecond) == (1, 2))
        batch.move(Timestamp(nanoseconds: 100)...Timestamp(nanoseconds: 200), to: &waiting)
        #expect(Self.firstBytes(batch) == [5, 10, 31])
    }

    private static func firstBytes(_ batch: borrowing PacketBatch) -> [UInt8] {
        (0..<batch.count).map { batch.bytes(at: $0)[0] }
    }
}
