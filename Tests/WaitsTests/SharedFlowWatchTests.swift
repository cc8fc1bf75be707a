import Testing
import WebSocket

@testable import Waits

@Suite("Frames that wait for bytes of other streams")
struct SharedFlowWatchTests {
    /// Segments of 100 bytes from the server, numbered from 0; each brings a whole frame of a WebSocket connection.
    private struct Wire {
        let watch = SharedFlowWatch()
        var packet: UInt64 = 0

        /// - Returns: the packet.
        @discardableResult
        mutating func segment(_ place: Int64, at time: Int64, isHeld: Bool = false, fillsGap: Bool = false, isRepeated: Bool = false)
            -> UInt64
        {
            packet += 1
            watch.take(
                TransportMark(
                    flow: 1, packet: packet, time: time, from: .server, start: place * 100, byteCount: 100, isRepeated: isRepeated,
                    isHeld: isHeld, fillsGap: fillsGap))
            return packet
        }

        mutating func acknowledge(_ place: Int64, at time: Int64) {
            packet += 1
            watch.take(
                TransportMark(flow: 1, packet: packet, time: time, from: .client, start: 0, byteCount: 0, acknowledged: place * 100))
        }

        func frame(of connection: UInt64, _ number: UInt64, at time: Int64, in packets: [UInt64]) {
            watch.take(
                SharedFrame(
                    connection: connection, number: number, from: .server, time: time, firstPacket: packets[0],
                    lastPacket: packets[packets.count - 1], packetCount: packets.count))
        }
    }

    @Test("frames in order wait for nothing")
    func inOrder() {
        var wire = Wire()
        for place in 0..<5 { wire.frame(of: UInt64(place % 2), 1, at: Int64(place), in: [wire.segment(Int64(place), at: Int64(place))]) }
        #expect(wire.watch.finish() == HeadOfLine())
    }

    @Test("a segment that comes late keeps back the frames of other streams, and not those of its own")
    func late() {
        var wire = Wire()
        wire.frame(of: 1, 1, at: 0, in: [wire.segment(0, at: 0)])
        let held = [wire.segment(2, at: 20, isHeld: true), wire.segment(3, at: 30, isHeld: true)]
        let late = wire.segment(1, at: 50, fillsGap: true)
        wire.frame(of: 1, 2, at: 50, in: [late])
        wire.frame(of: 2, 1, at: 20, in: [held[0]])
        wire.frame(of: 1, 3, at: 30, in: [held[1]])
        let waited = wire.watch.finish()
        #expect(waited.frameCount == 1 && waited.nanoseconds == 30 && waited.segmentCount == 1)
        #expect(waited.longest == .init(nanoseconds: 30, connection: 2, frame: 1, from: .server, packet: late))
    }

    @Test("a frame with bytes in the late segment is late itself, and so are those after it in its stream")
    func partly() {
        var wire = Wire()
        let held = [wire.segment(1, at: 10, isHeld: true), wire.segment(2, at: 20, isHeld: true)]
        let late = wire.segment(0, at: 90, fillsGap: true)
        wire.frame(of: 3, 1, at: 10, in: [late, held[0]])
        wire.frame(of: 3, 2, at: 20, in: [held[1]])
        #expect(wire.watch.finish().frameCount == 0)
    }

    @Test("what is sent again before it was acknowledged was late, for what was sent since its first copy")
    func sentAgain() {
        var wire = Wire()
        wire.frame(of: 1, 1, at: 0, in: [wire.segment(0, at: 0)])
        wire.frame(of: 2, 1, at: 10, in: [wire.segment(1, at: 10)])
        wire.acknowledge(1, at: 12)
        wire.frame(of: 1, 2, at: 20, in: [wire.segment(2, at: 20)])
        wire.frame(of: 2, 2, at: 30, in: [wire.segment(3, at: 30)])
        wire.segment(1, at: 60, isRepeated: true)
        wire.acknowledge(4, at: 61)
        let waited = wire.watch.finish()
        #expect(waited.frameCount == 1 && waited.nanoseconds == 40 && waited.longest?.connection == 1)
    }

    @Test("what is sent again after it was acknowledged delays nothing")
    func sentForNothing() {
        var wire = Wire()
        wire.frame(of: 2, 1, at: 10, in: [wire.segment(0, at: 10)])
        wire.frame(of: 1, 2, at: 20, in: [wire.segment(1, at: 20)])
        wire.acknowledge(2, at: 21)
        wire.segment(0, at: 60, isRepeated: true)
        #expect(wire.watch.finish() == HeadOfLine())
    }

    @Test("a frame waits once, however often the missing segment is sent")
    func again() {
        var wire = Wire()
        wire.frame(of: 2, 1, at: 0, in: [wire.segment(0, at: 0)])
        wire.frame(of: 1, 1, at: 10, in: [wire.segment(1, at: 10)])
        wire.segment(0, at: 60, isRepeated: true)
        wire.segment(0, at: 110, isRepeated: true)
        let waited = wire.watch.finish()
        #expect(waited.frameCount == 1 && waited.nanoseconds == 100)
    }

    @Test("more frames than are kept are taken to have arrived")
    func limit() {
        var wire = Wire()
        wire.frame(of: 2, 1, at: 0, in: [wire.segment(0, at: 0)])
        // Few segments are remembered, so that each brings many frames.
        for place in 1...20 as ClosedRange<Int64> {
            let packet = wire.segment(place, at: place)
            for number in 0..<20 as Range<UInt64> { wire.frame(of: 1, UInt64(place) * 20 + number, at: place, in: [packet]) }
        }
        #expect(20 * 20 > SharedSide.frameLimit)
        wire.segment(0, at: 5_000, isRepeated: true)
        #expect(wire.watch.finish().frameCount == SharedSide.frameLimit)
    }
}
