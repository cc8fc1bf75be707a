import Bytes
import Packets
import TestSupport
import Testing

/// A link header and what it leads to.
struct LinkCase: CustomTestStringConvertible, Sendable {
    var name: String
    var linkType: UInt32
    var header: [UInt8]
    var isV4 = true

    var testDescription: String { name }
    var packet: [UInt8] { header + (isV4 ? ipv4Hi : ipv6Hi) }

    static let stations = "0200 0000 0001 0200 0000 0002"
    static let all = [
        LinkCase(name: "Ethernet", linkType: 1, header: hex(stations + "0800")),
        LinkCase(name: "Ethernet, IPv6", linkType: 1, header: hex(stations + "86dd"), isV4: false),
        LinkCase(name: "802.1Q", linkType: 1, header: hex(stations + "8100 0064 0800")),
        LinkCase(name: "802.1ad and 802.1Q", linkType: 1, header: hex(stations + "88a8 0064 8100 e0c8 86dd"), isV4: false),
        LinkCase(name: "three tags", linkType: 1, header: hex(stations + "9100 0001 8100 0002 8100 0003 0800")),
        LinkCase(name: "802.3 with SNAP", linkType: 1, header: hex(stations + "0032 aaaa 03 000000 0800")),
        LinkCase(name: "802.3 with LLC address 6", linkType: 1, header: hex(stations + "002d 0606 03")),
        LinkCase(name: "PPPoE session", linkType: 1, header: hex(stations + "8864 1100 0007 002c 0021")),
        LinkCase(name: "PPPoE session, IPv6", linkType: 1, header: hex(stations + "8100 0005 8864 1100 0007 0040 0057"), isV4: false),
        LinkCase(name: "two MPLS labels", linkType: 1, header: hex(stations + "8847 00010040 00011140")),
        LinkCase(name: "MPLS, IPv6", linkType: 1, header: hex(stations + "8847 00011140"), isV4: false),
        LinkCase(name: "Linux cooked", linkType: 113, header: hex("0004 0001 0006 020000000001 0000 0800")),
        LinkCase(name: "Linux cooked, tagged", linkType: 113, header: hex("0004 0001 0006 020000000001 0000 8100 0064 86dd"), isV4: false),
        LinkCase(name: "Linux cooked, LLC", linkType: 113, header: hex("0004 0001 0006 020000000001 0000 0004 aaaa 03 000000 0800")),
        LinkCase(name: "Linux cooked 2", linkType: 276, header: hex("86dd 0000 00000002 0001 00 06 020000000001 0000"), isV4: false),
        LinkCase(name: "Linux cooked 2, tagged", linkType: 276, header: hex("8100 0000 00000002 0001 00 06 020000000001 0000 0064 0800")),
        LinkCase(name: "null, little-endian", linkType: 0, header: hex("02000000")),
        LinkCase(name: "null, big-endian", linkType: 0, header: hex("00000002")),
        LinkCase(name: "null, Linux IPv6", linkType: 0, header: hex("0a000000"), isV4: false),
        LinkCase(name: "null, NetBSD IPv6", linkType: 0, header: hex("18000000"), isV4: false),
        LinkCase(name: "null, FreeBSD IPv6", linkType: 0, header: hex("1c000000"), isV4: false),
        LinkCase(name: "null, Darwin IPv6", linkType: 0, header: hex("0000001e"), isV4: false),
        LinkCase(name: "loop", linkType: 108, header: hex("00000018"), isV4: false),
        LinkCase(name: "raw", linkType: 101, header: []),
        LinkCase(name: "raw, IPv6", linkType: 101, header: [], isV4: false),
        LinkCase(name: "raw as 12", linkType: 12, header: []),
        LinkCase(name: "raw as 14", linkType: 14, header: [], isV4: false),
        LinkCase(name: "IPv4", linkType: 228, header: []),
        LinkCase(name: "IPv6", linkType: 229, header: [], isV4: false),
        LinkCase(name: "PPP", linkType: 9, header: hex("0021")),
        LinkCase(name: "PPP with address and control", linkType: 9, header: hex("ff03 0057"), isV4: false),
        LinkCase(name: "PPP with a compressed protocol", linkType: 50, header: hex("ff03 21")),
        LinkCase(name: "PPP with labels", linkType: 9, header: hex("0281 00011140")),
        LinkCase(name: "Cisco HDLC", linkType: 104, header: hex("0f00 86dd"), isV4: false),
        LinkCase(name: "PPPoE without Ethernet", linkType: 51, header: hex("1100 0007 002c 0021")),
    ]
}

@Suite struct LinkLayerTests {
    @Test("the segment is found behind every link header", arguments: LinkCase.all)
    func found(link: LinkCase) {
        let offset = link.header.count + (link.isV4 ? 20 : 40)
        let decoded = decode(link.packet, as: LinkType(rawValue: link.linkType))
        #expect(decoded.plain == .segment(segmentHi(at: offset, isV4: link.isV4)))
    }

    @Test("every prefix of a packet says which header is cut, or is a segment that is cut", arguments: LinkCase.all)
    func prefixes(link: LinkCase) throws {
        let packet = link.packet
        let headerEnd = link.header.count + (link.isV4 ? 40 : 60)
        for count in packet.indices {
            let prefix = Array(packet[..<count])
            let decoded = decode(prefix, as: LinkType(rawValue: link.linkType), originalLength: packet.count)
            if count >= headerEnd {
                let segment = try #require(decoded.segment)
                #expect(segment.payloadLength == 2)
                #expect(segment.capturedRange == headerEnd..<count)
            } else {
                guard case .truncated(let needed, let available) = decoded.undecoded?.reason else {
                    Issue.record("\(count) bytes: \(decoded)")
                    continue
                }
                #expect(needed > available && available >= 0 && available <= count)
            }
        }
    }

    @Test("a cut header is named with what it needs and what is there")
    func truncation() {
        let packet = LinkCase.all[2].packet
        #expect(decode(Array(packet[..<13])).undecoded == Undecoded(.link, .truncated(needed: 14, available: 13)))
        #expect(decode(Array(packet[..<16])).undecoded == Undecoded(.vlan, .truncated(needed: 4, available: 2)))
        #expect(decode(Array(packet[..<18])).undecoded == Undecoded(.ipv4, .truncated(needed: 20, available: 0)))
        #expect(decode(Array(packet[..<57])).undecoded == Undecoded(.tcp, .truncated(needed: 20, available: 19)))
    }

    @Test("what is not IP is named by its number")
    func notIP() {
        let stations = LinkCase.stations
        #expect(decode(hex(stations + "0806 0001")).undecoded == Undecoded(.link, .notIP(0x0806)))
        #expect(decode(hex(stations + "8100 0001 88cc")).undecoded == Undecoded(.vlan, .notIP(0x88cc)))
        #expect(decode(hex(stations + "0026 4242 03")).undecoded == Undecoded(.llc, .notIP(0x4242)))
        #expect(decode(hex(stations + "0026 aaaa 03 00000c 2000")).undecoded == Undecoded(.llc, .notIP(0x2000)))
        #expect(decode(hex(stations + "8864 11a7 0000 0000")).undecoded == Undecoded(.pppoe, .notIP(0x11a7)))
        #expect(decode(hex(stations + "8864 1100 0001 000a c021")).undecoded == Undecoded(.ppp, .notIP(0xc021)))
        #expect(decode(hex(stations + "8847 00010100 00000000")).undecoded == Undecoded(.mpls, .notIP(0)))
        #expect(decode(hex("07000000 4500"), as: .null).undecoded == Undecoded(.link, .notIP(7)))
        #expect(decode(hex("0004 0001 0006 020000000001 0000 000c 00"), as: .linuxCooked).undecoded == Undecoded(.link, .notIP(12)))
        #expect(decode(hex("50"), as: .raw).undecoded == Undecoded(.link, .malformed(.version(5))))
    }

    @Test("a link type that is not known is named, whatever the bytes")
    func unsupported() {
        let bluetooth = LinkType(rawValue: 201)
        #expect(decode(ipv4Hi, as: bluetooth).undecoded == Undecoded(.link, .unsupportedLinkType(bluetooth)))
    }

    @Test("tags without end are given up")
    func bounded() {
        let tags = String(repeating: "8100 0001 ", count: 1000)
        #expect(decode(hex(LinkCase.stations + tags)).undecoded == Undecoded(.link, .tooManyHeaders))
        let labels = String(repeating: "00010040 ", count: 1000)
        #expect(decode(hex(LinkCase.stations + "8847" + labels)).undecoded == Undecoded(.link, .tooManyHeaders))
    }

    @Test("the checksum of built packets is that of RFC 1071's example")
    func checksum() {
        // §3 adds these bytes up to 0xddf2; the checksum is its complement.
        #expect(PacketBuilder.checksum(hex("0001 f203 f4f5 f6f7")) == ~0xddf2)
        // What includes its own checksum adds up to all ones.
        #expect(PacketBuilder.checksum(Array(PacketBuilder.tcp()[14..<34])) == 0)
    }

    @Test(
        "the packets that the tests build are found behind each of their link headers",
        arguments: [
            .ethernet, .vlan([.init(7)]), .vlan([.init(7, etherType: 0x88a8), .init(8)]), .linuxCooked, .linuxCooked2, .null,
            .nullBigEndian, .loop,
            .raw,
        ] as [PacketBuilder.Link])
    func built(link: PacketBuilder.Link) throws {
        for (from, to) in [
            (PacketBuilder.client, PacketBuilder.server), (PacketBuilder.clientV6, PacketBuilder.serverV6),
        ] {
            let packet = PacketBuilder.tcp(from: from, to: to, sequence: 7, payload: [1, 2, 3], link: link)
            let segment = try #require(decode(packet, as: link.linkType).segment)
            #expect(segment.source == from)
            #expect(segment.destination == to)
            #expect(Array(packet[segment.capturedRange]) == [1, 2, 3])
        }
    }
}
