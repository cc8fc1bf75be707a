import Bytes
import Packets
import Processes
import TestSupport
import Testing

@Suite struct ConnectionGateTests {
    static let other = Endpoint(address: IPAddress(203, 0, 113, 9), port: 40_000)
    static let random = [UInt8](repeating: 0x5A, count: 32)
    /// The first record of a client: a handshake message of type 1, a version, and the random.
    static let hello: [UInt8] = [22, 3, 1, 0, 60, 1, 0, 0, 56, 3, 3] + random + [UInt8](repeating: 0, count: 20)

    /// Numbers of the packets that pass, of a gate that owns what comes from `PacketBuilder.client`.
    final class Passing {
        var gate = ConnectionGate()
        var number: UInt64 = 0

        func passes(_ packet: [UInt8]) -> Bool {
            number += 1
            return gate.passes(PacketBuilder.header(number, of: packet), packet.span) { $0.source == PacketBuilder.client }
        }

        func released(_ random: [UInt8]) -> [UInt64] { gate.release { $0 == random }.map(\.header.number) }
    }

    @Test("an owned connection passes from its first packet on, in both directions")
    func owned() {
        let gate = Passing()
        // What began before is nobody's.
        let early = gate.passes(PacketBuilder.tcp())
        let first = gate.passes(PacketBuilder.tcp(flags: .syn))
        let answer = gate.passes(PacketBuilder.tcp(from: PacketBuilder.server, to: PacketBuilder.client, flags: [.syn, .ack]))
        let data = gate.passes(PacketBuilder.tcp(payload: [1, 2, 3]))
        #expect(!early && first && answer && data)
        #expect(gate.gate.connectionCount == 1)
    }

    @Test("another's TLS connection passes as a whole once its secrets are there")
    func late() {
        let gate = Passing()
        let packets = [
            PacketBuilder.tcp(from: Self.other, flags: .syn),
            PacketBuilder.tcp(from: PacketBuilder.server, to: Self.other, flags: [.syn, .ack]),
            PacketBuilder.tcp(from: Self.other, payload: Self.hello),
            PacketBuilder.tcp(from: PacketBuilder.server, to: Self.other, payload: [22, 3, 3, 0, 0]),
        ]
        for packet in packets { #expect(!gate.passes(packet)) }
        #expect(gate.released([UInt8](repeating: 1, count: 32)) == [])
        #expect(gate.released(Self.random) == [1, 2, 3, 4])
        #expect(gate.released(Self.random) == [])
        let next = gate.passes(PacketBuilder.tcp(from: Self.other, payload: [1]))
        #expect(next)
    }

    @Test("another's connection without TLS never passes")
    func plain() {
        let gate = Passing()
        for packet in [
            PacketBuilder.tcp(from: Self.other, flags: .syn), PacketBuilder.tcp(from: Self.other, payload: Array("GET / HTTP/1.1".utf8)),
            PacketBuilder.tcp(from: Self.other, payload: Self.hello),
        ] { #expect(!gate.passes(packet)) }
        #expect(gate.released(Self.random) == [])
    }

    @Test("what waits is bounded")
    func bounded() {
        let gate = Passing()
        #expect(!gate.passes(PacketBuilder.tcp(from: Self.other, flags: .syn)))
        #expect(!gate.passes(PacketBuilder.tcp(from: Self.other, payload: Self.hello)))
        for _ in 0..<300 { #expect(!gate.passes(PacketBuilder.tcp(from: Self.other, payload: [UInt8](repeating: 0, count: 1_000)))) }
        #expect(gate.released(Self.random) == [])
    }
}
