import Testing

@testable import QUIC

@Suite struct VectorTests {
    @Test("numbers") func numbers() { #expect(PacketHead.number(0x9B32, byteCount: 2, expecting: 0xA82F_30EB) == 0xA82F_9B32) }
}
