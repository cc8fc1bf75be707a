import Bytes
import Inspection
import Packets
import TestSupport
import Testing
import WebSocket

@testable import Viewer

@Suite("Packets of a frame")
struct FramePacketsTests {
    /// The client's frame of 2 + 4 + 20 bytes in three packets of 10, 10 and 6; the server's answer acknowledges all of them.
    private let stage = Stage([[(.client, 0x82, [UInt8](repeating: 7, count: 20)), (.server, 0x81, Array("ok".utf8))]], portionSize: 10)

    @Test("each packet has its part of the sequence, and the first packet of the other side that has seen all of it is named")
    func parts() throws {
        let found = FramePackets(0, stage.transcript, stage)
        // Behind SYN, SYN+ACK, ACK, request and response.
        #expect(found.packets.map(\.number) == [6, 7, 8])
        #expect(found.packets.map(\.length) == [10, 10, 6])
        let first = try #require(found.packets[0].sequence)
        #expect(found.packets.map(\.sequence) == [first, first + 10, first + 20])
        #expect(found.acknowledgement?.packet == 9)
        #expect(found.packets.allSatisfy { !$0.isRepetition && $0.flags == [.psh, .ack] })
    }

    @Test("a packet whose bytes come again is shown as a repetition, however its bytes are cut")
    func repetition() throws {
        let second = try #require(FramePackets(0, stage.transcript, stage).packets[1].sequence)
        let client = Endpoint(address: PacketBuilder.client.address, port: 50_000)
        let again = PacketBuilder.tcp(from: client, sequence: second &+ 5, payload: [1, 2, 3])
        let behind = PacketBuilder.tcp(from: client, sequence: second &+ 16, payload: [1, 2, 3])
        let other = PacketBuilder.tcp(from: PacketBuilder.client, sequence: second, payload: [1, 2, 3])
        let found = FramePackets(0, stage.transcript, Longer(stage, [again, behind, other]))
        #expect(found.packets.map(\.number) == [6, 7, 8, 1_000])
        #expect(found.packets.map(\.isRepetition) == [false, false, false, true])
    }

    @Test("where packets cannot be read again there are none, and they are counted")
    func unreadable() {
        let found = FramePackets(0, stage.transcript, Longer(nil, []))
        #expect(found.packets.isEmpty)
        #expect(found.omittedCount == 3)
    }

    /// A capture with packets behind its end, numbered from 1,000 on.
    private final class Longer: PayloadReading {
        private let stage: Stage?
        private let more: [[UInt8]]

        init(_ stage: Stage?, _ more: [[UInt8]]) {
            self.stage = stage
            self.more = more
        }

        func withCapture(packet: UInt64, at offset: UInt64, count: Int, _ body: (Span<UInt8>) -> Void) {}
        func withSpool(at offset: UInt64, count: Int, _ body: (Span<UInt8>) -> Void) {}
        func withPackets(_ numbers: ClosedRange<UInt64>, _ body: (PacketHeader, Span<UInt8>) -> Void) {
            stage?.withPackets(numbers, body)
            for (index, bytes) in more.enumerated() { body(PacketBuilder.header(1_000 + UInt64(index), of: bytes), bytes.span) }
        }
    }
}
