import TLS
import Testing

@testable import QUIC

/// The sample packets of the RFCs: RFC 9001, appendix A, and RFC 9369, appendix A.
@Suite struct VectorTests {
    static let all: [(version: QUICVersion, vectors: Vectors)] = [(.v1, .v1), (.v2, .v2)]

    private func destination() throws -> ConnectionID { try #require(ConnectionID(bytes: Vectors.bytes(Vectors.destination))) }

    @Test("Initial secrets, keys and IVs follow from the connection ID (A.1)", arguments: [0, 1])
    func initialKeys(index: Int) throws {
        let (version, vectors) = Self.all[index]
        let secrets = InitialSecrets(version, destination: try destination())
        #expect(secrets.client.bytes == Vectors.bytes(vectors.initialSecrets.client))
        #expect(secrets.server.bytes == Vectors.bytes(vectors.initialSecrets.server))
        for (secret, keys) in [(secrets.client, vectors.clientKeys), (secrets.server, vectors.serverKeys)] {
            func expand(_ label: StaticString, _ count: Int) -> [UInt8] {
                KeyDerivation.expand(secret, label: label, byteCount: count, .sha256).bytes
            }
            #expect(expand(version.keyLabel, 16) == Vectors.bytes(keys.key))
            #expect(expand(version.ivLabel, 12) == Vectors.bytes(keys.iv))
            #expect(expand(version.headerLabel, 16) == Vectors.bytes(keys.header))
        }
    }

    @Test("the client's first packet opens, and has its hello (A.2)", arguments: [0, 1])
    func clientInitial(index: Int) throws {
        let (version, vectors) = Self.all[index]
        let packet = Vectors.bytes(vectors.clientInitial)
        let header = try #require(LongHeader(bytes: packet))
        #expect(packet.count == 1_200 && header.end == packet.count && header.kind == .initial && header.version == version)
        let destination = try destination()
        let opened = try #require(
            Opened(initial: packet, at: header.numberOffset, version, destination: destination, isClients: true))
        #expect(opened.number == 2)
        #expect(opened.frames.count == 1_162)
        let hello = try #require(ClientHello(bytes: Array(opened.frames[8..<245])))
        #expect(hello.serverName == "example.com")
        let parameters = TransportParameters(bytes: try #require(hello.transportParameters))
        #expect(parameters.maxData == 0x3FFF_FFFF_FFFF_FFFF)
        #expect(parameters.maxStreamDataOfOwn == 65_535)
        #expect(parameters.idleTimeout == 30_000)
        #expect(Opened(initial: packet, at: header.numberOffset, version, destination: destination, isClients: false) == nil)
    }

    @Test("the server's first packet opens (A.3)", arguments: [0, 1])
    func serverInitial(index: Int) throws {
        let (version, vectors) = Self.all[index]
        let packet = Vectors.bytes(vectors.serverInitial)
        let header = try #require(LongHeader(bytes: packet))
        let opened = try #require(
            Opened(initial: packet, at: header.numberOffset, version, destination: try destination(), isClients: false))
        #expect(opened.number == 1)
        #expect(opened.frames == Vectors.bytes(Vectors.serverFrames))
    }

    @Test("a Retry packet is authentic for the connection ID that it answers, and for no other (A.4)", arguments: [0, 1])
    func retry(index: Int) throws {
        let (version, vectors) = Self.all[index]
        let packet = Vectors.bytes(vectors.retry)
        let header = try #require(LongHeader(bytes: packet))
        #expect(header.kind == .retry && header.version == version)
        let destination = try destination()
        #expect(Retry.isAuthentic(bytes: packet, version, original: destination))
        #expect(!Retry.isAuthentic(bytes: packet, version, original: header.source))
        for index in packet.indices {
            var changed = packet
            changed[index] ^= 1
            #expect(!Retry.isAuthentic(bytes: changed, version, original: destination))
        }
    }

    @Test("a packet under ChaCha20-Poly1305 opens, and its secret is updated (A.5)", arguments: [0, 1])
    func chacha(index: Int) throws {
        let (version, vectors) = Self.all[index]
        let secret = Vectors.bytes(Vectors.chachaSecret)
        let update = KeyDerivation.expand(Secret(secret.span), label: version.updateLabel, byteCount: 32, .sha256)
        #expect(update.bytes == Vectors.bytes(vectors.chachaUpdate))
        let suite = try #require(PacketSuite(CipherSuite(code: 0x1303)))
        let packet = Vectors.bytes(vectors.chachaPacket)
        let opened = try #require(Opened(short: packet, suite, secret, version, expecting: Vectors.chachaNumber))
        #expect(opened.number == Vectors.chachaNumber)
        #expect(opened.frames == [0x01])
    }

    @Test("packet numbers are those closest to the one expected (RFC 9000, A.3)")
    func numbers() {
        #expect(PacketHead.number(0x9B32, byteCount: 2, expecting: 0xA82F_30EB) == 0xA82F_9B32)
        #expect(PacketHead.number(0xFF, byteCount: 1, expecting: 0x100) == 0xFF)
        #expect(PacketHead.number(0x00, byteCount: 1, expecting: 0xFF) == 0x100)
        #expect(PacketHead.number(0xFF, byteCount: 1, expecting: 0) == 0xFF)
        #expect(PacketHead.number(0x01, byteCount: 1, expecting: 1 << 62 - 1) < 1 << 62)
    }
}
