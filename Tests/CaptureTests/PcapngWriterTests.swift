import Bytes
import Capture
import TestSupport
import Testing

@Suite struct PcapngWriterTests {
    static let ethernet = CaptureInterface(linkType: .ethernet, snapLength: 262_144, resolution: .nanoseconds, name: "eth0")

    static func header(_ nanoseconds: Int64, length: Int, interface: UInt32 = 0) -> PacketHeader {
        PacketHeader(
            number: 1, time: Timestamp(nanoseconds: nanoseconds), fractionDigits: 9, linkType: .ethernet, originalLength: length,
            interface: interface)
    }

    @Test("a section, an interface, a packet and its statistics are the bytes that draft-ietf-opsawg-pcapng says")
    func byHand() {
        var writer = PcapngWriter()
        writer.beginSection(CaptureSection(application: "wsray"))
        let number = writer.add(Self.ethernet)
        #expect(number == 0)
        // 2^32 + 2 nanoseconds: the halves are told apart.
        writer.add(Self.header(4_294_967_298, length: 9), ([1, 2, 3, 4, 5] as [UInt8]).span)
        var statistics = InterfaceStatistics(interface: 0, time: Timestamp(nanoseconds: 4_294_967_299))
        statistics.droppedBySystem = 0x0102
        writer.add(statistics)
        let written = writer.output.span.copied()
        #expect(
            written == [
                // Section header: 28 bytes, option 4 of 5 bytes, end of options.
                0x0A, 0x0D, 0x0D, 0x0A, 44, 0, 0, 0, 0x4D, 0x3C, 0x2B, 0x1A, 1, 0, 0, 0,
                0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                4, 0, 5, 0, 0x77, 0x73, 0x72, 0x61, 0x79, 0, 0, 0, 0, 0, 0, 0, 44, 0, 0, 0,
                // Interface: Ethernet, 262,144 bytes, option 2 "eth0", option 9 with 9.
                1, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 0, 0, 4, 0,
                2, 0, 4, 0, 0x65, 0x74, 0x68, 0x30, 9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0, 40, 0, 0, 0,
                // Enhanced packet: 5 bytes of 9, three bytes of padding.
                6, 0, 0, 0, 40, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0, 9, 0, 0, 0,
                1, 2, 3, 4, 5, 0, 0, 0, 40, 0, 0, 0,
                // Statistics: option 7 of 8 bytes.
                5, 0, 0, 0, 40, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0,
                7, 0, 8, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40, 0, 0, 0,
            ])
    }

    @Test("what was written is read again, whatever the packets' lengths")
    func roundTrip() {
        var writer = PcapngWriter()
        writer.beginSection(CaptureSection(hardware: "h", operatingSystem: "Linux 6", application: "w"), comment: "first")
        var cooked = CaptureInterface(linkType: .linuxCooked2, snapLength: 96, resolution: .microseconds, name: "any")
        cooked.description = "all of them"
        cooked.filter = "tcp port 80"
        _ = writer.add(cooked, comment: "ünfiltered")
        _ = writer.add(Self.ethernet)
        writer.add(DecryptionSecrets(form: .tlsKeyLog, bytes: Array("CLIENT_RANDOM 1 2".utf8)))
        for length in 0...9 {
            let bytes = (0..<length).map { UInt8($0) }
            writer.add(Self.header(Int64(length) * 1_000_000_001, length: 100, interface: UInt32(length & 1)), bytes.span)
        }
        writer.add(Self.header(-5, length: 1, interface: 1), ([7, 8, 9] as [UInt8]).span, comment: "before 1970")
        let reading = Reading(writer.output.span.copied())

        #expect(reading.error == nil)
        #expect(reading.packets.map(\.bytes) == (0...9).map { length in (0..<length).map { UInt8($0) } } + [[7, 8, 9]])
        #expect(reading.packets.map(\.interface) == [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1])
        // The first interface counts microseconds.
        #expect(
            reading.packets.map(\.nanoseconds) == [
                0, 1_000_000_001, 2_000_000_000, 3_000_000_003, 4_000_000_000, 5_000_000_005, 6_000_000_000, 7_000_000_007,
                8_000_000_000, 9_000_000_009, 0,
            ])
        #expect(reading.packets.map(\.fractionDigits) == [6, 9, 6, 9, 6, 9, 6, 9, 6, 9, 9])
        #expect(reading.packets.allSatisfy { $0.originalLength == ($0.number == 11 ? 1 : 100) })
        #expect(reading.facts.interfaces.map(\.name) == ["any", "eth0"])
        #expect(reading.facts.interfaces.map(\.description) == ["all of them", nil])
        #expect(reading.facts.interfaces.map(\.filter) == ["tcp port 80", nil])
        #expect(reading.facts.interfaces.map(\.linkType) == [.linuxCooked2, .ethernet])
        #expect(reading.facts.interfaces.map(\.snapLength) == [96, 262_144])
        #expect(reading.facts.sections.map(\.operatingSystem) == ["Linux 6"])
        #expect(reading.facts.secrets.map(\.bytes) == [Array("CLIENT_RANDOM 1 2".utf8)])
        #expect(
            reading.facts.comments == [
                CaptureComment(subject: .section(0), text: "first"), CaptureComment(subject: .interface(0), text: "ünfiltered"),
                CaptureComment(subject: .packet(11), text: "before 1970"),
            ])
        #expect(reading.facts.notes == [])
    }

    @Test("losses are what the statistics count more than those before, in between their times")
    func losses() {
        var writer = PcapngWriter()
        writer.beginSection()
        _ = writer.add(Self.ethernet)
        for (time, dropped) in [(10, 0), (20, 5), (15, 4), (30, 8)] as [(Int64, UInt64)] {
            var statistics = InterfaceStatistics(interface: 0, time: Timestamp(nanoseconds: time))
            statistics.start = Timestamp(nanoseconds: 1)
            statistics.droppedByInterface = 1
            statistics.droppedBySystem = dropped
            writer.add(statistics)
            writer.add(Self.header(time, length: 1), ([1] as [UInt8]).span)
        }
        var received = InterfaceStatistics(interface: 0, time: Timestamp(nanoseconds: 40))
        received.received = 9
        writer.add(received)
        let reading = Reading(writer.output.span.copied())
        #expect(reading.error == nil)
        #expect(
            reading.losses == [
                PacketLoss(count: 1, from: Timestamp(nanoseconds: 1), to: Timestamp(nanoseconds: 10)),
                PacketLoss(count: 5, from: Timestamp(nanoseconds: 10), to: Timestamp(nanoseconds: 20)),
                PacketLoss(count: 3, from: Timestamp(nanoseconds: 20), to: Timestamp(nanoseconds: 30)),
            ])
        let counted = reading.counts.map(\.statistics)
        #expect(counted.map(\.time.nanoseconds) == [10, 20, 15, 30, 40])
        #expect(counted.map(\.dropped) == [1, 6, 5, 9, nil])
        #expect(counted.last == received)
    }

    @Test("of more statistics between two packets than are told one by one the last ones stand for all")
    func manyCounts() {
        var writer = PcapngWriter()
        writer.beginSection()
        _ = writer.add(Self.ethernet)
        for time in 1...4 as ClosedRange<Int64> {
            var statistics = InterfaceStatistics(interface: 0, time: Timestamp(nanoseconds: time))
            statistics.droppedBySystem = UInt64(time)
            statistics.delivered = 7
            writer.add(statistics.withoutDelivered)
        }
        var limits = CaptureLimits()
        limits.statisticsCount = 2
        let counts = Reading(writer.output.span.copied(), limits: limits).counts
        #expect(counts.map(\.statistics.time.nanoseconds) == [1, 4])
        #expect(counts.map { $0.loss?.count } == [1, 3])
        #expect(counts.allSatisfy { $0.statistics.delivered == nil })
    }
}
