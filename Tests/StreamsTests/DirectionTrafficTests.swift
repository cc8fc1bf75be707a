import Bytes
@testable import Streams
import Packets
import TestSupport
import Testing

@Suite("Traffic of a direction")
struct DirectionTrafficTests {
    private func segment(_ sequence: UInt32, _ length: Int, flags: TCPFlags = [.ack]) -> Segment {
        Segment(
            source: PacketBuilder.client, destination: PacketBuilder.server, sequence: sequence, acknowledgment: 1, flags: flags,
            window: 100, internetHeaderLength: 20, headerLength: 32, payloadLength: length, capturedOffset: 0, capturedCount: 0)
    }

    private func after(_ milliseconds: Int64) -> Timestamp { Timestamp(nanoseconds: milliseconds * 1_000_000) }

    @Test("headers, data and bare acknowledgements are counted apart")
    func counts() {
        let lane = DirectionTraffic()
        lane.count(segment(1, 0, flags: [.syn]), at: after(0))
        lane.count(segment(2, 100), at: after(1))
        lane.count(segment(102, 0), at: after(2))
        lane.count(segment(102, 0, flags: [.ack, .fin]), at: after(3))
        lane.count(segment(103, 0, flags: [.ack, .rst]), at: after(4))
        #expect(lane.packets == 5)
        #expect(lane.headerBytes == 5 * 52)
        #expect(lane.payloadBytes == 100)
        #expect(lane.acknowledgments == 1)
    }

    @Test("a sample is the time from data to the acknowledgement that covers all of them")
    func sample() {
        let lane = DirectionTraffic()
        lane.count(segment(1_000, 100), at: after(0))
        lane.acknowledge(1_050, at: after(5))
        #expect(lane.acknowledgeTimes.count == 0)
        lane.acknowledge(1_100, at: after(7))
        #expect(lane.acknowledgeTimes.median == 7_000_000)
    }

    @Test("one sample is awaited at a time")
    func oneAtATime() {
        let lane = DirectionTraffic()
        lane.count(segment(0, 100), at: after(0))
        lane.count(segment(100, 100), at: after(10))
        lane.acknowledge(200, at: after(12))
        #expect(lane.acknowledgeTimes.count == 1)
        #expect(lane.acknowledgeTimes.maximum == 12_000_000)
    }

    @Test("what is sent twice gives no sample, and what follows it does")
    func karn() {
        let lane = DirectionTraffic()
        lane.count(segment(0, 100), at: after(0))
        lane.count(segment(0, 100), at: after(200))
        lane.acknowledge(100, at: after(201))
        #expect(lane.acknowledgeTimes.count == 0)
        lane.count(segment(100, 100), at: after(300))
        lane.acknowledge(200, at: after(303))
        #expect(lane.acknowledgeTimes.median == 3_000_000)
    }

    @Test("sequence numbers wrap")
    func wrap() {
        let lane = DirectionTraffic()
        lane.count(segment(0xFFFF_FFF0, 0x20), at: after(0))
        lane.acknowledge(0xFFFF_FFF8, at: after(1))
        lane.acknowledge(0x10, at: after(2))
        #expect(lane.acknowledgeTimes.median == 2_000_000)
    }

    @Test("an acknowledgement that is captured before its data gives no sample")
    func swapped() {
        let lane = DirectionTraffic()
        lane.acknowledge(100, at: after(0))
        lane.count(segment(0, 100), at: after(1))
        lane.acknowledge(100, at: after(900))
        #expect(lane.acknowledgeTimes.count == 0)
    }

    @Test("an acknowledgement that comes with the other side's data counts as well")
    func synchronization() {
        let lane = DirectionTraffic()
        lane.count(segment(7, 0, flags: [.syn]), at: after(0))
        lane.acknowledge(8, at: after(30))
        #expect(lane.acknowledgeTimes.median == 30_000_000)
    }
}
