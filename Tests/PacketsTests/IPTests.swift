import Bytes
import Packets
import TestSupport
import Testing

@Suite struct IPTests {
    private let a = IPAddress(10, 0, 0, 1)
    private let b = IPAddress(10, 0, 0, 2)
    private let a6 = IPAddress(v6: 0, 1)
    private let b6 = IPAddress(v6: 0, 2)

    private func raw(_ packet: [UInt8], originalLength: Int? = nil) -> Decoded {
        decode(packet, as: .raw, originalLength: originalLength)
    }

    private func v6(_ next: UInt8, _ rest: [UInt8]) -> [UInt8] { PacketBuilder.ip(from: a6, to: b6, carrying: next, rest) }

    // MARK: Lengths

    @Test("padding behind the IP length is no payload")
    func padding() {
        let frame = hex(LinkCase.stations + "0800") + ipv4Hi + [UInt8](repeating: 0xee, count: 4)
        #expect(decode(frame) == .segment(segmentHi(at: 34)))
        let acknowledgment = PacketBuilder.tcp() + [UInt8](repeating: 0, count: 6)
        #expect(decode(acknowledgment).segment?.payloadLength == 0)
        #expect(decode(acknowledgment).segment?.capturedCount == 0)
        #expect(raw(ipv6Hi + [9, 9]) == .segment(segmentHi(at: 40, isV4: false)))
    }

    @Test("a packet that the snaplen cut keeps its length on the wire")
    func snaplen() throws {
        let packet = PacketBuilder.tcp(payload: [UInt8](repeating: 7, count: 1000))
        let segment = try #require(decode(Array(packet[..<96]), originalLength: packet.count).segment)
        #expect(segment.payloadLength == 1000)
        #expect(segment.capturedRange == 54..<96)
    }

    @Test("a capture that ends among the TCP options is a segment without captured payload")
    func cutOptions() throws {
        let packet = PacketBuilder.tcp(options: [UInt8](repeating: 1, count: 12), payload: [1, 2, 3])
        let segment = try #require(decode(Array(packet[..<60]), originalLength: packet.count).segment)
        #expect(segment.headerLength == 32)
        #expect(segment.payloadLength == 3)
        #expect(segment.capturedRange == 60..<60)
    }

    @Test("a length of 0 means the length on the wire")
    func offload() throws {
        var v4 = ipv4Hi
        v4.replaceSubrange(2..<4, with: [0, 0])
        #expect(raw(v4) == .segment(segmentHi(at: 20)))
        #expect(raw(v4, originalLength: 100_000).segment?.payloadLength == 99_960)
        var v6 = ipv6Hi
        v6.replaceSubrange(4..<6, with: [0, 0])
        #expect(raw(v6) == .segment(segmentHi(at: 40, isV4: false)))
        #expect(raw(v6, originalLength: 100_000).segment?.payloadLength == 99_940)
    }

    @Test("segments far above any MTU are segments")
    func large() throws {
        let payload = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
        for (from, to) in [(PacketBuilder.client, PacketBuilder.server), (PacketBuilder.clientV6, PacketBuilder.serverV6)] {
            for count in [60_000, 200_000] {
                let packet = PacketBuilder.tcp(from: from, to: to, payload: Array(payload[..<count]))
                let segment = try #require(decode(packet).segment)
                #expect(segment.payloadLength == count)
                #expect(segment.capturedCount == count)
            }
        }
    }

    @Test("a jumbo option states the length that the field cannot", arguments: [false, true])
    func jumbo(afterPadding: Bool) throws {
        // Next header 6, one word; jumbo payload: 8 bytes of options, 20 of TCP, 70,000 of payload.
        let option = hex("c2 04 00011194")
        let options = afterPadding ? hex("06 01 01 04 00000000 00") + option + [0] : hex("06 00") + option
        let length = options.count + 20 + 70_000
        var packet = v6(0, options + PacketBuilder.segment(from: .init(address: a6, port: 1), to: .init(address: b6, port: 2)))
        packet.replaceSubrange(4..<6, with: [0, 0])
        let stated = packet.firstRange(of: hex("c2 04"))!.upperBound
        packet.replaceSubrange(stated..<stated + 4, with: PacketBuilder.bigEndian(UInt32(length)))
        #expect(raw(packet, originalLength: packet.count).segment?.payloadLength == 70_000)
    }

    @Test("a wrong original length can do no harm", arguments: [Int.min, -1, 0, 1, Int.max])
    func originalLengths(length: Int) {
        #expect(raw(ipv4Hi, originalLength: length) == .segment(segmentHi(at: 20)))
        var packet = ipv4Hi
        packet.replaceSubrange(2..<4, with: [0, 0])
        #expect(raw(packet, originalLength: length).segment != nil)
        packet.replaceSubrange(6..<8, with: hex("3fff"))
        #expect(raw(packet, originalLength: length).undecoded != nil)
    }

    // MARK: Headers

    @Test("IPv4 options are stepped over")
    func options() throws {
        let packet = PacketBuilder.ip(from: a, to: b, carrying: 6, tcpHi, options: hex("94040000 01010100"))
        #expect(raw(packet) == .segment(segmentHi(at: 28, behind: 28)))
    }

    @Test("an IPv4 header that contradicts itself is malformed")
    func malformedIPv4() {
        var packet = ipv4Hi
        packet[0] = 0x44
        #expect(raw(packet).undecoded == Undecoded(.ipv4, .malformed(.headerLength(16))))
        packet[0] = 0x46
        packet.replaceSubrange(2..<4, with: [0, 23])
        #expect(raw(packet).undecoded == Undecoded(.ipv4, .malformed(.totalLength(23))))
        packet[0] = 0x65
        #expect(decode(packet, as: .ipv4).undecoded == Undecoded(.ipv4, .malformed(.version(6))))
        #expect(decode(ipv4Hi + ipv4Hi, as: .ipv6).undecoded == Undecoded(.ipv6, .malformed(.version(4))))
    }

    @Test("other protocols are named by their number")
    func notTCP() {
        #expect(raw(PacketBuilder.ip(from: a, to: b, carrying: 17, tcpHi)).undecoded == Undecoded(.ipv4, .notTCP(17)))
        #expect(raw(v6(58, tcpHi)).undecoded == Undecoded(.ipv6, .notTCP(58)))
        #expect(raw(v6(59, [])).undecoded == Undecoded(.ipv6, .notTCP(59)))
        // Extension headers are IPv6's; in IPv4 the number of hop-by-hop options means nothing.
        #expect(raw(PacketBuilder.ip(from: a, to: b, carrying: 0, tcpHi)).undecoded == Undecoded(.ipv4, .notTCP(0)))
    }

    @Test("extension headers lead to TCP in any order")
    func extensions() {
        let hopByHop = hex("2b 00 0104 00000000")  // then routing
        let routing = hex("3c 02 0000 00000000") + [UInt8](repeating: 0, count: 16)  // then destination options
        let destination = hex("33 00 0104 00000000")  // then authentication
        let authentication = hex("2c 04 0000 00000001 00000002 000000000000000000000000")  // then an atomic fragment
        let atomic = hex("06 00 0000 00000009")
        let packet = v6(0, hopByHop + routing + destination + authentication + atomic + tcpHi)
        #expect(raw(packet) == .segment(segmentHi(at: 40 + 8 + 24 + 8 + 24 + 8, isV4: false, behind: 40 + 8 + 24 + 8 + 24 + 8)))
    }

    @Test("AH is stepped over in IPv4 too")
    func authentication() {
        let packet = PacketBuilder.ip(from: a, to: b, carrying: 51, hex("06 04 0000 00000001 00000002 000000000000000000000000") + tcpHi)
        #expect(raw(packet) == .segment(segmentHi(at: 44, behind: 44)))
    }

    @Test("an extension header beyond the packet is malformed, beyond the capture it is cut")
    func extensionLengths() {
        let packet = v6(60, hex("06 01 0000 00000000"))
        #expect(raw(packet).undecoded == Undecoded(.extensionHeader, .malformed(.headerLength(16))))
        let whole = v6(60, hex("06 01 010c 00000000 00000000 00000000") + tcpHi)
        let cut = raw(Array(whole[..<50]), originalLength: whole.count)
        #expect(cut.undecoded == Undecoded(.extensionHeader, .truncated(needed: 16, available: 10)))
    }

    @Test("extension headers without end are given up")
    func bounded() {
        let header = hex("3c 00 0104 00000000")
        let packet = v6(60, Array(repeatElement(header, count: 500).joined()))
        #expect(raw(packet).undecoded == Undecoded(.extensionHeader, .tooManyHeaders))
    }

    @Test("IP in IP belongs to the inner addresses")
    func tunnels() {
        let outer = IPAddress(203, 0, 113, 1)
        #expect(raw(PacketBuilder.ip(from: outer, to: outer, carrying: 4, ipv4Hi)).plain == .segment(segmentHi(at: 40, behind: 40)))
        #expect(
            raw(PacketBuilder.ip(from: outer, to: outer, carrying: 41, ipv6Hi)).plain
                == .segment(segmentHi(at: 60, isV4: false, behind: 60)))
        #expect(raw(v6(4, ipv4Hi)).plain == .segment(segmentHi(at: 60, behind: 60)))
        #expect(raw(v6(41, ipv6Hi)).plain == .segment(segmentHi(at: 80, isV4: false, behind: 80)))
    }

    @Test("an inner packet longer than its outer one is malformed")
    func innerLength() {
        var inner = ipv4Hi
        inner.replaceSubrange(2..<4, with: [0, 43])
        #expect(raw(v6(4, inner)).undecoded == Undecoded(.ipv4, .malformed(.totalLength(43))))
    }

    // MARK: TCP

    @Test("a TCP header that does not fit is malformed")
    func malformedTCP() {
        for (words, length) in [(0x40, 16), (0x60, 24), (0xf0, 60)] as [(UInt8, Int)] {
            var packet = ipv4Hi
            packet[32] = words
            #expect(raw(packet).undecoded == Undecoded(.tcp, .malformed(.headerLength(length))))
        }
        let short = PacketBuilder.ip(from: a, to: b, carrying: 6, Array(tcpHi[..<19]))
        #expect(raw(short).undecoded == Undecoded(.tcp, .malformed(.totalLength(19))))
    }

    @Test("one address at both ends is an ordinary segment")
    func sameAddress() throws {
        let end = Endpoint(address: a, port: 1)
        let segment = try #require(decode(PacketBuilder.tcp(from: end, to: Endpoint(address: a, port: 2))).segment)
        #expect(segment.source.address == segment.destination.address)
        #expect(segment.source.port == 1)
    }

    @Test("checksums are not judged")
    func checksums() {
        var packet = ipv4Hi
        packet.replaceSubrange(10..<12, with: [0xde, 0xad])
        packet.replaceSubrange(36..<38, with: [0xbe, 0xef])
        #expect(raw(packet) == .segment(segmentHi(at: 20)))
    }
}
