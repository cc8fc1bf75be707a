import Bytes
import Packets
import Rules
import TestSupport
import Testing
import WebSocket

@testable import Inspection

@Suite struct LossLogTests {
    private func time(_ number: Int64) -> Timestamp { Timestamp(nanoseconds: number) }

    @Test("a hole is explained by a loss of the same time only")
    func overlap() {
        var log = LossLog()
        log.note(from: time(10), to: time(20))
        log.note(from: time(40), to: time(50))
        #expect(log.overlaps(time(15), time(16)))
        #expect(log.overlaps(time(5), time(10)))
        #expect(log.overlaps(time(45), time(90)))
        #expect(!log.overlaps(time(21), time(39)))
        #expect(!log.overlaps(time(51), time(60)))
    }

    @Test("after many losses the oldest are taken for one, and the newest stay apart")
    func many() {
        var log = LossLog()
        for number in 0..<1_000 { log.note(from: time(Int64(number) * 10), to: time(Int64(number) * 10 + 5)) }
        #expect(log.overlaps(time(7), time(8)))
        #expect(!log.overlaps(time(9_987), time(9_988)))
        #expect(log.overlaps(time(9_992), time(9_993)))
    }

    @Test("a loss explains no hole of another capture", arguments: [(false, Rule.captureDropped), (true, .captureGap)])
    func anotherCapture(isAnother: Bool, rule: Rule) {
        var conversation = Conversation.upgraded()
        for number in 0..<4 as Range<UInt8> { conversation.frame(.server, 0x82, [number]) }
        let packets = conversation.packets(conversation.pieces().filter { $0.payload != [0x82, 1, 1] })
        var recording = Recording()
        var inspector = Inspector(Inspector.Options())
        inspector.noteLoss(of: 1, from: time(0), to: time(1_000_000_000))
        if isAnother { inspector.finish(into: &recording) }
        for (index, packet) in packets.enumerated() {
            let header = PacketHeader(
                number: UInt64(index + 1), time: time(Int64(index + 1) * 1_000_000), fractionDigits: 6, linkType: .ethernet,
                originalLength: packet.count)
            inspector.inspect(header, packet.span, into: &recording)
        }
        inspector.finish(into: &recording)
        let holes = recording.connections.flatMap(\.findings).filter { $0 == .captureDropped || $0 == .captureGap }
        #expect(holes == [rule])
    }
}
