import Capture
import TestSupport
import Testing

@Suite struct GzipTests {
    static let packets: [CaptureFileBuilder.Packet] = (1...6).map { .init(Array(repeating: UInt8($0), count: 30 * $0)) }
    static let file = CaptureFileBuilder.pcap(packets)

    @Test("a gzip file is inflated on the way, and members in a row are one stream")
    func members() {
        let plain = Reading(Self.file)
        let whole = Reading(CaptureFileBuilder.gzip(Self.file))
        #expect(whole.error == nil)
        #expect(whole.facts.isCompressed)
        #expect(!plain.facts.isCompressed)
        #expect(whole.packets == plain.packets)
        for cut in [1, 24, 100] {
            let members =
                CaptureFileBuilder.gzip(Array(Self.file[..<cut])) + CaptureFileBuilder.gzip([])
                + CaptureFileBuilder.gzip(Array(Self.file[cut...]))
            for portion in [Int.max, 1] {
                let reading = Reading(members, portion: portion)
                #expect(reading.error == nil)
                #expect(reading.packets == plain.packets)
            }
        }
    }

    @Test("zero bytes behind the last member are padding, others are an error after all packets")
    func trailing() {
        let file = CaptureFileBuilder.gzip(Self.file)
        #expect(Reading(file + Array(repeating: 0, count: 1_000)).error == nil)
        let reading = Reading(file + Array("garbage".utf8))
        #expect(reading.packets.count == 6)
        #expect(
            reading.error?.message
                == "test.pcap: gzip data is corrupt (what follows the gzip data is not gzip) after packet 6 at byte \(Self.file.count) of the uncompressed stream"
        )
    }

    @Test("a gzip file cut anywhere gives the packets before the cut, then says that it ends early")
    func cut() {
        let file = CaptureFileBuilder.gzip(Self.file)
        let whole = Reading(Self.file).packets
        for length in 2..<file.count {
            let reading = Reading(file.prefix(length))
            // A stored block begins after the member's header (10 bytes) and its own (5).
            let delivered = max(0, min(length - 15, Self.file.count))
            let plain = Reading(Self.file.prefix(delivered))
            #expect(reading.packets == plain.packets, "cut at \(length)")
            #expect(reading.error?.kind == .brokenOff, "cut at \(length)")
            #expect(
                reading.error?.message.contains("(the gzip data ends early)") == true,
                "cut at \(length): \(String(describing: reading.error))")
        }
        #expect(Reading(file).packets == whole)
        #expect(
            Reading(file.prefix(15 + 24 + 16 + 7)).error?.message
                == "test.pcap: breaks off inside packet 1 at byte 40 of the uncompressed stream: 30 bytes announced, 7 present (the gzip data ends early)"
        )
    }

    @Test("a wrong checksum is said after the packets")
    func checksum() {
        var file = CaptureFileBuilder.gzip(Self.file)
        file[file.count - 8] ^= 1
        let reading = Reading(file)
        #expect(reading.packets.count == 6)
        #expect(reading.error?.kind == .malformed)
        #expect(reading.error?.message.contains("incorrect data check") == true)
    }

    @Test("gzip with nothing inside is not a capture file")
    func empty() {
        #expect(Reading(CaptureFileBuilder.gzip([])).error?.message == "test.pcap: is gzip with nothing inside, not a capture file")
    }
}
