import Bytes
import Capture
import TestSupport
import Testing

@Suite struct PcapngTests {
    let little = PcapngBlocks()

    @Test("every kind of packet block gives its packet, in both byte orders", arguments: [false, true])
    func packetBlocks(bigEndian: Bool) {
        let blocks = PcapngBlocks(bigEndian: bigEndian)
        let file =
            blocks.section() + blocks.interface(snapLength: 4)
            + blocks.enhancedPacket([1, 2, 3], ticks: 1_000_001, originalLength: 99)
            + blocks.packet([4, 5], drops: 7, ticks: 2_000_000) + blocks.simplePacket([6, 7, 8, 9], originalLength: 50)
            + blocks.simplePacket([10])
        let reading = Reading(file)
        #expect(reading.error == nil)
        #expect(reading.packets.map(\.bytes) == [[1, 2, 3], [4, 5], [6, 7, 8, 9], [10]])
        #expect(reading.packets.map(\.originalLength) == [99, 2, 50, 1])
        #expect(reading.packets.map(\.nanoseconds) == [1_000_001_000, 2_000_000_000, 2_000_000_000, 2_000_000_000])
        #expect(reading.packets.map(\.fractionDigits) == [6, 6, 6, 6])
        #expect(reading.facts.untimedPacketCount == 2)
        #expect(reading.facts.notes == ["2 packets have no timestamp: shown with that of the packet before"])
    }

    @Test("a file written out by hand is read as draft-ietf-opsawg-pcapng says")
    func byHand() {
        let file: [UInt8] = [
            // Section header, big-endian.
            0x0A, 0x0D, 0x0D, 0x0A, 0, 0, 0, 28, 0x1A, 0x2B, 0x3C, 0x4D, 0, 1, 0, 0,
            0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 28,
            // Interface of raw IP.
            0, 0, 0, 1, 0, 0, 0, 20, 0, 101, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20,
            // Enhanced packet: 5 bytes of 6, time 2^32 + 1 µs, three bytes of padding.
            0, 0, 0, 6, 0, 0, 0, 40, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 6,
            0x45, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 40,
        ]
        #expect(
            Reading(file).packets == [
                ReadPacket(
                    number: 1, nanoseconds: 4_294_967_297_000, fractionDigits: 6, linkType: .raw, originalLength: 6, interface: 0,
                    bytes: [0x45, 1, 2, 3, 4])
            ])
    }

    @Test("each interface has its own link type, resolution, offset and name")
    func interfaces() {
        let offset = PcapngBlocks.Option(14, [0, 0, 0, 0, 0, 0, 0, 100].reversed())
        let file =
            little.section()
            + little.interface(.ethernet, options: [.name("eth0\0"), .resolution(9), .comment("uplink")])
            + little.interface(.linuxCooked2, snapLength: 96, options: [.resolution(0x80 | 10), offset, .init(3, Array("any".utf8))])
            + little.enhancedPacket([1], interface: 1, ticks: 1_536) + little.enhancedPacket([2], ticks: 1_500_000_001)
        let reading = Reading(file)
        #expect(reading.error == nil)
        #expect(reading.packets.map(\.interface) == [1, 0])
        #expect(reading.packets.map(\.linkType) == [.linuxCooked2, .ethernet])
        // 1536 / 1024 s + 100 s.
        #expect(reading.packets.map(\.nanoseconds) == [101_500_000_000, 1_500_000_001])
        #expect(reading.packets.map(\.fractionDigits) == [6, 9])
        #expect(reading.facts.interfaces.map(\.name) == ["eth0", nil])
        #expect(reading.facts.interfaces.map(\.description) == [nil, "any"])
        #expect(reading.facts.interfaces.map(\.snapLength) == [0, 96])
        #expect(reading.facts.interfaces.map(\.secondsOffset) == [0, 100])
        #expect(reading.facts.comments == [CaptureComment(subject: .interface(0), text: "uplink")])
    }

    @Test("a section forgets the interfaces before it and may change the byte order")
    func sections() {
        let big = PcapngBlocks(bigEndian: true)
        let file =
            little.section(options: [.init(4, Array("one".utf8)), .comment("first")]) + little.interface(.ethernet)
            + little.interface(.null) + little.enhancedPacket([1], interface: 1)
            + big.section(options: [.init(2, Array("m68k".utf8)), .init(3, Array("two".utf8))]) + big.interface(.raw)
            + big.enhancedPacket([2]) + big.enhancedPacket([3], interface: 1)
        let reading = Reading(file)
        #expect(reading.packets.map(\.linkType) == [.null, .raw])
        #expect(reading.packets.map(\.interface) == [1, 2])
        #expect(reading.facts.interfaces.map(\.section) == [0, 0, 1])
        #expect(reading.facts.sections.map(\.application) == ["one", nil])
        #expect(reading.facts.sections.map(\.hardware) == [nil, "m68k"])
        #expect(reading.facts.sections.map(\.operatingSystem) == [nil, "two"])
        #expect(reading.facts.comments == [CaptureComment(subject: .section(0), text: "first")])
        #expect(reading.error?.kind == .malformed)
        #expect(reading.error?.message.contains("packet 3") == true)
        #expect(reading.error?.message.hasSuffix("belongs to interface 1, of which only 0 is described") == true)
    }

    @Test("a packet before any interface is a damaged file, and so is a simple one")
    func noInterface() {
        for packet in [little.enhancedPacket([1]), little.simplePacket([1])] {
            let reading = Reading(little.section() + packet)
            #expect(reading.error?.message == "test.pcap: packet 1 at byte 28 belongs to interface 0, of which none is described")
        }
    }

    @Test("blocks and options that mean nothing here are passed over, whatever their size")
    func unknown() {
        let file =
            little.section() + little.block(0x0BAD, Array(repeating: 0xFF, count: 700_000))
            + little.interface(options: [.init(0x8000, [1])])
            + little.block(5, [1, 2, 3, 4])
            + little.enhancedPacket([1], options: [.init(2, [0, 0, 0, 0]), .comment("here"), .init(2_988, [7])])
            + little.block(4, [])
        for portion in [Int.max, 1] {
            let reading = Reading(file, portion: portion)
            #expect(reading.error == nil)
            #expect(reading.packets.map(\.bytes) == [[1]])
            #expect(reading.facts.comments == [CaptureComment(subject: .packet(1), text: "here")])
        }
    }

    @Test("decryption secrets are kept up to their limit, and what is left out is counted")
    func secrets() {
        let keys = Array("CLIENT_RANDOM 00 11\n".utf8)
        let file = little.section() + little.secrets(keys) + little.secrets(keys, form: 5) + little.secrets(keys) + little.secrets(keys)
        #expect(Reading(file).facts.secrets.map(\.bytes) == [keys, keys, keys, keys])
        #expect(Reading(file).facts.secrets.map(\.form) == [.tlsKeyLog, .init(rawValue: 5), .tlsKeyLog, .tlsKeyLog])
        var limits = CaptureLimits()
        limits.secretsLength = 100
        let reading = Reading(file, limits: limits)
        #expect(reading.error == nil)
        #expect(reading.facts.secrets.count == 2)
        #expect(reading.facts.notes == ["2 decryption secrets blocks were left out: limit reached"])
    }

    @Test("comments, names and sections are kept up to their limits")
    func textLimits() {
        var limits = CaptureLimits()
        limits.commentsLength = 64
        limits.textLength = 4
        limits.sectionCount = 1
        let file =
            little.section() + little.section() + little.interface(options: [.name("enp0s31f6")])
            + little.enhancedPacket([1], options: [.comment("one"), .comment(String(repeating: "x", count: 60)), .comment("two")])
        let reading = Reading(file, limits: limits)
        #expect(reading.packets.count == 1)
        #expect(reading.facts.interfaces.map(\.name) == ["enp0"])
        #expect(reading.facts.interfaces.map(\.section) == [1])
        #expect(reading.facts.comments.map(\.text) == ["one"])
        #expect(reading.facts.droppedCommentCount == 2)
        #expect(reading.facts.droppedSectionCount == 1)
    }

    @Test("one interface more than the limit ends the reading")
    func interfaceLimit() {
        var limits = CaptureLimits()
        limits.interfaceCount = 2
        let reading = Reading(little.section() + little.interface() + little.interface() + little.interface(), limits: limits)
        #expect(reading.facts.interfaces.count == 2)
        #expect(
            reading.error?.message == "test.pcap: an interface description block at byte 68 is one more than the 2 interfaces that are kept"
        )
    }

    @Test("options that overrun their block do not cost the packet, and are noted")
    func damagedOptions() {
        var packet = little.enhancedPacket([1, 2, 3, 4], options: [.comment("abcd")])
        packet[34] = 200
        let reading = Reading(little.section() + little.interface() + packet + little.enhancedPacket([5]))
        #expect(reading.packets.map(\.bytes) == [[1, 2, 3, 4], [5]])
        #expect(reading.facts.comments == [])
        #expect(reading.facts.notes == ["1 block has contents that overrun the block: only what stands before was used"])
    }

    @Test("a block whose two lengths differ is a damaged file, at a stated place")
    func trailingLength() {
        let start = little.section() + little.interface() + little.enhancedPacket([1])
        var packet = little.enhancedPacket([2])
        packet[packet.count - 4] = 44
        var other = little.block(0x0BAD, [1, 2, 3, 4])
        other[other.count - 4] = 20
        #expect(Reading(start + packet).packets.map(\.bytes) == [[1]])
        #expect(
            Reading(start + packet).error?.message
                == "test.pcap: packet 2 at byte 84 has a block length of 36 at its beginning and 44 at its end")
        #expect(
            Reading(start + other).error?.message
                == "test.pcap: a block of type 0xbad at byte 84 has a block length of 16 at its beginning and 20 at its end")
    }

    @Test("lengths that no block can have are a damaged file", arguments: [0, 8, 11, 13, 34] as [UInt8])
    func impossibleLength(length: UInt8) {
        var packet = little.enhancedPacket([1, 2])
        packet[4] = length
        let reading = Reading(little.section() + little.interface() + packet)
        #expect(reading.packets.isEmpty)
        #expect(reading.error?.kind == .malformed)
        #expect(reading.error?.offset == 48)
    }

    @Test("a captured length that exceeds the block is a damaged file")
    func overrun() {
        let start = little.section() + little.interface()
        var packet = little.enhancedPacket([1, 2])
        packet[20] = 5
        #expect(Reading(start + packet).error?.message == "test.pcap: packet 1 at byte 48 announces 5 bytes in a block of 36")
        let simple = little.simplePacket([1, 2], originalLength: 5)
        #expect(Reading(start + simple).error?.message == "test.pcap: packet 1 at byte 48 announces 5 bytes in a block of 20")
    }

    @Test("blocks larger than the limit are refused when they must be held and passed over when not")
    func blockLimit() {
        var limits = CaptureLimits()
        limits.packetLength = 100
        let start = little.section() + little.interface()
        let fits = little.enhancedPacket(Array(repeating: 1, count: 68))
        let large = little.enhancedPacket(Array(repeating: 1, count: 69))
        let reading = Reading(start + little.block(99, Array(repeating: 0, count: 400)) + fits + large, limits: limits)
        #expect(reading.packets.map(\.bytes.count) == [68])
        #expect(reading.error?.kind == .malformed)
        #expect(reading.error?.packet == 2)
    }

    @Test("a section header without byte-order magic is refused")
    func byteOrderMagic() {
        var header = little.section()
        header[8] = 0
        #expect(Reading(header).error?.message == "test.pcap: a section header block at byte 0 has no byte-order magic")
    }

    @Test("a section of another version is passed over and noted; a file that begins with one is refused")
    func versions() throws {
        let known = little.section() + little.interface() + little.enhancedPacket([1])
        let unknown = little.section(major: 2) + little.interface() + little.enhancedPacket([2]) + little.block(99, [1])
        let reading = Reading(known + unknown + known)
        #expect(reading.error == nil)
        #expect(reading.packets.map(\.bytes) == [[1], [1]])
        #expect(reading.packets.map(\.interface) == [0, 1])
        #expect(reading.facts.notes == ["1 section was left out with all packets in it: of another version than 1"])
        #expect(Reading(unknown + known).error?.kind == .unsupported)
        #expect(Reading(unknown).error?.message == "test.pcap: is a pcapng file of version 2.0; only version 1 is specified")
    }

    @Test("timestamps of every resolution become nanoseconds, saturating")
    func resolutions() {
        func nanoseconds(_ resolution: UInt8, _ ticks: UInt64, offset: Int64 = 0) -> Int64? {
            let bytes = (0..<8).map { UInt8(truncatingIfNeeded: offset >> Int64(8 * $0)) }
            let file =
                little.section() + little.interface(options: [.resolution(resolution), .init(14, bytes)])
                + little.enhancedPacket([1], ticks: ticks)
            return Reading(file).packets.first?.nanoseconds
        }
        #expect(nanoseconds(0, 5) == 5_000_000_000)
        #expect(nanoseconds(3, 5) == 5_000_000)
        #expect(nanoseconds(6, 5) == 5_000)
        #expect(nanoseconds(9, 5) == 5)
        #expect(nanoseconds(12, 5_999) == 5)
        #expect(nanoseconds(28, .max) == 1)
        #expect(nanoseconds(29, .max) == 0)
        #expect(nanoseconds(127, .max) == 0)
        #expect(nanoseconds(0x80, 5) == 5_000_000_000)
        #expect(nanoseconds(0x80 | 20, 1 << 19) == 500_000_000)
        #expect(nanoseconds(0x80 | 64, 1 << 63) == 500_000_000)
        #expect(nanoseconds(0x80 | 127, .max) == 0)
        #expect(nanoseconds(9, .max) == .max)
        #expect(nanoseconds(0, .max) == .max)
        #expect(nanoseconds(0x80, .max) == .max)
        #expect(nanoseconds(9, 7, offset: -1) == -999_999_993)
        #expect(nanoseconds(9, .max, offset: .min) == .min)
        #expect(nanoseconds(0, .max, offset: .max) == .max)
        // Saturating the ticks before adding the offset would be wrong: 2^64 − 1 ns less 10^10 s.
        #expect(nanoseconds(9, .max, offset: -10_000_000_000) == 8_446_744_073_709_551_615)
    }

    @Test("times that cannot be said are noted")
    func saturation() {
        let file = little.section() + little.interface() + little.enhancedPacket([1], ticks: .max) + little.enhancedPacket([2], ticks: 1)
        #expect(Reading(file).packets.map(\.nanoseconds) == [.max, 1_000])
        #expect(Reading(file).facts.notes == ["1 packet has a time before 1677 or after 2262: shown with the first or last there is"])
    }

    @Test("a resolution is shown with six digits down to a microsecond and with nine below")
    func digits() {
        let cases: [(UInt8, UInt8)] = [(0, 6), (6, 6), (7, 9), (9, 9), (12, 9), (0x80, 6), (0x80 | 19, 6), (0x80 | 20, 9), (0xFF, 9)]
        for (value, digits) in cases { #expect(TimestampResolution(rawValue: value).fractionDigits == digits) }
    }
}
