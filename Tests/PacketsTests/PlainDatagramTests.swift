import Bytes
import TestSupport
import Testing

@testable import Packets

@Suite("Datagrams as nearly all are") struct PlainDatagramTests {
    private static let ethernet = [UInt8](repeating: 2, count: 12) + [8, 0]

    /// From port 5000 to `port`, with seven bytes, and what the length of UDP says.
    private static func packet(to port: UInt16 = 443, length: UInt16 = 15) -> [UInt8] {
        let datagram = PacketBuilder.bigEndian(UInt16(5_000)) + PacketBuilder.bigEndian(port) + PacketBuilder.bigEndian(length) + [0, 0]
        return ethernet
            + PacketBuilder.ip(
                from: PacketBuilder.client.address, to: PacketBuilder.server.address, carrying: 17, datagram + Array("seven b".utf8))
    }

    /// Nil where a packet is not taken for a plain one; otherwise whether the walk finds the same datagram.
    private static func agrees(_ packet: [UInt8]) -> Bool? {
        guard let plain = PlainDatagram(in: packet.span, like: PacketBuilder.header(of: packet, link: .ethernet)) else { return nil }
        guard case .datagram(let datagram) = decode(packet) else { return false }
        return datagram.source == Endpoint(address: IPAddress(v4: plain.source), port: plain.sourcePort)
            && datagram.destination == Endpoint(address: IPAddress(v4: plain.destination), port: plain.destinationPort)
            && datagram.payloadLength == plain.payloadLength && datagram.capturedRange == plain.capturedRange
            && datagram.isWhole == plain.isWhole && datagram.internetHeaderLength == PlainDatagram.internetHeaderLength
            && datagram.scope == .none && !datagram.isEncapsulated && datagram.undecoded == PlainDatagram.undecoded
    }

    @Test("what is read in one step is what the walk finds, whatever the lengths, and however much was captured")
    func lengths() {
        for length in [0, 7, 8, 10, 15, 16, 65_535] as [UInt16] {
            let packet = Self.packet(length: length)
            #expect(Self.agrees(packet) == true)
            #expect(Self.agrees(packet + [0, 0, 0]) == true)
            for count in 42..<packet.count { #expect(Self.agrees(Array(packet.prefix(count))) == true) }
            for count in 0..<42 { #expect(Self.agrees(Array(packet.prefix(count))) == nil) }
        }
    }

    @Test("with any byte of its headers changed, a packet is either walked or the same in both")
    func changes() {
        let packet = Self.packet()
        for index in 0..<42 {
            for value in 0...UInt8.max {
                var changed = packet
                changed[index] = value
                #expect(Self.agrees(changed) != false, "byte \(index) is \(value)")
            }
        }
    }

    @Test("ports of tunnels, fragments, options and other links are walked")
    func others() {
        for port in [1_701, 2_152, 3_544, 4_789, 8_472, 4_790, 5_247, 6_081, 6_635] as [UInt16] {
            #expect(Self.agrees(Self.packet(to: port)) == nil)
        }
        var fragment = Self.packet()
        fragment[20] = 0x20
        #expect(Self.agrees(fragment) == nil)
        var options = Self.packet()
        options[14] = 0x46
        #expect(Self.agrees(options) == nil)
        let packet = Self.packet()
        let isRaw = PlainDatagram(in: packet.span, like: PacketBuilder.header(of: packet, link: .raw)) != nil
        #expect(!isRaw)
    }
}
