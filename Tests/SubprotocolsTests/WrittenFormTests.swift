import JSON
import Testing
import WebSocket

@testable import Subprotocols

/// Names and ids that the two sides write in different ways.
@Suite struct WrittenFormTests {
    // RFC 8259 §8.3: texts are equal whose characters are, however they are escaped.
    @Test("what is escaped in JSON is the same channel and the same id")
    func json() {
        let cable = Script(subprotocol: "actioncable-v1-json")
        cable.send(.client, #"{"command":"subscribe","identifier":"{\"q\":\"a&b\"}"}"#)
        #expect(
            cable.send(.server, #"{"identifier":"{\"q\":\"a\u0026b\"}","type":"confirm_subscription"}"#)
                == [#"response confirm_subscription {"q":"a&b"} @1 1ms ok"#])
        let pusher = Script(target: "/app/k?protocol=7")
        pusher.send(.client, #"{"event":"pusher:subscribe","data":{"channel":"a/é"}}"#)
        #expect(
            pusher.send(.server, #"{"event":"pusher_internal:subscription_succeeded","channel":"a\/\u00e9","data":"{}"}"#)
                == ["response pusher_internal:subscription_succeeded a/é @1 1ms ok"])
        var (request, response) = (JSONPath(), JSONPath())
        (request.steps, response.steps) = ([.member(Array("id".utf8))], [.member(Array("ref".utf8))])
        let rule = PairRule("request.id == response.ref", request: request, response: response)
        let paired = Script(rules: [rule])
        paired.send(.client, #"{"id":"a/b","action":"x"}"#)
        #expect(paired.send(.server, #"{"ref":"a\/b"}"#) == ["response response x #a/b @1 1ms"])
    }

    // XML 1.0 §4.1, §4.6.
    @Test(
        "a reference in XML is the character that it stands for",
        arguments: [
            ("q&quot;1", "q\"1"), ("q&#34;1", "q\"1"), ("q&#x22;1", "q\"1"), ("a&amp;lt;", "a&#38;lt;"), ("&unknown;&", "&unknown;&"),
        ])
    func xml(asked: String, answered: String) {
        let script = Script(subprotocol: "xmpp")
        script.send(.client, "<iq type='get' id='\(asked)'><q xmlns='n'/></iq>")
        #expect(script.send(.server, "<iq type='result' id='\(answered)'/>").first?.contains("@1 1ms ok") == true)
    }

    // STOMP 1.2, "Value Encoding": \r, \n, \c and \\, but not in CONNECT and CONNECTED, nor in 1.0.
    @Test("STOMP's headers are shown without their escapes, where the version has any")
    func stomp() {
        let send = "SEND\ndestination:/topic/with\\ccolon\\n\\\\\\t\nreceipt:a\\cb\n\n\u{0}"
        let receipt = "RECEIPT\nreceipt-id:a\\cb\n\n\u{0}"
        let script = Script(subprotocol: "v12.stomp")
        #expect(script.send(.client, "CONNECT\nhost:a\\cb\n\n\u{0}") == ["setup CONNECT a\\cb"])
        #expect(script.send(.server, "CONNECTED\nversion:1.2\n\n\u{0}") == ["setup CONNECTED @1 1ms ok"])
        #expect(script.send(.client, send) == ["request SEND /topic/with:colon\n\\\\t #a:b"])
        #expect(script.send(.server, receipt) == ["response RECEIPT /topic/with:colon\n\\\\t #a:b @3 1ms ok"])
        let old = Script(subprotocol: "stomp")
        old.send(.client, "CONNECT\nhost:a\n\n\u{0}")
        old.send(.server, "CONNECTED\nsession:1\n\n\u{0}")
        #expect(old.send(.client, send) == ["request SEND /topic/with\\ccolon\\n\\\\\\t #a\\cb"])
    }

    @Test("a receipt has its own id, and answers what asked for it")
    func receipt() {
        let script = Script(subprotocol: "v12.stomp")
        #expect(script.send(.client, "SUBSCRIBE\nid:sub-0\ndestination:/q\nreceipt:r1\n\n\u{0}") == ["request SUBSCRIBE /q #sub-0"])
        #expect(script.send(.server, "RECEIPT\nreceipt-id:r1\n\n\u{0}") == ["response RECEIPT /q #r1 @1 1ms ok"])
        script.send(.client, "BEGIN\ntransaction:t1\nreceipt:r2\n\n\u{0}")
        #expect(script.send(.server, "RECEIPT\nreceipt-id:r2\n\n\u{0}") == ["response RECEIPT #r2 @3 1ms ok"])
        #expect(script.send(.server, "RECEIPT\nreceipt-id:r9\n\n\u{0}") == ["response RECEIPT #r9 ok"])
    }

    // RFC 3261 §7.3.1: a header may go on in lines that begin with a blank, and any blanks there are one.
    @Test("headers of SIP may be folded")
    func folded() {
        let script = Script(subprotocol: "sip")
        let request = "OPTIONS sip:x SIP/2.0\r\nCall-ID:\r\n  c1\r\nCSeq: 1\r\n OPTIONS\r\n\r\n"
        #expect(script.send(.client, request) == ["request OPTIONS sip:x #1 OPTIONS"])
        let response = "SIP/2.0 200 OK\r\nCall-ID: c1\r\nCSeq: 1 OPTIONS\r\n\r\n"
        #expect(script.send(.server, response) == ["response 200 OK sip:x #1 OPTIONS @1 1ms ok"])
    }

    // GraphQL's specification, §2.
    @Test(
        "a GraphQL operation is named by its own definition",
        arguments: [
            ("fragment Frag on X { query } query WithFrag { ...Frag }", "WithFrag"),
            ("fragment F on X { a(x: \\\"}\\\") # }\\n } { ...F b }", "F"), ("\\\"\\\"\\\"desc query D\\\"\\\"\\\" query E { a }", "E"),
            ("query H($x: In = {a: \\\"}\\\"}) { h }", "H"), ("query ($x: In = {a: 1}) { first }", "first"),
            ("fragment F on X { a(x: \\\"\\\"\\\"}\\\\\\\"\\\"\\\"}\\\"\\\"\\\") } mutation M { b }", "M"), ("query { ...F }", ""),
        ])
    func graphQL(query: String, name: String) {
        let script = Script(subprotocol: "graphql-transport-ws")
        let lines = script.send(.client, #"{"id":"1","type":"subscribe","payload":{"query":"\#(query)"}}"#)
        #expect(lines == ["request subscribe \(name == "F" || name.isEmpty ? "" : name + " ")#1"])
    }

    @Test("a channel that is left has its name, and a subscription that is refused its reason")
    func pusher() {
        let script = Script(target: "/app/k?protocol=7")
        #expect(
            script.send(.client, #"{"event":"pusher:subscribe","data":{"channel":"private-a"}}"#) == ["request pusher:subscribe private-a"])
        let error =
            #"{"event":"pusher:subscription_error","channel":"private-a","data":"{\"type\":\"AuthError\",\"error\":\"bad\",\"status\":401}"}"#
        #expect(script.send(.server, error) == ["error pusher:subscription_error private-a @1 1ms error (401 AuthError bad)"])
        #expect(script.send(.client, #"{"event":"pusher:unsubscribe","data":{"channel":"b"}}"#) == ["event pusher:unsubscribe b"])
    }

    // JSON-RPC 1.0, which servers mix with 2.0: both members are there, and one of them is null.
    @Test(
        "an error behind a result that is null counts",
        arguments: [
            #"{"jsonrpc":"2.0","id":1,"result":null,"error":{"code":1,"message":"m"}}"#,
            #"{"jsonrpc": "2.0", "id": 1, "result": null, "error": {"code": 1, "message": "m"}}"#,
            #"{"id":1,"jsonrpc":"2.0","result":null,"error":{"code":1,"message":"m"}}"#,
            #"{"jsonrpc":"2.0","result":null,"error":{"code":1,"message":"m"},"id":1}"#,
            #"{"result":null,"id":1,"error":{"code":1,"message":"m"},"jsonrpc":"2.0"}"#,
            #"{"id":1,"result":null,"error":{"code":1,"message":"m"},"jsonrpc":"2.0"}"#,
        ])
    func both(response: String) {
        let script = Script()
        script.send(.client, #"{"jsonrpc":"2.0","id":1,"method":"a"}"#)
        #expect(script.send(.server, response) == ["error error a #1 @1 1ms error (1 m)"])
    }

    @Test("a result that is null, and no error, is a success")
    func null() {
        for response in [
            #"{"jsonrpc":"2.0","id":1,"result":null}"#, #"{"jsonrpc":"2.0","id":1,"result":null,"error":null}"#,
            #"{"jsonrpc":"2.0","id":1,"result":null }"#, #"{"jsonrpc":"2.0","result":null,"id":1}"#,
        ] {
            let script = Script()
            script.send(.client, #"{"jsonrpc":"2.0","id":1,"method":"a"}"#)
            #expect(script.send(.server, response) == ["response response a #1 @1 1ms ok"])
        }
    }
}
