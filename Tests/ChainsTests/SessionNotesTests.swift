import Bytes
import Subprotocols
import Testing
import WebSocket

@testable import Chains

@Suite("What messages tell of a session")
struct SessionNotesTests {
    /// What is known after these messages; each begins with > or <, by who sends it.
    private static func notes(_ handshake: HandshakeFacts, _ messages: [String]) -> SessionNotes {
        notes(handshake, messages.map { (String($0.prefix(1)), Array($0.dropFirst().utf8)) }, isText: true)
    }

    private static func notes(_ handshake: HandshakeFacts, _ messages: [(String, [UInt8])], isText: Bool) -> SessionNotes {
        let conversation = Conversation(handshake)
        var notes = SessionNotes()
        for (index, (sign, content)) in messages.enumerated() {
            let side: Side = sign == ">" ? .client : .server
            let time = Int64(index)
            _ = conversation.take(
                content.span,
                MessageFacts(number: UInt64(index + 1), side: side, startTime: time, endTime: time, isText: isText, isWhole: true))
            notes.take(conversation.dialogue.meaning, from: side)
        }
        return notes
    }

    private static func continuity(_ before: SessionNotes, _ after: SessionNotes) -> Continuity {
        Continuity([(LaneTests.link(0, 1, .lost, nil), before), (LaneTests.link(2, 3, .open, nil), after)])
    }

    private static let gateway = HandshakeFacts(target: "/?v=10&encoding=json", host: "gateway.discord.gg")

    @Test("a Resume of Discord that is answered with RESUMED is one, and its numbers tell what is missing")
    func discord() {
        let first = Self.notes(
            Self.gateway,
            ["<{\"op\":10,\"d\":{}}", ">{\"op\":2,\"d\":{}}"]
                + (1...4).map { "<{\"op\":0,\"s\":\($0),\"t\":\"\($0 == 1 ? "READY" : "MESSAGE_CREATE")\",\"d\":{}}" })
        let resumed = Self.notes(
            Self.gateway,
            ["<{\"op\":10,\"d\":{}}", ">{\"op\":6,\"d\":{}}"]
                + (5...7).map { "<{\"op\":0,\"s\":\($0),\"t\":\"\($0 == 6 ? "RESUMED" : "MESSAGE_CREATE")\",\"d\":{}}" })
        let continuity = Self.continuity(first, resumed)
        #expect(continuity.resumedCount == 1 && continuity.numberedCount == 1 && continuity.missingCount == 0)
        #expect(continuity.lines.map(\.text) == ["resumed once (discord)", "none lost in between, as \"s\" tells (1 reconnect)"])
        let denied = Self.notes(Self.gateway, ["<{\"op\":10,\"d\":{}}", ">{\"op\":6,\"d\":{}}", "<{\"op\":9,\"d\":false}"])
        #expect(Self.continuity(first, denied).deniedCount == 1)
    }

    private static let socketIO = HandshakeFacts(target: "/socket.io/?EIO=4&transport=websocket")

    @Test("Socket.IO resumes a session where it gives back the one that was asked for")
    func socketIORecovery() {
        let first = Self.notes(Self.socketIO, ["<0{\"sid\":\"a\"}", ">40", "<40{\"sid\":\"s1\",\"pid\":\"p1\"}"])
        let again = Self.notes(
            Self.socketIO, ["<0{\"sid\":\"b\"}", ">40{\"pid\":\"p1\",\"offset\":\"o\"}", "<40{\"sid\":\"s1\",\"pid\":\"p1\"}"])
        let anew = Self.notes(
            Self.socketIO, ["<0{\"sid\":\"b\"}", ">40{\"pid\":\"p1\",\"offset\":\"o\"}", "<40{\"sid\":\"s2\",\"pid\":\"p2\"}"])
        #expect(Self.continuity(first, again).resumedCount == 1)
        #expect(Self.continuity(first, anew).deniedCount == 1)
        let plain = Self.notes(Self.socketIO, ["<0{\"sid\":\"b\"}", ">40", "<40{\"sid\":\"s2\"}"])
        let continuity = Self.continuity(first, plain)
        #expect(continuity.resumedCount == 0 && continuity.deniedCount == 0)
        #expect(continuity.subscriptionCount == 1 && continuity.repeatedCount == 1 && continuity.noun == "namespace")
    }

    @Test("subscriptions of GraphQL are compared by name and arguments, whatever their ids")
    func graphQL() {
        let handshake = HandshakeFacts(subprotocol: "graphql-transport-ws")
        func subscribe(_ id: Int, _ query: String) -> String {
            ">{\"id\":\"\(id)\",\"type\":\"subscribe\",\"payload\":{\"query\":\"subscription { \(query) }\"}}"
        }
        let first = Self.notes(handshake, [subscribe(1, "news"), subscribe(2, "room(id: 1) { text }")])
        let second = Self.notes(handshake, [subscribe(7, "room(id: 1) { text }"), subscribe(8, "room(id: 2) { text }")])
        let continuity = Self.continuity(first, second)
        #expect(continuity.subscriptionCount == 2 && continuity.repeatedCount == 1)
    }

    @Test("MQTT says that a session is present, and who the client is")
    func mqtt() {
        let handshake = HandshakeFacts(subprotocol: "mqtt")
        func connect(_ name: String) -> [UInt8] {
            [0x10, UInt8(12 + name.utf8.count), 0, 4] + Array("MQTT".utf8) + [4, 0, 0, 60, 0, UInt8(name.utf8.count)] + Array(name.utf8)
        }
        let first = Self.notes(handshake, [(">", connect("lamp")), ("<", [0x20, 2, 0, 0])], isText: false)
        let again = Self.notes(handshake, [(">", connect("lamp")), ("<", [0x20, 2, 1, 0])], isText: false)
        let other = Self.notes(handshake, [(">", connect("door")), ("<", [0x20, 2, 0, 0])], isText: false)
        #expect(first.identity != nil && first.identity == again.identity && first.identity != other.identity)
        #expect(Self.continuity(first, again).resumedCount == 1)
        #expect(Self.continuity(first, other).resumedCount == 0)
    }
}
