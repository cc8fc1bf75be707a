import Bytes
import Capture
import TestSupport
import Testing

@Suite("Snoop files")
struct SnoopTests {
    /// A packet, and what was dropped since the first.
    typealias Packet = (bytes: [UInt8], dropped: UInt32)

    static func file(_ packets: [Packet], datalink: UInt32 = 4, version: UInt32 = 2, originalLength: UInt32? = nil) -> [UInt8] {
        var file = ByteWriter(bigEndian: true)
        file.append(Array("snoop\0\0\0".utf8))
        file.uint32(version)
        file.uint32(datalink)
        for (index, packet) in packets.enumerated() {
            let padding = (4 - packet.bytes.count % 4) % 4
            file.uint32(originalLength ?? UInt32(packet.bytes.count))
            file.uint32(UInt32(packet.bytes.count))
            file.uint32(UInt32(24 + packet.bytes.count + padding))
            file.uint32(packet.dropped)
            file.uint32(1_700_000_000 + UInt32(index))
            file.uint32(250_000)
            file.append(packet.bytes + [UInt8](repeating: 0xEE, count: padding))
        }
        return file.bytes
    }

    private static let packets: [Packet] = (1...5).map { ([UInt8](repeating: UInt8($0), count: $0 * 7), 0) }

    /// The example of RFC 1761 §"Data Format" in numbers: what the header and a record hold.
    @Test("packets have their bytes, times in microseconds and lengths", arguments: [true, false])
    func packets(takesBuffered: Bool) {
        for portion in [Int.max, 1, 5] {
            let reading = Reading(Self.file(Self.packets, originalLength: 1_514), portion: portion, takesBuffered: takesBuffered)
            #expect(reading.error == nil && reading.facts.format == .snoop)
            #expect(reading.packets.map(\.bytes) == Self.packets.map(\.bytes))
            #expect(reading.packets.map(\.nanoseconds) == (0..<5).map { 1_700_000_000_250_000_000 + $0 * 1_000_000_000 })
            #expect(reading.packets.map(\.number) == [1, 2, 3, 4, 5])
            #expect(reading.packets.allSatisfy { $0.originalLength == 1_514 && $0.linkType == .ethernet && $0.fractionDigits == 6 })
            #expect(reading.counts.isEmpty)
        }
    }

    @Test("what was dropped was lost between the packet before and the one that counts it")
    func drops() {
        let packets: [Packet] = zip(Self.packets, [0, 0, 3, 3, 10]).map { ($0.bytes, $1) }
        for takesBuffered in [true, false] {
            let losses = Reading(Self.file(packets), takesBuffered: takesBuffered).losses
            #expect(losses.map(\.count) == [3, 7])
            let begin: Int64 = 1_700_000_000_250_000_000
            #expect(losses.map(\.from.nanoseconds) == [begin + 1_000_000_000, begin + 3_000_000_000])
            #expect(losses.map(\.to.nanoseconds) == [begin + 2_000_000_000, begin + 4_000_000_000])
        }
    }

    @Test("a file cut anywhere gives the whole packets before the cut, then a clean end or an error")
    func cut() {
        let file = Self.file(Self.packets)
        // Where packets end, and the padding after them.
        var ends: [ClosedRange<Int>] = [16...16]
        for packet in Self.packets {
            let start = (ends.last?.upperBound ?? 0) + 24
            ends.append(start + packet.bytes.count...start + (packet.bytes.count + 3) / 4 * 4)
        }
        #expect(file.count == ends.last?.upperBound)
        let whole = Reading(file).packets
        for length in 8...file.count {
            let reading = Reading(file.prefix(length))
            #expect(reading.packets == Array(whole.prefix(ends.dropFirst().count { $0.lowerBound <= length })), "cut at \(length)")
            #expect((reading.error == nil) == ends.contains { $0.contains(length) }, "cut at \(length)")
            if let error = reading.error {
                #expect(error.kind == .brokenOff && error.message.contains(" present"), "cut at \(length): \(error)")
            }
        }
        #expect(
            Reading(file.prefix(50)).error?.message
                == "test.pcap: breaks off inside the header of packet 2 at byte 48: 24 bytes expected, 2 present")
    }

    @Test("a record that is shorter than its packet is damage, and so is one without end")
    func lengths() {
        var short = Self.file(Self.packets)
        short[16 + 11] = 30
        #expect(Reading(short).error?.kind == .malformed)
        #expect(
            Reading(short).error?.message
                == "test.pcap: packet 1 at byte 16 announces 7 bytes in a record of 30: the file is damaged there or before")
        for place in [4, 8] {
            var long = Self.file(Self.packets)
            long[16 + place] = 0xFF
            #expect(Reading(long).error?.kind == .malformed && Reading(long).packets.isEmpty)
        }
    }

    @Test("other versions and datalinks are named")
    func others() {
        #expect(Reading(Self.file([], datalink: 0)).error == nil)
        #expect(Reading(Self.file([], version: 3)).error?.kind == .unsupported)
        #expect(
            Reading(Self.file([], datalink: 8)).error?.message == "test.pcap: is a snoop file of datalink type 8; only Ethernet is read")
        #expect(Reading(Array("snoopy is a dog".utf8)).error?.message.contains("it is text") == true)
    }

    @Test("a packet is looked at before it is read, and read again from a place that was come past")
    func places() throws {
        var reader = try CaptureReader(ByteSource(Self.file(Self.packets)), name: "a")
        _ = try reader.next()
        var ahead = CaptureReader.Lookahead()
        var seen: [[UInt8]] = []
        while true {
            let bytes = reader.peek(&ahead).copied()
            if bytes.isEmpty { break }
            seen.append(bytes)
        }
        #expect(seen == Self.packets.dropFirst().map(\.bytes))
    }
}
