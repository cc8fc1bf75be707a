import HTTP
import Inspection
import Packets
import Rules
import TestSupport
import Testing
import Verdicts
import WebSocket

/// Parts of heads, and whole answers, that the capture lacks: what follows is read for what it is.
@Suite struct LostHeadTests {
    private static let otherKey = "AAAAAAAAAAAAAAAAAAAAAA=="

    /// Adds a head in three packets.
    private static func add(_ head: [UInt8], _ side: Side, to conversation: inout Conversation) -> [[UInt8]] {
        let third = head.count / 3
        let parts = [Array(head[..<third]), Array(head[third..<2 * third]), Array(head[(2 * third)...])]
        for part in parts { conversation.say(side, part) }
        return parts
    }

    private static func talk(_ conversation: inout Conversation) {
        for number in 0..<6 {
            conversation.frame(.client, 0x81, Array("question \(number)".utf8), key: [UInt8(number * number * 3 + 7), 2, 91, 4])
            conversation.frame(.server, 0x81, Array("answer \(number)".utf8))
        }
    }

    /// What is seen where the packets with these bytes are lost.
    private static func seen(_ conversation: Conversation, losing lost: [[UInt8]]) throws -> [SeenConnection] {
        let pieces = conversation.pieces().filter { !lost.contains($0.payload) }
        let recording = Recording.of(conversation.packets(pieces))
        #expect(recording.faults == [])
        return recording.connections
    }

    @Test("what is left of a head after a gap is no frame", arguments: [0, 1, 2], [Side.client, .server])
    func parts(index: Int, side: Side) throws {
        // Letters that may begin a compressed fragment, where compression may have been agreed on.
        for name in ["X-Long", "A", "B"] {
            var conversation = Conversation()
            var head = side == .client ? Conversation.request : Conversation.response
            head = head.dropLast(2) + Array("\(name): \(String(repeating: name, count: 300))\r\n\r\n".utf8)
            let parts: [[UInt8]]
            if side == .client {
                parts = Self.add(head, .client, to: &conversation)
                conversation.say(.server, Conversation.response)
            } else {
                conversation.say(.client, Conversation.request)
                parts = Self.add(head, .server, to: &conversation)
            }
            Self.talk(&conversation)
            let seen = try #require(Self.seen(conversation, losing: [parts[index]]).first)
            for side in [Side.client, .server] {
                #expect(seen[side].messages.map(\.content) == conversation.expected[side]?.messages.map(\.content), "\(name)")
            }
            #expect(seen.findings.allSatisfy { $0.severity == .note })
            #expect(seen.findings.contains(.captureGap))
        }
    }

    /// A page, an attempt that is refused and one that is granted, with one key each.
    private static func attempts() -> Conversation {
        var conversation = Conversation()
        conversation.say(.client, Array("GET /page HTTP/1.1\r\nHost: example.com\r\n\r\n".utf8))
        conversation.say(.server, page)
        let other = String(decoding: Conversation.request, as: UTF8.self).replacing(Conversation.key, with: otherKey)
        conversation.say(.client, Array(other.utf8))
        conversation.say(.server, refusal)
        conversation.say(.client, Conversation.request)
        conversation.say(.server, Conversation.response)
        talk(&conversation)
        return conversation
    }

    private static let page = Array("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage".utf8)
    private static let refusal = Array("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 3\r\n\r\nno!".utf8)

    @Test("after an answer that is missing, the next one belongs to the request that it answers")
    func answers() throws {
        let conversation = Self.attempts()
        let whole = try Set(Self.seen(conversation, losing: []).flatMap(\.findings))
        for lost in [[Self.page], [Self.refusal], [Self.page, Self.refusal]] {
            let seen = try Self.seen(conversation, losing: lost)
            #expect(seen.count == 2)
            let (first, last) = (try #require(seen.first), try #require(seen.last))
            #expect(first.connection.status == (lost.contains(Self.refusal) ? .unanswered : .refused))
            #expect(first.connection.response?.status == (lost.contains(Self.refusal) ? nil : 503))
            if lost.contains(Self.refusal) { #expect(first.verdict?.text.hasPrefix("No answer to the upgrade is in the capture") == true) }
            #expect(last.connection.status == .open)
            #expect(last.connection.request?.headers.value(of: "Sec-WebSocket-Key") == Conversation.key)
            for side in [Side.client, .server] {
                #expect(last[side].messages.map(\.content) == conversation.expected[side]?.messages.map(\.content))
            }
            #expect(seen.flatMap(\.findings).allSatisfy { $0.severity == .note || whole.contains($0) })
            #expect(seen.flatMap(\.findings).contains(.captureGap))
        }
    }

    @Test("after bytes of the server that are missing, an answer that fits no key accuses nobody")
    func unfitting() throws {
        var conversation = Self.attempts()
        // The client's last request is lost as well.
        let request = Conversation.request
        let seen = try Self.seen(conversation, losing: [Self.refusal, request])
        #expect(seen.flatMap(\.findings).allSatisfy { $0.severity == .note })
        // Where nothing is missing, it does.
        conversation = Conversation()
        conversation.say(.client, Array(String(decoding: request, as: UTF8.self).replacing(Conversation.key, with: Self.otherKey).utf8))
        conversation.say(.server, Conversation.response)
        Self.talk(&conversation)
        #expect(try Self.seen(conversation, losing: []).flatMap(\.findings).contains(.acceptWrong))
    }
}
