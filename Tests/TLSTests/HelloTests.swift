import Bytes
import TestSupport
import Testing

@testable import TLS

/// Hellos and other handshake messages, whole, cut short and damaged.
@Suite struct HelloTests {
    private static let random = (0..<32).map { UInt8($0 + 0x40) }

    /// A vector with its length before it.
    private static func vector(_ bytes: [UInt8], _ lengthByteCount: Int) -> [UInt8] {
        (0..<lengthByteCount).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * (lengthByteCount - 1 - $0))) } + bytes
    }

    private static func `extension`(_ type: UInt16, _ content: [UInt8]) -> [UInt8] {
        [UInt8(type >> 8), UInt8(type & 0xFF)] + vector(content, 2)
    }

    private static let clientHello: [UInt8] = {
        let names = vector([0] + vector(Array("ws.example".utf8), 2), 2)
        let protocols = vector(vector(Array("h2".utf8), 1) + vector(Array("http/1.1".utf8), 1), 2)
        let extensions =
            `extension`(0x0A0A, []) + `extension`(0, names) + `extension`(16, protocols) + `extension`(35, [1, 2, 3]) + `extension`(42, [])
            + `extension`(0xFE0D, [0, 0, 1])
        return [3, 3] + random + vector([9, 8, 7], 1) + vector([0x13, 1, 0x13, 2], 2) + vector([0], 1) + vector(extensions, 2)
    }()

    private static func serverHello(suite: UInt16 = 0xC02F, random: [UInt8] = random, _ extensions: [UInt8]) -> [UInt8] {
        [3, 3] + random + vector([9, 8, 7], 1) + [UInt8(suite >> 8), UInt8(suite & 0xFF), 0] + vector(extensions, 2)
    }

    @Test("a ClientHello says whom the client wants, and what it can")
    func client() throws {
        let hello = try #require(ClientHello(bytes: Self.clientHello))
        #expect(hello.version == 0x0303 && hello.random.bytes == Self.random && hello.sessionID == [9, 8, 7])
        #expect(hello.serverName == "ws.example" && hello.protocols == ["h2", "http/1.1"] && hello.ticket == [1, 2, 3])
        #expect(hello.offersEarlyData && hello.hasEncryptedHello)
        // One without extensions, as SSL 3.0 has it.
        let old = try #require(ClientHello(bytes: ([3, 0] + Self.random + [0, 0, 2, 0, 5, 1, 0])))
        #expect(old.version == 0x0300 && old.serverName == nil && old.protocols == [] && !old.offersEarlyData && !old.hasEncryptedHello)
    }

    @Test("a ServerHello says what was chosen")
    func server() throws {
        let chosen =
            Self.extension(16, Self.vector(Self.vector(Array("http/1.1".utf8), 1), 2)) + Self.extension(22, []) + Self.extension(23, [])
        let hello = try #require(ServerHello(bytes: Self.serverHello(chosen)))
        #expect(hello.version == .tls12 && hello.random.bytes == Self.random && hello.suite.code == 0xC02F && hello.sessionID == [9, 8, 7])
        #expect(hello.protocols == ["http/1.1"] && hello.encryptsThenMACs && hello.extendsMasterSecret && !hello.selectsPreSharedKey)
        #expect(!hello.isRetry)
        let modern = try #require(
            ServerHello(bytes: Self.serverHello(suite: 0x1301, Self.extension(43, [3, 4]) + Self.extension(41, [0, 0]))))
        #expect(modern.version == .tls13 && modern.selectsPreSharedKey)
        let draft = try #require(ServerHello(bytes: Self.serverHello(suite: 0x1301, Self.extension(43, [0x7F, 0x1C]))))
        #expect(draft.version == nil)
    }

    @Test("the random of RFC 8446 §4.1.3 makes a ServerHello a retry")
    func retry() throws {
        // The SHA-256 of "HelloRetryRequest".
        let random = KeyDerivation.digest(Array("HelloRetryRequest".utf8).span, .sha256)
        #expect(try #require(ServerHello(bytes: Self.serverHello(suite: 0x1301, random: random, []))).isRetry)
    }

    @Test("cut anywhere, a hello is none, or lacks extensions only")
    func cut() {
        let server = Self.serverHello(Self.extension(23, []))
        for length in 0..<Self.clientHello.count {
            let hello = ClientHello(bytes: Array(Self.clientHello.prefix(length)))
            // Version, random, session ID, suites and compression come first.
            #expect((hello == nil) == (length < 46), "\(length) bytes")
            if let hello { #expect(hello.random.bytes == Self.random && hello.serverName == nil) }
        }
        for length in 0..<server.count {
            let hello = ServerHello(bytes: Array(server.prefix(length)))
            #expect((hello == nil) == (length < 41), "\(length) bytes")
            if let hello { #expect(hello.suite.code == 0xC02F && !hello.extendsMasterSecret) }
        }
    }

    @Test("whatever bytes are changed, hellos are read without a crash", arguments: SeededRandom.seeds)
    func changed(seed: UInt64) {
        var random = SeededRandom(seed)
        for _ in 0..<2_000 {
            var bytes = Self.clientHello
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[.random(in: 0..<bytes.count, using: &random)] = UInt8(truncatingIfNeeded: random.next())
            }
            bytes.removeLast(.random(in: 0...3, using: &random))
            let (client, server) = (ClientHello(bytes: bytes), ServerHello(bytes: bytes))
            // The parts stay within what there is.
            if let client { #expect((client.serverName?.utf8.count ?? 0) < 3 * bytes.count && client.ticket.count < bytes.count) }
            if let server { #expect(server.sessionID.count < bytes.count && server.protocols.count <= 16) }
        }
    }

    // MARK: Messages over records

    private static func message(_ type: UInt8, _ count: Int) -> [UInt8] { [type] + vector([UInt8](repeating: type, count: count), 3) }

    /// Types and sizes of the messages that are found in pieces of a stream.
    private static func messages(in pieces: [[UInt8]]) -> [[Int]] {
        var stream = HandshakeStream()
        var found: [[Int]] = []
        for piece in pieces {
            stream.append(piece.span)
            while let (type, byteCount) = stream.next {
                found.append([Int(type), byteCount])
                stream.removeFirst(byteCount)
            }
        }
        return found
    }

    @Test("however records cut them, the messages are the same, and one that is too long is left out", arguments: SeededRandom.seeds)
    func acrossRecords(seed: UInt64) {
        var random = SeededRandom(seed)
        let bytes =
            Self.message(8, 6) + Self.message(11, 20_000) + Self.message(15, 0) + Self.message(11, 70_000) + Self.message(20, 32)
            + Self.message(4, 65_532) + Self.message(24, 1)
        let expected = [[8, 10], [11, 20_004], [15, 4], [20, 36], [4, 65_536], [24, 5]]
        #expect(Self.messages(in: [bytes]) == expected)
        #expect(Self.messages(in: bytes.map { [$0] }) == expected)
        for largest in [5, 100, 16_384] {
            var pieces: [[UInt8]] = []
            var start = 0
            while start < bytes.count {
                let end = min(start + .random(in: 1...largest, using: &random), bytes.count)
                pieces.append(Array(bytes[start..<end]))
                start = end
            }
            #expect(Self.messages(in: pieces) == expected, "up to \(largest) bytes")
        }
    }
}
