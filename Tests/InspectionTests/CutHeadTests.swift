import HTTP
import Inspection
import Packets
import Rules
import TestSupport
import Testing
import WebSocket

/// Heads of which a capture has the first bytes alone.
@Suite struct CutHeadTests {
    /// Ethernet, IPv4 and TCP without options.
    private static let headerCount = 54

    private static func talk() -> Conversation {
        var conversation = Conversation.upgraded()
        for number in 0..<6 {
            conversation.frame(.client, 0x81, Array("question \(number)".utf8), key: [UInt8(number * number * 3 + 7), 2, 91, 4])
            conversation.frame(.server, 0x81, Array("answer \(number)".utf8))
        }
        return conversation
    }

    /// What is seen where so many bytes of certain payloads were captured; nil for a packet that was not captured at all.
    private static func seen(_ conversation: Conversation, keeping kept: (Conversation.Piece) -> Int?) -> Recording {
        var packets: [[UInt8]] = []
        var lengths: [Int] = []
        for piece in conversation.pieces() {
            guard let count = kept(piece) else { continue }
            let packet = conversation.packet(piece)
            packets.append(Array(packet.prefix(headerCount + count)))
            lengths.append(packet.count)
        }
        return .of(packets, originalLengths: lengths)
    }

    @Test(
        "a request that was cut says what was asked for, if frames follow right behind it, also where nothing of the server was captured",
        arguments: [19, 20, 38, 39, 60, 100])
    func frames(count: Int) throws {
        let recording = Self.seen(Self.talk()) { piece in
            piece.payload == Conversation.request ? count : piece.side == .client || piece.payload.isEmpty ? 2_000 : nil
        }
        #expect(recording.faults == [])
        let seen = try #require(recording.connections.first)
        #expect(seen.connection.status == .inferred)
        // Its first line, and its second, are 20 and 19 bytes long.
        #expect(seen.connection.request?.target == (count < 20 ? nil : "/chat"))
        #expect(seen.connection.request?.host == (count < 39 ? nil : "example.com"))
        #expect(seen.connection.inferred.contains("Of the request, only the first \(count) bytes were captured.") == (count >= 20))
        #expect(seen.client.frames.count == 6)
        #expect(seen.findings.filter { $0.severity != .note } == [])
    }

    @Test("it does so if its answer begins as one that grants an upgrade, whatever is missing between that and the frames")
    func granted() throws {
        for answered in [13, 40, 128] {
            var clientCount = 0
            let recording = Self.seen(Self.talk()) { piece in
                if piece.payload == Conversation.request { return 50 }
                if piece.payload == Conversation.response { return answered }
                if piece.side == .client, !piece.payload.isEmpty { clientCount += 1 }
                // The first frame of the client.
                return clientCount == 1 && piece.side == .client ? 4 : 2_000
            }
            let seen = try #require(recording.connections.first)
            #expect(seen.connection.status == .inferred)
            #expect(seen.connection.request?.target == "/chat")
            #expect(seen.connection.inferred.first?.hasPrefix("Not all of the handshake is known") == true)
        }
    }

    @Test("it does so if its answer is there whole, and then each frame is known")
    func answered() throws {
        let conversation = Self.talk()
        let recording = Self.seen(conversation) { $0.payload == Conversation.request ? 50 : 2_000 }
        let seen = try #require(recording.connections.first)
        #expect(seen.connection.status == .open)
        #expect(seen.connection.request?.target == "/chat")
        #expect(seen.connection.inferred == ["Of the request, only the first 50 bytes were captured."])
        #expect(seen.connection.handshakeFindings == HandshakeFindings())
        for side in [Side.client, .server] {
            #expect(seen[side].messages.map(\.content) == conversation.expected[side]?.messages.map(\.content))
        }
    }

    @Test(
        "it is not taken for a handshake that was not captured", arguments: ["HTTP/1.1 200 OK\r\n", "HTTP/1.1 101 Switching Protocols\r\n"])
    func another(answer: String) throws {
        var conversation = Conversation()
        let page = Array("GET /page HTTP/1.1\r\nHost: example.com\r\n\r\n".utf8)
        let pageAnswer = Array("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage".utf8)
        conversation.say(.client, page)
        conversation.say(.server, pageAnswer)
        conversation.say(.client, Conversation.request)
        conversation.say(.server, Conversation.response)
        for number in 0..<6 {
            conversation.frame(.client, 0x81, Array("question \(number)".utf8), key: [UInt8(number * number * 3 + 7), 2, 91, 4])
            conversation.frame(.server, 0x81, Array("answer \(number)".utf8))
        }
        for answered in [0, 13, 20, 200] {
            let recording = Self.seen(conversation) { piece in
                switch piece.payload {
                case page: 30
                case pageAnswer: answered
                case Conversation.request: nil
                case Conversation.response: answer.contains("200") ? nil : 14
                default: 2_000
                }
            }
            let seen = try #require(recording.connections.first)
            #expect(seen.connection.request == nil, "\(answered) bytes of the page")
            for side in [Side.client, .server] { #expect(seen[side].frames.count == 6) }
        }
    }
}
