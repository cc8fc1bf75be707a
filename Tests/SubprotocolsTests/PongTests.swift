import Testing
import WebSocket

@testable import Subprotocols

@Suite("Heartbeats that answer")
struct PongTests {
    @Test(
        "a pong is one, whether its ping was captured or not",
        arguments: [
            ("graphql-transport-ws", Side.client, #"{"type":"pong"}"#), ("vite-hmr", .server, #"{"type":"pong"}"#),
            ("sip", .server, "\r\n"), ("xmpp", .server, #"<a xmlns="urn:xmpp:sm:3" h="1"/>"#),
        ])
    func unasked(_ subprotocol: String, _ side: Side, _ message: String) {
        let script = Script(subprotocol: subprotocol)
        script.send(side, message)
        #expect(script.latest?.role == .heartbeat)
        #expect(script.latest?.isAnswering == true)
        #expect(script.latest?.request == 0)
    }

    @Test("a ping is none")
    func pings() {
        for (subprotocol, message) in [("graphql-transport-ws", #"{"type":"ping"}"#), ("vite-hmr", #"{"type":"ping"}"#)] {
            let script = Script(subprotocol: subprotocol)
            script.send(.client, message)
            #expect(script.latest?.role == .heartbeat)
            #expect(script.latest?.isAnswering == false)
        }
    }

    @Test("Phoenix answers a heartbeat whose reply alone was captured")
    func phoenix() {
        let script = Script(target: "/socket/websocket?vsn=2.0.0")
        script.send(.client, #"[null,"1","phoenix","heartbeat",{}]"#)
        #expect(script.latest?.isAnswering == false)
        script.send(.server, #"[null,"1","phoenix","phx_reply",{"status":"ok","response":{}}]"#)
        #expect(script.latest?.isAnswering == true)
        #expect(script.latest?.request == 1)
        script.send(.server, #"[null,"9","phoenix","phx_reply",{"status":"ok","response":{}}]"#)
        #expect(script.latest?.isAnswering == true)
        #expect(script.latest?.request == 0)
    }

    @Test("Vite's ping and pong belong together, and a ping without a pong is not unanswered")
    func vite() {
        let script = Script(subprotocol: "vite-hmr")
        #expect(script.send(.client, #"{"type":"ping"}"#) == ["heartbeat ping"])
        #expect(script.send(.server, #"{"type":"pong"}"#) == ["heartbeat pong @1 1ms ok"])
        script.send(.client, #"{"type":"ping"}"#)
        #expect(script.unanswered.isEmpty)
    }
}

extension Script {
    fileprivate var latest: Operation? { conversation.dialogue.meaning.operations.last }
}
