import Bytes
import TestSupport
import Testing

@testable import Packets

@Suite("UDP datagrams") struct DatagramTests {
    private static let payload = Array("seven b".utf8)

    private static func udp(_ length: Int, _ payload: [UInt8] = payload) -> [UInt8] {
        PacketBuilder.bigEndian(PacketBuilder.client.port) + PacketBuilder.bigEndian(UInt16(443)) + PacketBuilder.bigEndian(UInt16(length))
            + [0, 0] + payload
    }

    private static func decode(_ udp: [UInt8], padding: Int = 0, cutTo count: Int? = nil) -> (Datagram?, [UInt8]) {
        let packet =
            PacketBuilder.ip(from: PacketBuilder.client.address, to: PacketBuilder.server.address, carrying: 17, udp)
            + [UInt8](repeating: 0, count: padding)
        let bytes = Array(packet.prefix(count ?? packet.count))
        guard case .datagram(let datagram) = PacketsTests.decode(bytes, as: .raw, originalLength: packet.count) else { return (nil, []) }
        return (datagram, Array(bytes[datagram.capturedRange]))
    }

    @Test("a datagram has its ends and its payload, and not what pads the packet")
    func whole() throws {
        for padding in [0, 5] {
            let (datagram, payload) = Self.decode(Self.udp(15), padding: padding)
            let found = try #require(datagram)
            #expect(found.source == PacketBuilder.client)
            #expect(found.destination == Endpoint(address: PacketBuilder.server.address, port: 443))
            #expect(payload == Self.payload)
            #expect(found.isWhole)
        }
    }

    @Test("a length of 0 or beyond the packet means all that there is")
    func lengths() throws {
        for length in [0, 16, 65_535] {
            let (datagram, payload) = Self.decode(Self.udp(length))
            #expect(payload == Self.payload)
            #expect(datagram?.isWhole == true)
        }
        let (_, shorter) = Self.decode(Self.udp(10))
        #expect(shorter == Array(Self.payload.prefix(2)))
    }

    @Test("of a datagram that was cut off it is known how much is missing")
    func cut() throws {
        let (datagram, payload) = Self.decode(Self.udp(15), cutTo: 31)
        let found = try #require(datagram)
        #expect(payload == Array(Self.payload.prefix(3)))
        #expect(found.payloadLength == 7)
        #expect(!found.isWhole)
        let (none, _) = Self.decode(Self.udp(15), cutTo: 27)
        #expect(none == nil)
    }
}
