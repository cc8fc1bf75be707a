import JSON
import Testing
import WebSocket

@testable import Subprotocols

@Suite struct PairedTests {
    private func path(_ names: String...) -> JSONPath {
        var path = JSONPath()
        path.steps = names.map { .member(Array($0.utf8)) }
        return path
    }

    @Test("what is at a place in the answer names the request that it answers")
    func pairs() {
        let script = Script(rules: [PairRule("", request: path("id"), response: path("meta", "to"))])
        #expect(script.send(.client, #"{"id":7,"action":"buy"}"#) == ["request request buy #7"])
        #expect(script.send(.client, #"{"id":"7","action":"sell"}"#) == ["request request sell #7"])
        #expect(script.send(.server, #"{"meta":{"to":"7"},"ok":true}"#) == ["response response sell #7 @2 1ms"])
        #expect(script.send(.server, #"{"meta":{"to":7}}"#) == ["response response buy #7 @1 3ms"])
        #expect(script.send(.server, #"{"meta":{"to":7}}"#) == ["response response #7"])
        #expect(script.send(.server, #"{"tick":1}"#) == [])
        #expect(script.send(.server, "no JSON") == [])
        #expect(script.conversation.state == .recognised(.rules))
    }

    @Test("requests and answers may have their ids at the same place, and either side may ask")
    func samePlace() {
        let script = Script(rules: [PairRule("", request: path("id"), response: path("id"))])
        #expect(script.send(.client, #"{"id":1,"method":"a"}"#) == ["request request a #1"])
        #expect(script.send(.server, #"{"id":2,"method":"b"}"#) == ["request request b #2"])
        #expect(script.send(.server, #"{"id":1}"#) == ["response response a #1 @1 2ms"])
        #expect(script.send(.client, #"{"id":2}"#) == ["response response b #2 @2 2ms"])
        script.send(.client, #"{"id":3,"method":"c"}"#)
        #expect(script.unanswered == ["request c"])
    }

    @Test("a protocol that the handshake names goes before rules")
    func known() {
        let script = Script(subprotocol: "wamp.2.json", rules: [PairRule("", request: path("id"), response: path("id"))])
        #expect(script.send(.client, #"[48,1,{},"add"]"#) == ["request CALL add #1"])
    }
}
