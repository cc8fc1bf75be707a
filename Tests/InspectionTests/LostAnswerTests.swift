import Inspection
import Packets
import Rules
import TestSupport
import Testing
import WebSocket

/// Heads that the capture lacks, and what is known without them.
@Suite struct LostAnswerTests {
    @Test("where the answer to a CONNECT is missing, what is spoken in the tunnel is read")
    func connect() throws {
        var conversation = Conversation()
        conversation.say(.client, Array("CONNECT example.com:80 HTTP/1.1\r\nHost: example.com:80\r\n\r\n".utf8))
        conversation.say(.server, Array("HTTP/1.1 200 Connection established\r\n\r\n".utf8))
        conversation.say(.client, Conversation.request)
        conversation.say(.server, Conversation.response)
        for number in 0..<8 {
            conversation.frame(.client, 0x81, Array("question \(number)".utf8), key: [UInt8(number * number * 3 + 7), 2, 91, 4])
            conversation.frame(.server, 0x81, Array("answer \(number)".utf8))
        }
        var pieces = conversation.pieces(closes: false)
        let answer = try #require(pieces.firstIndex { $0.side == .server && !$0.payload.isEmpty })
        pieces.remove(at: answer)
        let seen = try #require(Recording.of(conversation.packets(pieces)).connections.first)
        for side in [Side.client, .server] { #expect(seen[side].messages == conversation.expected[side]?.messages) }
        #expect(seen.connection.status == .open)
    }

    @Test("where the answer to an upgrade is missing, a message is shown whatever comes after it", arguments: [[], [0x33, 0x90, 1, 2, 3]])
    func upgrade(rest: [UInt8]) throws {
        var conversation = Conversation()
        conversation.say(.client, Conversation.request)
        conversation.say(.server, Conversation.response)
        conversation.frame(.client, 0x81, Array("is anybody there?".utf8), key: [5, 99, 3, 4])
        // Nothing, or the beginning of a frame with a reserved opcode.
        if !rest.isEmpty { conversation.say(.client, rest) }
        var pieces = conversation.pieces()
        let answer = try #require(pieces.firstIndex { $0.payload == Conversation.response })
        pieces.remove(at: answer)
        let seen = try #require(Recording.of(conversation.packets(pieces)).connections.first)
        #expect(seen.connection.status == .inferred)
        #expect(seen.client.messages.first?.content == Array("is anybody there?".utf8))
    }

    @Test("where the request is missing, nobody is to blame for a message that does not inflate, and nothing of it is certain")
    func request() throws {
        var conversation = Conversation()
        conversation.say(.client, Conversation.request)
        let response = Conversation.response.dropLast(2) + Array("Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n".utf8)
        conversation.say(.server, Array(response))
        // Copies of a message that came before what was captured.
        conversation.frame(.client, 0xC1, [0xAA, 0xA6, 0xD0, 0x04, 0xA3, 0x5A, 0x00, 0x00], key: [1, 2, 3, 4])
        conversation.frame(.client, 0xC1, [0xA2, 0xD4, 0x04, 0xE3, 0x5A, 0x00, 0x00], key: [5, 99, 3, 4])
        conversation.frame(.server, 0x81, Array("hello".utf8))
        var pieces = conversation.pieces(opens: false, closes: false)
        let asked = try #require(pieces.firstIndex { $0.payload == Conversation.request })
        pieces.remove(at: asked)
        let seen = try #require(Recording.of(conversation.packets(pieces)).connections.first)
        #expect(seen.findings.allSatisfy { $0.severity == .note })
        #expect(seen.client.messages.allSatisfy { !$0.isCertain })
    }

    @Test("where all that the server sent was captured, an answer is not missing but was not sent", arguments: [true, false])
    func nothing(isInOnePacket: Bool) throws {
        var conversation = Conversation()
        conversation.say(.client, Conversation.request)
        conversation.frame(.client, 0x81, Array("are you there?".utf8), key: [5, 99, 3, 4])
        conversation.frame(.client, 0x82, [1, 2, 3], key: [5, 9, 3, 4])
        if isInOnePacket { conversation.joinLast(3) }
        let seen = try #require(Recording.of(conversation.packets()).connections.first)
        #expect(seen.connection.status == .unanswered)
        #expect(seen.client.frames.isEmpty)
        let found = isInOnePacket ? "29 bytes, the first in the packet of the request" : "29 bytes, and no answer came"
        #expect(seen.connection.handshakeFindings.client.filter { $0.rule == .requestEarlyData }.map(\.found) == [found])
    }

    @Test("frames in the packet of the request come before the answer, however soon that comes")
    func together() throws {
        var conversation = Conversation()
        conversation.say(.client, Conversation.request)
        conversation.frame(.client, 0x81, Array("are you there?".utf8), key: [5, 99, 3, 4])
        conversation.joinLast(2)
        conversation.say(.server, Conversation.response)
        conversation.frame(.server, 0x81, Array("yes".utf8))
        let packets = conversation.packets()
        let seen = try #require(Recording.of(packets, at: packets.indices.map { 1 + Double($0) / 1_000_000 }).connections.first)
        #expect(seen.connection.status == .open)
        #expect(seen.client.messages.map(\.content) == [Array("are you there?".utf8)])
        let findings = seen.connection.handshakeFindings.client.filter { $0.rule == .requestEarlyData }
        #expect(findings.map(\.found) == ["20 bytes, the first in the packet of the request"])
    }
}
