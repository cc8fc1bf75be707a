import Capture
import TestSupport
import Testing

/// `head -c` of a capture file at every length.
@Suite struct BrokenOffTests {
    static let packets: [CaptureFileBuilder.Packet] = [
        .init(Array(repeating: 1, count: 7)), .init([]), .init(Array(repeating: 2, count: 74)),
    ]

    @Test("a pcap file cut anywhere gives the whole packets before the cut, then a clean end or an error", arguments: [false, true])
    func pcap(bigEndian: Bool) {
        let file = CaptureFileBuilder.pcap(Self.packets, bigEndian: bigEndian)
        // Where the file header and each packet end.
        check(file, ends: [24, 47, 63, 153])
    }

    @Test("a pcapng file cut anywhere gives the whole packets before the cut, then a clean end or an error", arguments: [false, true])
    func pcapng(bigEndian: Bool) {
        let blocks = PcapngBlocks(bigEndian: bigEndian)
        let start = blocks.section(options: [.comment("s")]) + blocks.interface(options: [.name("eth0")])
        let bodies: [[UInt8]] = [
            start + blocks.enhancedPacket([1, 2, 3], options: [.comment("p")]), blocks.block(99, [1, 2, 3]) + blocks.simplePacket([4]),
            blocks.secrets([5, 6]) + blocks.packet([7]),
        ]
        // Section 28 + 12, interface 20 + 12, enhanced 32 + 4 + 12, unknown 12 + 4, simple 16 + 4, secrets 20 + 4, packet 32 + 4.
        let ends = [40, 72, 120, 136, 156, 180, 216]
        let packetEnds = [120, 156, 216]
        let file = bodies.flatMap { $0 }
        #expect(file.count == 216)
        for length in 0...file.count {
            let reading = Reading(file.prefix(length))
            #expect(reading.packets.count == packetEnds.count { $0 <= length }, "cut at \(length)")
            #expect((reading.error == nil) == ends.contains(length), "cut at \(length)")
            checkMessage(reading.error, length)
        }
    }

    private func check(_ file: [UInt8], ends: [Int]) {
        #expect(file.count == ends.last)
        let whole = Reading(file).packets
        for length in 0...file.count {
            let reading = Reading(file.prefix(length))
            #expect(reading.packets == whole.prefix(max(0, ends.count { $0 <= length } - 1)).map { $0 }, "cut at \(length)")
            #expect((reading.error == nil) == ends.contains(length), "cut at \(length)")
            checkMessage(reading.error, length)
        }
    }

    private func checkMessage(_ error: CaptureError?, _ length: Int) {
        guard let error else { return }
        #expect(error.kind == (length < 4 ? .notACapture : .brokenOff), "cut at \(length): \(error)")
        #expect(error.message.hasPrefix("test.pcap: "))
        #expect(!error.message.contains("\n"))
        #expect(error.exitStatus == 2)
        if length >= 4 { #expect(error.message.contains(" present"), "cut at \(length): \(error)") }
    }

    @Test("the message names the packet, the place, what was announced and what is there")
    func messages() {
        let file = CaptureFileBuilder.pcap(Self.packets)
        func message(_ length: Int) -> String? { Reading(file.prefix(length)).error?.message }
        #expect(message(0) == "test.pcap: is empty, not a capture file")
        #expect(message(3) == "test.pcap: is not a pcap, pcapng or snoop file: it has only 3 bytes")
        #expect(message(20) == "test.pcap: breaks off inside the file header at byte 0: 24 bytes expected, 20 present")
        #expect(message(27) == "test.pcap: breaks off inside the header of packet 1 at byte 24: 16 bytes expected, 3 present")
        #expect(message(91) == "test.pcap: breaks off inside packet 3 at byte 79: 74 bytes announced, 12 present")
        let error = Reading(file.prefix(91)).error
        #expect(error?.packet == 3)
        #expect(error?.offset == 79)

        let blocks = PcapngBlocks()
        let other =
            blocks.section() + blocks.interface() + blocks.block(99, Array(repeating: 0, count: 400_000)) + blocks.enhancedPacket([1])
        func cut(_ length: Int) -> String? { Reading(other.prefix(length)).error?.message }
        #expect(cut(15) == "test.pcap: breaks off inside a section header block at byte 0: 28 bytes of block announced, 15 present")
        #expect(
            cut(40) == "test.pcap: breaks off inside an interface description block at byte 28: 20 bytes of block announced, 12 present")
        #expect(cut(300_048) == "test.pcap: breaks off inside a block of type 0x63 at byte 48: 400012 bytes announced, 300000 present")
        #expect(
            cut(400_062) == "test.pcap: breaks off inside the block before packet 1 at byte 400060: at least 12 bytes expected, 2 present")
        #expect(cut(400_080) == "test.pcap: breaks off inside packet 1 at byte 400060: 36 bytes of block announced, 20 present")
    }

    @Test("the error is thrown again on every later call, and a clean end stays one")
    func afterwards() throws {
        let file = CaptureFileBuilder.pcap(Self.packets)
        var cut = try CaptureReader(ByteSource(Array(file.prefix(50))), name: "cut")
        _ = try cut.next()
        let lent = cut.bytes.count
        #expect(lent == 7)
        for _ in 0..<3 {
            #expect(throws: CaptureError.self) { _ = try Self.step(&cut) }
            let lent = cut.bytes.count
            #expect(lent == 0)
        }
        var whole = try CaptureReader(ByteSource(file), name: "whole")
        while try whole.next() != nil {}
        let again = try whole.next() == nil
        #expect(again)
    }

    private static func step(_ reader: inout CaptureReader) throws -> Bool { try reader.next() != nil }
}
