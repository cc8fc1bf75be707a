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
        figures.addMessage(.text, from: .server, length: 2_000)
        #expect(figures.messageBytes[Side.server.rawValue][text] == 2_000)
        #expect(figures.messageByteCount == 2_000)
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

    @Test("the median of two round trips is the lesser one, as everywhere else")
    func median() {
        var figures = FrameFigures()
        for roundTrip in [112_000, 90_000] as [Int64] { figures.add(roundTrip: roundTrip) }
        let found = figures.roundTripFigures
        #expect(found?.count == 2 && found?.minimum == 90_000 && found?.median == 90_000)
        #expect(found?.longForMost == 112_000 && found?.maximum == 112_000)
    }

    @Test("the busiest second is of both sides, counted from the first frame")
    func busiestSecond() {
        var figures = FrameFigures()
        let start: Int64 = 1_700_000_000_900_000_000
        for (milliseconds, side) in [
            (0, Side.client), (999, .server), (1_000, .server), (1_500, .client), (1_999, .server), (2_000, .client),
        ] {
            figures.add(.text, from: side, length: 10, at: Timestamp(nanoseconds: start + Int64(milliseconds) * 1_000_000))
        }
        #expect(figures.busiest.frames.sum == 3)
        #expect(figures.busiest.bytes.sum == 30)
    }

    @Test("a frame that began earlier counts in its own second, and no time is too far away")
    func disorder() {
        var second = BusiestSecond()
        for time in [5_000_000_000, .min, .max, 7_100_000_000, 6_900_000_000, 4_999_999_999, 7_900_000_000, 6_000_000_000, 0] as [Int64] {
            second.add(1, at: Timestamp(nanoseconds: time))
        }
        #expect(second.sum == 2)
        second.add(5, at: Timestamp(nanoseconds: 4_000_000_000))
        #expect(second.sum == 6)
    }
}
