import Testing
import WebSocket

@testable import Subprotocols

@Suite struct TextProtocolTests {
    @Test("a GraphQL subscription has its field and arguments, and its answers the request")
    func graphQL() {
        let script = Script(subprotocol: "graphql-transport-ws")
        #expect(script.send(.client, #"{"type":"connection_init"}"#) == ["setup connection_init"])
        #expect(script.send(.server, #"{"type":"connection_ack"}"#) == ["setup connection_ack @1 1ms ok"])
        let query = #"{"id":"12","type":"subscribe","payload":{"query":"subscription {\n  onMessage(room: 7) { text } }"}}"#
        #expect(script.send(.client, query) == ["request subscribe onMessage (room:7) #12"])
        #expect(script.send(.server, #"{"id":"12","type":"next","payload":{"data":{}}}"#) == ["stream next onMessage #12 @3 1ms ok"])
        #expect(script.send(.server, #"{"id":"12","type":"complete"}"#) == ["response complete onMessage #12 @3 2ms ok"])
        script.send(.client, #"{"id":"13","type":"subscribe","payload":{"query":"query Named($a: Int) { x(a: $a) }"}}"#)
        let error = #"{"id":"13","type":"error","payload":[{"message":"no such thing"}]}"#
        #expect(script.send(.server, error) == ["error error Named #13 @6 1ms error (no such thing)"])
        #expect(script.unanswered.isEmpty)
    }

    @Test("a Socket.IO event with attachments stands with the last of them")
    func socketIO() {
        let script = Script(target: "/socket.io/?EIO=4&transport=websocket")
        #expect(script.send(.server, #"0{"sid":"abc","pingInterval":25000}"#) == ["setup open abc"])
        #expect(script.send(.client, "40/admin,") == ["setup CONNECT /admin"])
        #expect(script.send(.server, #"40/admin,{"sid":"x"}"#) == ["setup CONNECT /admin @2 1ms ok"])
        #expect(script.send(.client, #"42/admin,7["add",1]"#) == ["request EVENT add /admin #7"])
        #expect(script.send(.server, "43/admin,7[2]") == ["response ACK add /admin #7 @4 1ms ok"])
        #expect(script.send(.client, #"451-["put",{"_placeholder":true,"num":0}]"#).isEmpty)
        #expect(script.binary(.client, [1, 2]) == ["event BINARY_EVENT put from 6"])
        #expect(script.send(.server, "2") == ["heartbeat ping"])
        #expect(script.send(.client, "3") == ["heartbeat pong @8 1ms ok"])
    }

    @Test("a Socket.IO event with attachments is as old as its first message")
    func ageOfAttachments() {
        let script = Script(target: "/socket.io/?EIO=4&transport=websocket")
        script.send(.server, #"0{"sid":"abc"}"#)
        script.send(.client, #"451-9["put",{"_placeholder":true,"num":0}]"#)
        #expect(script.binary(.client, [1, 2]) == ["request BINARY_EVENT put #9 from 2"])
        #expect(script.send(.server, "439[]") == ["response ACK put #9 @3 2ms ok"])
    }

    @Test("a receipt is paired with what asked for it, also when frames are split over messages")
    func stomp() {
        let script = Script(subprotocol: "v12.stomp")
        #expect(script.send(.client, "SEND\ndestination:/q/a\nreceipt:r1\n\nhello").isEmpty)
        #expect(script.send(.client, "\u{0}\nSEND\ndestination:/q/b\n\nx\u{0}") == ["request SEND /q/a #r1 from 1", "event SEND /q/b"])
        #expect(script.send(.server, "RECEIPT\nreceipt-id:r1\n\n\u{0}") == ["response RECEIPT /q/a #r1 @2 2ms ok"])
        #expect(script.send(.client, "\n") == ["heartbeat heartbeat"])
        #expect(script.send(.client, "\r\n") == ["heartbeat heartbeat"])
    }

    @Test("a STOMP frame is the same in one message and byte by byte, with any end of line, with and without its length")
    func choppedFrame() {
        for (line, length) in [("\n", ""), ("\r\n", ""), ("\n", "content-length:3\n"), ("\r\n", "content-length:3\r\n")] {
            let frame = "SEND\(line)destination:/q\(line)\(length)receipt:7\(line)\(line)" + (length.isEmpty ? "xyz" : "x\u{0}z") + "\u{0}"
            #expect(Script(subprotocol: "v12.stomp").send(.client, frame) == ["request SEND /q #7"])
            let script = Script(subprotocol: "v12.stomp")
            #expect(frame.utf8.flatMap { script.send(.client, [$0]) } == ["request SEND /q #7 from 1"])
            #expect(script.send(.client, frame) == ["request SEND /q #7"])
        }
    }

    @Test("of a STOMP frame that is longer than what is kept of one, the headers are read, and what follows it")
    func longFrame() {
        for length in ["", "content-length:\(3 << 20)\n"] {
            let script = Script(subprotocol: "v12.stomp")
            #expect(script.send(.server, "MESSAGE\ndestination:/q\n\(length)\n").isEmpty)
            for _ in 0..<48 { #expect(script.send(.server, [UInt8](repeating: 0x78, count: 1 << 16)).isEmpty) }
            #expect(script.send(.server, "\u{0}\nMESSAGE\ndestination:/r\n\n\u{0}") == ["event MESSAGE /q from 1", "event MESSAGE /r"])
            #expect(script.states.isEmpty)
        }
    }

    @Test("WAMP's events have the topic of their subscription, and an error answers its call")
    func wamp() {
        let script = Script(subprotocol: "wamp.2.json")
        script.send(.client, #"[32,1,{},"com.topic"]"#)
        #expect(script.send(.server, "[33,1,55]") == ["response SUBSCRIBED com.topic #1 @1 1ms ok"])
        #expect(script.send(.server, "[36,55,9,{},[1]]") == ["event EVENT com.topic"])
        script.send(.client, #"[48,2,{},"com.add",[1,2]]"#)
        #expect(script.send(.server, #"[8,48,2,{},"wamp.error.x"]"#) == ["error ERROR com.add #2 @4 1ms error (wamp.error.x)"])
    }

    @Test("SignalR's records share a message")
    func signalR() {
        let script = Script(target: "/hub?id=1")
        #expect(script.send(.client, "{\"protocol\":\"json\",\"version\":1}\u{1E}") == ["setup Handshake json"])
        #expect(script.send(.server, "{}\u{1E}{\"type\":6}\u{1E}") == ["setup Handshake @1 1ms ok", "heartbeat Ping"])
        script.send(.client, "{\"type\":1,\"invocationId\":\"0\",\"target\":\"Add\",\"arguments\":[1]}\u{1E}")
        #expect(
            script.send(.server, "{\"type\":3,\"invocationId\":\"0\",\"error\":\"bad\"}\u{1E}")
                == ["error Completion Add #0 @3 1ms error (bad)"])
    }

    @Test("Phoenix, Action Cable, OCPP, Pusher and the DevTools protocol pair their answers")
    func others() {
        let phoenix = Script(target: "/socket/websocket?vsn=2.0.0")
        phoenix.send(.client, #"["1","1","room:a","phx_join",{}]"#)
        #expect(
            phoenix.send(.server, #"["1","1","room:a","phx_reply",{"status":"ok","response":{}}]"#)
                == ["response phx_reply room:a #1 @1 1ms ok"])
        let cable = Script(subprotocol: "actioncable-v1-json")
        cable.send(.client, #"{"command":"subscribe","identifier":"{\"channel\":\"Chat\"}"}"#)
        #expect(
            cable.send(.server, #"{"identifier":"{\"channel\":\"Chat\"}","type":"confirm_subscription"}"#)
                == ["response confirm_subscription {\"channel\":\"Chat\"} @1 1ms ok"])
        let ocpp = Script(subprotocol: "ocpp1.6")
        ocpp.send(.client, #"[2,"x","Authorize",{}]"#)
        #expect(ocpp.send(.server, #"[4,"x","NotSupported","no",{}]"#) == ["error CALLERROR Authorize #x @1 1ms error (NotSupported no)"])
        let pusher = Script(target: "/app/key?protocol=7")
        pusher.send(.client, #"{"event":"pusher:subscribe","data":{"channel":"c"}}"#)
        #expect(
            pusher.send(.server, #"{"event":"pusher_internal:subscription_succeeded","channel":"c","data":"{}"}"#)
                == ["response pusher_internal:subscription_succeeded c @1 1ms ok"])
        let devtools = Script(target: "/devtools/page/1")
        devtools.send(.client, #"{"id":1,"method":"Page.enable","sessionId":"s"}"#)
        #expect(devtools.send(.server, #"{"id":1,"result":{}}"#) == ["response result #1 ok"])
        #expect(devtools.send(.server, #"{"id":1,"result":{},"sessionId":"s"}"#) == ["response result Page.enable #1 @1 2ms ok"])
    }
}
