import Testing
import WebSocket

@testable import Subprotocols

/// What answers a request, what only belongs to one, and what need not be answered.
@Suite struct AnswerTests {
    @Test("after a protocol is given up, what is unanswered is not certain")
    func abandoned() {
        let script = Script()
        script.send(.client, #"{"jsonrpc":"2.0","id":1,"method":"a"}"#)
        #expect(!script.conversation.hasGaps)
        script.send(.server, #"{"type":"hello"}"#)
        script.send(.server, #"{"jsonrpc":"2.0","id":1,"result":1}"#)
        #expect(script.states.last == .abandoned)
        #expect(script.unanswered == ["request a"])
        #expect(script.conversation.hasGaps)
    }

    // WAMP, "Call Canceling": in all modes, the caller gets an ERROR, or the RESULT that was on its way.
    @Test("a WAMP call that is cancelled is answered by its error, and so is an invocation that is interrupted")
    func cancelledCall() {
        let script = Script(subprotocol: "wamp.2.json")
        script.send(.client, #"[48,8,{},"com.long"]"#)
        #expect(script.send(.client, "[49,8,{}]") == ["event CANCEL com.long #8"])
        #expect(script.unanswered == ["CALL com.long"])
        #expect(
            script.send(.server, #"[8,48,8,{},"wamp.error.canceled"]"#)
                == ["error ERROR com.long #8 @1 2ms error (wamp.error.canceled)"])
        #expect(script.isFirstAnswer)
        #expect(script.unanswered.isEmpty)
        script.send(.server, "[68,5,9,{}]")
        #expect(script.send(.server, "[69,5,{}]") == ["event INTERRUPT #5"])
        #expect(script.send(.client, "[70,5,{}]") == ["response YIELD #5 @4 2ms ok"])
        #expect(script.isFirstAnswer)
    }

    // HubProtocol.md, "CancelInvocation": sent by the client to cancel a streaming invocation; it answers nothing.
    @Test("a SignalR stream that is cancelled is answered by its completion")
    func cancelledStream() {
        let script = Script(target: "/hub?id=1")
        script.send(.client, "{\"protocol\":\"json\",\"version\":1}\u{1E}")
        script.send(.client, "{\"type\":4,\"invocationId\":\"0\",\"target\":\"Numbers\",\"arguments\":[]}\u{1E}")
        #expect(script.send(.client, "{\"type\":5,\"invocationId\":\"0\"}\u{1E}") == ["event CancelInvocation Numbers #0"])
        #expect(script.send(.server, "{\"type\":3,\"invocationId\":\"0\"}\u{1E}") == ["response Completion Numbers #0 @2 2ms ok"])
        #expect(script.isFirstAnswer)
    }

    // jupyter_client, "Messaging": a request is followed by status busy, and a reply is sent for each.
    @Test("what a kernel publishes answers nothing: the reply does")
    func kernel() {
        let script = Script(target: "/api/kernels/7d5a1b/channels")
        script.send(.client, kernel("execute_request", "a1", parent: "{}"))
        #expect(script.send(.server, kernel("status", "b1", parent: #"{"msg_id":"a1"}"#)) == ["stream status shell #a1 @1 1ms"])
        #expect(!script.isFirstAnswer)
        #expect(script.unanswered == ["request "])
        let reply = kernel("execute_reply", "b2", parent: #"{"msg_id":"a1"}"#)
        #expect(script.send(.server, reply) == ["response execute_reply shell #a1 @1 2ms"])
        #expect(script.isFirstAnswer)
        #expect(script.unanswered.isEmpty)
    }

    @Test("what is put in answers the kernel's question, also without a parent header", arguments: ["{}", #"{"msg_id":"q1"}"#])
    func input(parent: String) {
        let script = Script(target: "/api/kernels/7d5a1b/channels")
        script.send(.client, kernel("execute_request", "a1", parent: "{}"))
        #expect(script.send(.server, kernel("input_request", "q1", parent: #"{"msg_id":"a1"}"#)) == ["request input_request shell #q1"])
        #expect(script.send(.client, kernel("input_reply", "r1", parent: parent)) == ["response input_reply shell #q1 @2 1ms"])
        #expect(script.unanswered == ["request "])
    }

    private func kernel(_ type: String, _ id: String, parent: String) -> String {
        #"{"header":{"msg_id":"\#(id)","msg_type":"\#(type)"},"parent_header":\#(parent),"content":{},"channel":"shell"}"#
    }

    // PROTOCOL.md of graphql-ws: next "may be sent multiple times", and nothing confirms a subscription.
    @Test(
        "queries and mutations are answered, a subscription need not be, nor what may be one",
        arguments: [
            (#""query":"query Q { a }""#, true), (#""query":"mutation M { a }""#, true), (#""query":"{ a }""#, true),
            (#""query":"subscription S { a }""#, false), (#""extensions":{"persistedQuery":{"sha256Hash":"a"}}"#, false),
            (#""operationName":"S","query":"query Q { a } subscription S { a }""#, false),
            (#""query":"query Q { a } subscription S { a }","operationName":"Q""#, true),
        ])
    func subscription(payload: String, isAnswered: Bool) {
        for (subprotocol, type) in [("graphql-transport-ws", "subscribe"), ("graphql-ws", "start")] {
            let script = Script(subprotocol: subprotocol)
            script.send(.client, #"{"id":"1","type":"\#(type)","payload":{\#(payload)}}"#)
            #expect(script.unanswered.isEmpty == !isAnswered)
        }
    }

    @Test("READY has a name of its own, and Identify none")
    func ready() {
        let script = Script(target: "/?v=10&encoding=json", host: "gateway.discord.gg")
        script.send(.client, #"{"op":2,"d":{"token":"t"}}"#)
        #expect(script.send(.server, #"{"t":"READY","s":1,"op":0,"d":{}}"#) == ["setup Dispatch READY #1 @1 1ms ok"])
        #expect(script.conversation.dialogue.meaning.operations.latest.isRequestUnnamed)
    }

    // socket.io-protocol 4 (Socket.IO 2): the query stands in the client's CONNECT alone.
    @Test("a namespace is joined, whatever query the client joins it with")
    func query() {
        let script = Script(target: "/socket.io/?EIO=3&transport=websocket")
        script.send(.client, "40/admin?token=1234")
        #expect(script.send(.server, "40/admin") == ["setup CONNECT /admin @1 1ms ok"])
        script.send(.client, "40/b?x=1,")
        #expect(script.send(.server, #"44/b,"no""#) == [#"error CONNECT_ERROR /b @3 1ms error ("no")"#])
    }

    // Home Assistant's "Feature enablement phase": with coalesce_messages the server may send several in a list.
    @Test("Home Assistant's messages may come several at once")
    func coalesced() {
        let script = Script(target: "/api/websocket")
        script.send(.server, #"{"type":"auth_required","ha_version":"2026.1"}"#)
        script.send(.client, #"{"id":1,"type":"subscribe_events"}"#)
        script.send(.client, #"{"id":2,"type":"get_states"}"#)
        let both = #"[{"id":1,"type":"result","success":true,"result":null},{"id":2,"type":"result","success":true,"result":[]}]"#
        #expect(script.send(.server, both) == ["response result #1 @2 2ms ok", "response result #2 @3 1ms ok"])
        #expect(script.send(.server, #"[{"id":1,"type":"event","event":{"event_type":"e"}}]"#) == ["event event e #1"])
        #expect(script.states == [.recognised(.url)])
    }

    // NIP-42: the relay answers AUTH with OK, as it does an event.
    @Test("Nostr's filters have known members, and a client's AUTH is answered")
    func nostr() {
        #expect(Script().send(.client, #"["REQ","abc",{"q":"x"}]"#).isEmpty)
        #expect(Script().send(.client, ##"["REQ","abc",{"#e":["x"]}]"##) == ["request REQ #abc"])
        let script = Script()
        #expect(script.send(.client, #"["REQ","abc",{"kinds":[1]}]"#) == ["request REQ #abc"])
        #expect(script.send(.server, #"["AUTH","challenge"]"#) == ["setup AUTH"])
        #expect(script.send(.client, #"["AUTH",{"id":"e1","kind":22242}]"#) == ["setup AUTH #e1"])
        #expect(script.send(.server, #"["OK","e1",true,""]"#) == ["response OK #e1 @3 1ms ok"])
    }

    @Test("a market feed may answer with a code of its own")
    func market() {
        let script = Script()
        script.send(.client, #"{"method":"SUBSCRIBE","params":["a"],"id":1}"#)
        #expect(script.send(.server, #"{"id":1,"code":0,"msg":"a"}"#) == ["response result SUBSCRIBE #1 @1 1ms"])
        script.send(.client, #"{"method":"SUBSCRIBE","params":["b"],"id":2}"#)
        #expect(
            script.send(.server, #"{"code":2,"msg":"Invalid request","id":2}"#)
                == ["error error SUBSCRIBE #2 @3 1ms error (2 Invalid request)"])
        #expect(script.states == [.recognised(.messages)])
    }
}

extension Script {
    /// Of the last operation.
    fileprivate var isFirstAnswer: Bool {
        conversation.dialogue.meaning.operations.last.map { $0.request > 0 && $0.isFirstAnswer } ?? false
    }
}
