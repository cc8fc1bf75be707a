import Bytes
import Packets
import TestSupport
import Testing

@Suite struct SightingTests {
    /// A packet on an interface, milliseconds after the beginning; whether it was seen before.
    static func see(
        _ bytes: [UInt8], on interface: UInt32, at milliseconds: Int64, _ sightings: inout Sightings, linkType: LinkType = .ethernet
    ) -> Bool {
        let header = PacketHeader(
            number: 1, time: Timestamp(nanoseconds: milliseconds * 1_000_000), fractionDigits: 9, linkType: linkType,
            originalLength: bytes.count, interface: interface)
        return sightings.isRepeated(header, bytes.span)
    }

    /// Ethernet, IPv4 and TCP by hand: time to live 64, sequence number 1, "GET ".
    static func packet(ttl: UInt8 = 64, sequence: UInt8 = 1, checksum: UInt8 = 0) -> [UInt8] {
        [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0]
            + [0x45, 0, 0, 44, 0, 7, 0x40, 0, ttl, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
            + [0xC0, 0, 0, 80, 0, 0, 0, sequence, 0, 0, 0, 9, 0x50, 0x18, 1, 0, checksum, checksum, 0, 0]
            + Array("GET ".utf8)
    }

    @Test("a packet on a second interface is the same, whatever routers and checksums did to it")
    func twoInterfaces() {
        var sightings = Sightings()
        let seen = [
            Self.see(Self.packet(), on: 0, at: 0, &sightings),
            Self.see(Self.packet(ttl: 63, checksum: 5), on: 1, at: 1, &sightings),
            Self.see(Self.packet(), on: 2, at: 2, &sightings),
            Self.see(Self.packet(sequence: 5), on: 1, at: 3, &sightings),
        ]
        #expect(seen == [false, true, true, false])
        #expect(sightings.repeatedCount == 2)
    }

    @Test("a retransmission on one interface is another packet, and seen on the second it is that one")
    func retransmission() {
        var sightings = Sightings()
        let seen = [(0, 0), (0, 1), (1, 2), (1, 3), (1, 4), (0, 5)].map { interface, time in
            Self.see(Self.packet(), on: UInt32(interface), at: Int64(time), &sightings)
        }
        // The third on the second interface was not seen on the first before.
        #expect(seen == [false, false, true, true, false, true])
    }

    @Test("long after, the same bytes are another packet")
    func later() {
        var sightings = Sightings()
        let seen = [
            Self.see(Self.packet(), on: 0, at: 0, &sightings), Self.see(Self.packet(), on: 1, at: 500, &sightings),
        ]
        #expect(seen == [false, false])
    }

    @Test("of any, the interface is in the packet's cooked header")
    func cooked() {
        var sightings = Sightings()
        let ip = Array(Self.packet().dropFirst(14))
        func cooked(_ interface: UInt8) -> [UInt8] { [8, 0, 0, 0, 0, 0, 0, interface] + [UInt8](repeating: 0, count: 12) + ip }
        let seen = [2, 2, 3, 4, 3].map { Self.see(cooked($0), on: 0, at: 0, &sightings, linkType: .linuxCooked2) }
        #expect(seen == [false, false, true, true, true])
    }

    @Test("what is no IP is never the same")
    func notIP() {
        var sightings = Sightings()
        let arp: [UInt8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 6, 0, 1]
        let short: [UInt8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45]
        let seen = [arp, arp, short, short].enumerated().map { Self.see($1, on: UInt32($0), at: 0, &sightings) }
        #expect(seen == [false, false, false, false])
    }
}
