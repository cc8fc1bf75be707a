import Bytes
import Capture
import TestSupport
import Testing

@Suite struct PcapTests {
    static let packets: [CaptureFileBuilder.Packet] = [
        .init([1, 2, 3, 4, 5], at: 1_700_000_000_123_456_789),
        .init([], at: 1_700_000_001_000_000_000, originalLength: 60),
        .init([9, 8, 7], at: 1_700_000_001_999_999_999, originalLength: 1_500),
    ]

    @Test("packets are the same in both byte orders and both precisions", arguments: [false, true], [false, true])
    func variants(nanosecond: Bool, bigEndian: Bool) {
        let reading = Reading(CaptureFileBuilder.pcap(Self.packets, nanosecond: nanosecond, bigEndian: bigEndian))
        #expect(reading.error == nil)
        #expect(reading.packets.map(\.bytes) == Self.packets.map(\.bytes))
        #expect(reading.packets.map(\.originalLength) == [5, 60, 1_500])
        #expect(reading.packets.map(\.number) == [1, 2, 3])
        #expect(reading.packets.allSatisfy { $0.fractionDigits == (nanosecond ? 9 : 6) && $0.linkType == .ethernet && $0.interface == 0 })
        let expected: [Int64] =
            nanosecond
            ? [1_700_000_000_123_456_789, 1_700_000_001_000_000_000, 1_700_000_001_999_999_999]
            : [1_700_000_000_123_456_000, 1_700_000_001_000_000_000, 1_700_000_001_999_999_000]
        #expect(reading.packets.map(\.nanoseconds) == expected)
    }

    @Test("a file written out by hand is read as draft-ietf-opsawg-pcap says")
    func byHand() {
        let file: [UInt8] = [
            0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0x71, 0, 0, 0,
            0x10, 0, 0, 0, 0x20, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0xAA, 0xBB,
        ]
        let reading = Reading(file)
        #expect(
            reading.packets == [
                ReadPacket(
                    number: 1, nanoseconds: 16_000_032_000, fractionDigits: 6, linkType: .linuxCooked, originalLength: 3, interface: 0,
                    bytes: [0xAA, 0xBB])
            ])
        #expect(reading.facts.interfaces.count == 1)
        #expect(reading.facts.interfaces.first?.snapLength == 0xFFFF)
        #expect(reading.facts.notes == [])
    }

    @Test("seconds are unsigned, so time goes on past 2038 and ends in 2106")
    func unsignedSeconds() {
        let last = UInt64(UInt32.max) * 1_000_000_000
        let reading = Reading(CaptureFileBuilder.pcap([.init([1], at: last)]))
        #expect(reading.packets.first?.nanoseconds == 4_294_967_295_000_000_000)
    }

    @Test("microseconds above a second are added, not refused")
    func excessFraction() {
        var file = CaptureFileBuilder.pcap([.init([1], at: 0)])
        file.replaceSubrange(24..<32, with: [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
        // 4,294,967,295 s and as many microseconds.
        #expect(Reading(file).packets.first?.nanoseconds == 4_294_971_589_967_295_000)
    }

    @Test("the link type is the low half of its field, and the raw IP numbers of some systems mean raw IP")
    func linkTypes() {
        func linkType(_ value: UInt32) -> LinkType? {
            Reading(CaptureFileBuilder.pcap([.init([1])], linkType: LinkType(rawValue: value))).packets.first?.linkType
        }
        // A frame check sequence of two 16-bit words in the top four bits, and the bit that says so.
        #expect(linkType(0x2400_0001) == .ethernet)
        #expect(linkType(12) == .raw)
        #expect(linkType(14) == .raw)
        #expect(linkType(0xFFFF) == LinkType(rawValue: 0xFFFF))
    }

    @Test("Kuznetzov's record headers have eight bytes more", arguments: [false, true])
    func modified(bigEndian: Bool) {
        var file = ByteWriter(bigEndian: bigEndian)
        file.uint32(0xA1B2_CD34)
        file.uint16(2)
        file.uint16(4)
        for value: UInt32 in [0, 0, 65_535, 1] { file.uint32(value) }
        for (byte, index) in [(0x11 as UInt8, 1 as UInt32), (0x22, 2)] {
            for value: UInt32 in [7, 5, 3, 90] { file.uint32(value) }
            file.uint32(index)
            file.uint16(0x0800)
            file.append([4, 0])
            file.append([byte, byte, byte])
        }
        let reading = Reading(file.bytes)
        #expect(reading.error == nil)
        #expect(reading.facts.format == .modifiedPcap)
        #expect(reading.packets.map(\.bytes) == [[0x11, 0x11, 0x11], [0x22, 0x22, 0x22]])
        #expect(reading.packets.map(\.nanoseconds) == [7_000_005_000, 7_000_005_000])
        #expect(reading.packets.map(\.originalLength) == [90, 90])
    }

    @Test("before version 2.3 the original length stands first, and in 2.3 the greater one is it", arguments: [0, 2, 3, 4] as [UInt8])
    func lengthOrder(minor: UInt8) {
        func packet(_ first: UInt8, _ second: UInt8) -> ReadPacket? {
            var file = CaptureFileBuilder.pcap([.init([1, 2, 3])])
            file[6] = minor
            file[32] = first
            file[36] = second
            return Reading(file).packets.first
        }
        let captured: [UInt8] = [1, 2, 3]
        let (capturedFirst, originalFirst) = (packet(3, 9), packet(9, 3))
        if minor >= 3 {
            #expect(capturedFirst?.bytes == captured && capturedFirst?.originalLength == 9)
        } else {
            #expect(capturedFirst == nil)
        }
        if minor <= 3 {
            #expect(originalFirst?.bytes == captured && originalFirst?.originalLength == 9)
        } else {
            #expect(originalFirst == nil)
        }
    }

    @Test("another major version is refused with its number")
    func version() {
        var file = CaptureFileBuilder.pcap([])
        file[4] = 3
        #expect(Reading(file).error?.kind == .unsupported)
        #expect(Reading(file).error?.message == "test.pcap: is a pcap file of version 3.4; only version 2 is specified")
    }

    @Test("a packet larger than the limit is a damaged file, at a stated place")
    func absurdLength() {
        var file = CaptureFileBuilder.pcap([.init([1, 2, 3, 4]), .init([5, 6])])
        file.replaceSubrange(24 + 20 + 8..<24 + 20 + 12, with: [1, 0, 0, 0x10])
        let reading = Reading(file)
        #expect(reading.packets.map(\.bytes) == [[1, 2, 3, 4]])
        #expect(reading.error?.kind == .malformed)
        #expect(reading.error?.message == "test.pcap: packet 2 at byte 44 announces 268435457 bytes: the file is damaged there or before")
        #expect(reading.error?.offset == 44)
        #expect(reading.error?.packet == 2)
    }

    @Test("packets are counted on from the number given")
    func numbering() {
        let file = CaptureFileBuilder.pcap(Self.packets)
        #expect(Reading(file, first: 42).packets.map(\.number) == [42, 43, 44])
        #expect(Reading(file.dropLast(1), first: 42).error?.packet == 44)
    }

    @Test("a packet larger than the buffer arrives whole between small ones")
    func largePacket() {
        let large = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let file = CaptureFileBuilder.pcap([.init([1]), .init(large), .init([2])])
        for portion in [Int.max, 100_003] {
            #expect(Reading(file, portion: portion).packets.map(\.bytes) == [[1], large, [2]])
        }
    }
}

extension Reading {
    init(_ bytes: ArraySlice<UInt8>, first: UInt64 = 1) { self.init(Array(bytes), first: first) }
}
