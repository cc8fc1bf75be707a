import Bytes
import Statistics
import Testing
import WebSocket

@Suite("Figures of many frames")
struct FrameFiguresTests {
    @Test("frames are counted by side, kind and size")
    func kinds() {
        var figures = FrameFigures()
        for (side, length) in [(Side.client, 0), (.client, 1), (.server, 1_000), (.server, UInt64.max / 4)] as [(Side, UInt64)] {
            figures.add(.text, from: side, length: length, at: Timestamp(nanoseconds: 1))
        }
        let text = Int(Opcode.text.rawValue)
        #expect(figures.count == 4)
        #expect(figures.frames[Side.client.rawValue][text] == 2)
        #expect(figures.bytes[Side.client.rawValue][text] == 1)
        #expect(figures.sizes[Side.client.rawValue].prefix(2) == [1, 1])
        #expect(figures.sizes[Side.server.rawValue][10] == 1)
        #expect(figures.sizes[Side.server.rawValue][33] == 1)
    }

    @Test("round trips are thinned out evenly when there are too many to keep")
    func roundTrips() {
        var figures = FrameFigures()
        for roundTrip in 0..<Int64(200_000) { figures.add(roundTrip: roundTrip) }
        #expect(figures.roundTrips.count <= 65_536)
        #expect(figures.roundTrips.first == 0)
        #expect(figures.roundTrips == Array(stride(from: 0, to: 200_000, by: 4)))
    }
}
