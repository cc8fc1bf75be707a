import Channels
import TestSupport
import Testing

@testable import QUIC

@Suite struct StreamTests {
    @Test("in whatever order packets come, repeated or cut otherwise, a stream comes out in order", arguments: SeededRandom.seeds)
    func shuffled(seed: UInt64) {
        var random = SeededRandom(seed)
        let content = random.bytes(5_000)
        var dialogue = Dialogue.opened()
        var packets: [[UInt8]] = []
        var start = 0
        while start < content.count {
            let end = min(content.count, start + Int.random(in: 1...300, using: &random))
            let from = max(0, start - Int.random(in: 0...100, using: &random))
            packets.append(
                dialogue.peers.short(
                    .client, QUICPeers.stream(0, at: UInt64(from), Array(content[from..<end]), isLast: end == content.count)))
            start = end
        }
        for _ in 0..<packets.count { packets.append(packets.randomElement(using: &random)!) }
        packets.shuffle(using: &random)
        for packet in packets { dialogue.send(.client, packet) }
        let side = dialogue.side(0)
        #expect(side.content == content.map { $0 })
        #expect(side.hasEnded && !side.isFaulty)
        #expect(dialogue.connection.fromLow.heldCost == 0)
        #expect(dialogue.connection.fromLow.gapped.isEmpty)
    }

    @Test("bytes that were sent again in other packets are counted, and shown once")
    func repeated() {
        var dialogue = Dialogue.opened()
        dialogue.write(at: 0, [1, 2, 3])
        dialogue.write(at: 0, [1, 2, 3])
        dialogue.write(at: 2, [3, 4], isLast: true)
        dialogue.write(at: 0, [1, 2, 3, 4], isLast: true)
        #expect(dialogue.side(0).bytes == [1, 2, 3, 4])
        #expect(dialogue.side(0).hasEnded && !dialogue.side(0).isFaulty)
        #expect(dialogue.connection.traffic(of: .fromLow).repeatedByteCount == 3 + 1 + 4)
    }

    @Test("a packet that was captured twice counts once")
    func duplicate() {
        var dialogue = Dialogue.opened()
        let packet = dialogue.peers.short(.client, QUICPeers.stream(0, at: 0, [1, 2]))
        dialogue.send(.client, packet)
        dialogue.send(.client, packet)
        #expect(dialogue.side(0).bytes == [1, 2])
        #expect(dialogue.connection.traffic(of: .fromLow).repeatedByteCount == 0)
        #expect(dialogue.connection.traffic(of: .fromLow).datagramCount == 4)
    }

    @Test("RESET_STREAM and STOP_SENDING are said with their codes, once, and nothing follows")
    func resets() {
        var dialogue = Dialogue.opened()
        dialogue.write(at: 0, [1, 2])
        dialogue.say(.server, QUICPeers.stop(0, code: 0x10C))
        dialogue.say(.client, QUICPeers.reset(0, code: 0x10C, size: 10))
        dialogue.say(.client, QUICPeers.reset(0, code: 0x10C, size: 10))
        dialogue.write(at: 2, [3], isLast: true)
        let side = dialogue.side(0)
        #expect(side.bytes == [1, 2] && side.reset == 0x10C && side.stop == 0x10C && !side.hasEnded && !side.isFaulty)
        #expect(side.missingCount == 0)
    }

    @Test("streams in one direction and in both, of client and server, and their framing bits")
    func kinds() {
        var dialogue = Dialogue.opened()
        // Without a length up to the end of the packet; without an offset.
        dialogue.say(.client, [0x08, 2, 7, 8, 9])
        dialogue.say(.server, [0x0A, 3, 2, 4, 5, 0x01, 0x09, 1, 6])
        #expect(dialogue.side(2).bytes == [7, 8, 9])
        #expect(dialogue.side(3, .server).bytes == [4, 5])
        #expect(dialogue.side(1, .server).bytes == [6] && dialogue.side(1, .server).hasEnded)
        // Nobody can send on the other's stream that goes one way.
        dialogue.say(.client, QUICPeers.stream(3, at: 0, [1]))
        #expect(dialogue.side(3).bytes.isEmpty)
    }

    @Test("every frame of RFC 9000 is passed over, and those of unknown types end their packet with a count")
    func frames() {
        var dialogue = Dialogue.opened()
        let token = [UInt8](repeating: 0xEE, count: 16)
        let all: [[UInt8]] = [
            [0x00, 0x00, 0x00], [0x01], QUICPeers.ack(0...0), [0x03, 0, 0, 0, 0, 1, 2, 3], QUICPeers.crypto([1, 2]),
            [0x07, 2, 1, 2], [0x10, 0x40, 0x40], [0x11, 0, 0x40, 0x40], [0x12, 1], [0x13, 1], [0x14, 1], [0x15, 0, 1], [0x16, 1],
            [0x17, 1], QUICPeers.newID([1, 2, 3, 4], sequence: 1, token: token), [0x19, 0],
            [0x1A, 1, 2, 3, 4, 5, 6, 7, 8], [0x1B, 1, 2, 3, 4, 5, 6, 7, 8], [0x1E], [0x31, 2, 1, 2],
        ]
        for (index, frame) in all.enumerated() {
            dialogue.say(.server, frame + QUICPeers.stream(1, at: UInt64(index), [UInt8(index)]))
        }
        dialogue.say(.server, [0x30, 1, 2, 3])
        #expect(dialogue.side(1, .server).bytes == Array(0..<UInt8(all.count)))
        #expect(dialogue.connection.malformedCount == 0)
        dialogue.say(.server, [0x40, 0xAF] + QUICPeers.stream(1, at: 20, [1]))
        #expect(dialogue.connection.malformedCount == 1)
        #expect(dialogue.side(1, .server).bytes.count == all.count)
        // Each frame that is cut off ends its packet, and nothing else.
        for frame in all where frame.count > 1 && frame[0] != 0 {
            let before = dialogue.connection.malformedCount
            dialogue.say(.server, [0x01, 0x01, 0x01] + frame.dropLast())
            #expect(dialogue.connection.malformedCount == before + 1, "\(frame)")
        }
    }

    @Test("streams that are over are forgotten, and what is sent again on them begins nothing")
    func closed() {
        var dialogue = Dialogue.opened()
        var frame: UInt64 = 0
        for index in 0..<2_000 {
            let id = UInt64(index) * 4
            dialogue.write(id, at: 0, [1], isLast: true)
            dialogue.say(.server, QUICPeers.stream(id, at: 0, [2], isLast: true) + QUICPeers.ack(0...UInt64(2 * index)))
            dialogue.say(.client, QUICPeers.ack(0...UInt64(index)))
            frame += 1
        }
        #expect(dialogue.connection.streams.count == 0)
        #expect(dialogue.recorder.sides.count == 4_000)
        #expect(dialogue.connection.isAcknowledged(8, from: .fromLow, upTo: 1))
        dialogue.write(8, at: 0, [1], isLast: true)
        #expect(!dialogue.side(8).isFaulty && dialogue.side(8).bytes == [1])
        #expect(dialogue.connection.streams.count == 0)
    }

    @Test("the number of streams is bounded: the oldest is given up")
    func streamLimit() {
        var limits = QUICLimits()
        limits.streamCount = 100
        var dialogue = Dialogue.opened(limits: limits)
        for index in 0..<1_000 { dialogue.write(UInt64(index) * 4, at: 0, [1]) }
        #expect(dialogue.connection.streams.count == 100)
        dialogue.write(0, at: 1, [2])
        #expect(dialogue.side(0).bytes == [1])
        dialogue.write(4 * 999, at: 1, [2])
        #expect(dialogue.side(4 * 999).bytes == [1, 2])
    }

    @Test("a receiver that gives no more room stalls a stream, or the connection, until it does")
    func windows() {
        var dialogue = Dialogue.opened()
        func stalls() -> [String] { dialogue.actions().filter { $0.hasPrefix("stall") } }
        for index in 0..<65 { dialogue.write(at: UInt64(index) * 1_000, [UInt8](repeating: 1, count: index == 64 ? 1_536 : 1_000)) }
        // 65,536 bytes are all that the server takes, on the stream and on the connection.
        #expect(stalls().count == 2, "\(stalls())")
        dialogue.say(.server, [0x11] + QUICPeers.number(0) + QUICPeers.number(80_000))
        dialogue.say(.server, [0x10] + QUICPeers.number(66_000))
        #expect(stalls().count == 4)
        #expect(stalls().suffix(2).allSatisfy { $0.hasPrefix("stall(false") })
        dialogue.say(.client, [0x14] + QUICPeers.number(66_000))
        dialogue.say(.client, [0x15, 0] + QUICPeers.number(80_000))
        #expect(stalls().count == 6)
        #expect(stalls().suffix(2).allSatisfy { $0.hasPrefix("stall(true") })
    }

    @Test("what is acknowledged is known byte by byte, and the end by itself")
    func acknowledged() {
        var dialogue = Dialogue.opened()
        dialogue.write(at: 0, [1, 2, 3])
        dialogue.write(at: 3, [4, 5])
        dialogue.write(at: 5, [], isLast: true)
        func isAcknowledged(_ offset: UInt64) -> Bool { dialogue.connection.isAcknowledged(0, from: .fromLow, upTo: offset) }
        #expect(isAcknowledged(0) && !isAcknowledged(1))
        dialogue.say(.server, QUICPeers.ack(1...1))
        #expect(!isAcknowledged(3))
        dialogue.say(.server, QUICPeers.ack(0...1))
        #expect(isAcknowledged(3) && isAcknowledged(4) && !isAcknowledged(5))
        dialogue.say(.server, QUICPeers.ack(0...2))
        #expect(isAcknowledged(5))
        // Packet 1 after two datagrams, packet 2 after three.
        #expect(dialogue.feed.acknowledgeTimes == [2_000_000, 3_000_000])
    }

    @Test("packets that the receiver never acknowledges are lost once it acknowledges later ones")
    func lostPackets() {
        var dialogue = Dialogue.opened()
        for index in 0..<10 { dialogue.write(at: UInt64(index), [1]) }
        // The second range would lie below 0.
        dialogue.say(.server, [0x02, 9, 0, 1, 1, 20, 0])
        #expect(dialogue.connection.malformedCount == 1)
        dialogue.say(.server, QUICPeers.ack(8...9, 4...5, 0...2))
        #expect(dialogue.connection.traffic(of: .fromLow).lostPacketCount == 2)
        dialogue.say(.server, QUICPeers.ack(0...9))
        #expect(dialogue.connection.traffic(of: .fromLow).lostPacketCount == 0)
        #expect(dialogue.connection.traffic(of: .fromLow).missingPacketCount == 0)
    }

    @Test("how an end closed the connection is known, by its first word")
    func ends() {
        var dialogue = Dialogue.opened()
        #expect(dialogue.connection.end == nil)
        dialogue.say(.client, [0x1D] + QUICPeers.number(0x100) + [3] + Array("bye".utf8))
        dialogue.say(.server, [0x1C, 0x0A, 0x00, 0])
        let end = dialogue.connection.end
        #expect(end?.by == .fromLow)
        #expect(end?.reason == StreamAbort(code: 0x100, name: "ERROR_256", carrier: "CONNECTION_CLOSE"))
        var other = Dialogue.opened()
        other.say(.server, [0x1C, 0x0A, 0x00, 0])
        #expect(other.connection.end?.reason.name == "PROTOCOL_VIOLATION")
    }

    @Test("a stateless reset ends the connection where its token is known, and not otherwise")
    func statelessReset() {
        var dialogue = Dialogue.opened()
        let token = [UInt8](repeating: 0xAA, count: 16)
        dialogue.say(.server, QUICPeers.newID([9, 9, 9, 9], sequence: 1, token: token))
        var random = SeededRandom(1)
        dialogue.send(.server, [0x41] + random.bytes(30) + [UInt8](repeating: 0xAB, count: 16))
        #expect(dialogue.connection.end == nil)
        dialogue.send(.client, [0x41] + random.bytes(30) + token)
        #expect(dialogue.connection.end == nil)
        dialogue.send(.server, [0x41] + random.bytes(30) + token)
        #expect(dialogue.connection.end?.reason.carrier == "stateless reset")
        #expect(dialogue.connection.end?.by == .fromHigh)
    }
}
