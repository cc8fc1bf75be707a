import Bytes
import Capture
import TestSupport
import Testing

@Suite("What is in the buffer")
struct BufferedTests {
    private static var files: [[UInt8]] {
        let pcap = [false, true].flatMap { bigEndian in
            [false, true].map { CaptureFileBuilder.pcap(PcapTests.packets, nanosecond: $0, bigEndian: bigEndian) }
        }
        return pcap + [false, true].map { CaptureFileBuilder.pcapng(PcapTests.packets, bigEndian: $0) }
    }

    @Test("packets are the same whether or not the buffer is asked first, wherever the file is cut or damaged")
    func same() {
        for file in Self.files {
            var damaged = (0...file.count).map { Array(file[..<$0]) }
            for place in file.indices {
                for value: UInt8 in [0x00, 0x7F, 0xFF, file[place] ^ 1] {
                    var copy = file
                    copy[place] = value
                    damaged.append(copy)
                }
            }
            for bytes in damaged {
                for portion in [Int.max, 7] {
                    let (one, other) = (Reading(bytes, portion: portion), Reading(bytes, portion: portion, takesBuffered: false))
                    #expect(one.packets == other.packets)
                    #expect(one.error?.message == other.error?.message)
                    #expect(one.counts.count == other.counts.count)
                }
            }
        }
    }

    @Test("looking ahead shows the packets that follow, and moves nothing")
    func lookahead() throws {
        for file in Self.files {
            var reader = try CaptureReader(ByteSource(file), name: "test")
            var ahead = CaptureReader.Lookahead()
            _ = reader.peek(&ahead).count
            ahead = CaptureReader.Lookahead()
            var number = 0
            var header = PacketHeader()
            while true {
                if !reader.nextBuffered(into: &header) { guard try reader.next() != nil else { break } }
                let bytes = reader.bytes.copied()
                #expect(bytes == PcapTests.packets[number].bytes)
                number += 1
                // From the current one on, and again from the beginning.
                for following in PcapTests.packets[number...] {
                    let bytes = reader.peek(&ahead).copied()
                    #expect(bytes == following.bytes)
                }
                let beyond = reader.peek(&ahead).count
                #expect(beyond == 0)
                if number < 3 { ahead = CaptureReader.Lookahead() }
            }
            #expect(number == PcapTests.packets.count)
        }
    }

    @Test("looking ahead ends at what is damaged or not there whole")
    func damage() throws {
        for file in Self.files {
            for end in file.indices {
                do throws(CaptureError) {
                    var reader = try CaptureReader(ByteSource(Array(file[..<end]), portion: 5), name: "test")
                    var header = PacketHeader()
                    while true {
                        var ahead = CaptureReader.Lookahead()
                        while !reader.peek(&ahead).isEmpty {}
                        if !reader.nextBuffered(into: &header) { guard try reader.next() != nil else { break } }
                    }
                } catch {}
            }
        }
    }
}
