import Testing
import WebSocket

@testable import Subprotocols

@Suite struct JSONRPCTests {
    @Test("a response is paired with its request, whichever member comes first")
    func pairs() {
        let script = Script()
        #expect(script.send(.client, #"{"jsonrpc":"2.0","id":1,"method":"sum","params":[1,{"id":9}]}"#) == ["request request sum #1"])
        #expect(script.send(.client, #"{"method":"sum","params":{"method":"no"},"id":"a","jsonrpc":"2.0"}"#) == ["request request sum #a"])
        #expect(script.send(.server, #"{"result":{"id":7},"id":"a","jsonrpc":"2.0"}"#) == ["response response sum #a @2 1ms ok"])
        #expect(script.send(.server, #"{"jsonrpc":"2.0","id":1,"result":3}"#) == ["response response sum #1 @1 3ms ok"])
        #expect(script.states == [.recognised(.messages)])
        #expect(script.unanswered.isEmpty)
    }

    @Test("ids of the two directions are kept apart, and a text is not a number")
    func idsAreKeptApart() {
        let script = Script()
        script.send(.client, #"{"jsonrpc":"2.0","id":1,"method":"ask"}"#)
        script.send(.server, #"{"jsonrpc":"2.0","id":1,"method":"confirm"}"#)
        #expect(script.send(.server, #"{"jsonrpc":"2.0","id":"1","result":0}"#) == ["response response #1 ok"])
        #expect(script.send(.client, #"{"jsonrpc":"2.0","id":1,"result":0}"#) == ["response response confirm #1 @2 2ms ok"])
        #expect(script.unanswered == ["request ask"])
    }

    @Test("an error says its code and message, and a batch has an operation for each part")
    func errorsAndBatches() {
        let script = Script()
        let asked = script.send(
            .client, #"[{"jsonrpc":"2.0","id":1,"method":"a"},{"jsonrpc":"2.0","method":"b"},{"jsonrpc":"2.0","id":2,"method":"c"}]"#)
        #expect(asked == ["request request a #1", "event notification b", "request request c #2"])
        let answers = script.send(
            .server, #"[{"jsonrpc":"2.0","id":2,"error":{"code":-32601,"message":"no \"c\""}},{"jsonrpc":"2.0","id":1,"result":null}]"#)
        #expect(answers == [#"error error c #2 @1 1ms error (-32601 no "c")"#, "response response a #1 @1 1ms ok"])
    }

    @Test("however a call is written, and however long its name and id are, the same is said of it")
    func spellings() {
        let ids = ["0", "7", "-7", "1.5", "123456789012", "\"\"", "\"k\"", "\"a key of more than sixteen bytes\"", "null"]
        for count in [0, 1, 13, 14, 15, 16, 17, 30, 31, 32, 33, 70] {
            let name = String(repeating: "m", count: count)
            for id in ids {
                let (call, answer) = (Self.spellings(of: id, name), Self.answers(to: id))
                for index in call.indices {
                    let script = Script(subprotocol: "jsonrpc")
                    script.send(.client, #"{"jsonrpc":"2.0","id":"first","method":"first"}"#)
                    let plain = id.filter { $0 != "\"" }
                    let words = [name, plain.isEmpty ? "" : "#\(plain)"].filter { !$0.isEmpty }
                    if id == "null" {
                        #expect(
                            script.send(.client, call[index]) == [
                                ["event", "notification", name].filter { !$0.isEmpty }.joined(separator: " ")
                            ])
                        continue
                    }
                    #expect(script.send(.client, call[index]) == [(["request", "request"] + words).joined(separator: " ")])
                    #expect(
                        script.send(.server, answer[index % answer.count]) == [
                            (["response", "response"] + words + ["@2", "1ms", "ok"]).joined(separator: " ")
                        ])
                }
            }
        }
    }

    private static func spellings(of id: String, _ name: String) -> [String] {
        [
            #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(name)"}"#,
            #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(name)","params":[{"id":9,"method":"no"}]}"#,
            #"{"jsonrpc": "2.0", "id": \#(id), "method": "\#(name)", "params": {"id": 9}}"#,
            #"{"jsonrpc":"2.0","method":"\#(name)","params":{"id":9,"text":"\"}]"},"id":\#(id)}"#,
            #"{"jsonrpc": "2.0", "method": "\#(name)", "params": [[[]], {}], "id": \#(id)}"#,
            #"{"params":{"method":"no"},"id":\#(id),"method":"\#(name)","jsonrpc":"2.0"}"#,
            #"{"id":\#(id),"jsonrpc":"2.0","method":"\#(name)"}"#,
            #"{"id": \#(id), "jsonrpc": "2.0", "method": "\#(name)", "params": [{"id": 9}]}"#,
            #"{"id": \#(id), "method": "\#(name)", "params": {"id": 9}, "jsonrpc": "2.0"}"#,
            #"{"method":"\#(name)","params":[{"id":9,"method":"no"}],"id":\#(id),"jsonrpc":"2.0"}"#,
            #"{"method":"\#(name)","id":\#(id),"jsonrpc":"2.0","params":{"method":"no","id":9}}"#,
            "{ \"jsonrpc\" : \"2.0\" ,\n\t\"id\" : \(id) , \"method\" : \"\(name)\" }",
        ]
    }

    private static func answers(to id: String) -> [String] {
        [
            #"{"jsonrpc":"2.0","id":\#(id),"result":null}"#, #"{"jsonrpc": "2.0", "id": \#(id), "result": {"id": 1}}"#,
            #"{"jsonrpc":"2.0","result":{"id":1},"id":\#(id)}"#, #"{"id":\#(id),"jsonrpc":"2.0","result":1}"#,
            #"{"id": \#(id), "jsonrpc": "2.0", "result": {"id": 1, "error": {}}}"#,
        ]
    }

    @Test("what stands behind long params and results counts, also once a method is known to have nothing there")
    func behindLongValues() {
        for (comma, colon) in [(",", ":"), (", ", ": ")] {
            func call(_ members: [String]) -> String { "{\(members.joined(separator: comma).replacing("=", with: colon))}" }
            let (version, method) = (#""jsonrpc"="2.0""#, #""method"="work""#)
            let script = Script()
            for _ in 0..<3 {
                let note = call([version, method, #""params"={"list"=[{"id"=4}],"a"={"id"=5}}"#])
                #expect(script.send(.client, note) == ["event notification work"])
            }
            let last = script.send(.client, call([version, method, #""params"={"id"=4}"#, #""id"=61"#]))
            #expect(last == ["request request work #61"])
            let text = script.send(.client, call([version, method, #""params"=[{}]"#, #""id"="b""#]))
            #expect(text == ["request request work #b"])
            // Of the other side nothing is known.
            let other = script.send(.server, call([version, method, #""id"=8"#, #""params"={"a"={}}"#]))
            #expect(other == ["request request work #8"])
            let behind = script.send(.server, call([version, method, #""params"={}"#, #""id"=9"#, #""more"={"id"=1}"#]))
            #expect(behind == ["request request work #9"])
            #expect(script.send(.server, call([version, method, #""params"={"a"={}}"#])) == ["event notification work"])
            #expect(script.send(.server, call([version, method, #""params"={"a"={"b"=1}}"#])) == ["event notification work"])
            let answer = script.send(.server, call([version, #""result"=[{"id"=1},{"id"=2}]"#, #""id"="b""#]))
            #expect(answer == ["response response work #b @5 5ms ok"])
            let failure = script.send(.server, call([version, #""result"=null"#, #""error"={"code"=-1,"message"="no"}"#, #""id"=61"#]))
            #expect(failure == ["error error work #61 @4 7ms error (-1 no)"])
            #expect(script.unanswered == ["request work", "request work"])
        }
    }

    @Test("a subscription is named wherever it stands in the params, and in a batch it is the one of its own call")
    func subscriptions() {
        let script = Script()
        let notes = [
            #"{"subscription":"0x1","result":{"subscription":"no"}}"#, #"{"result":[{"subscription":"no"}],"subscription":"0x1"}"#,
            #"{"result":1,"subscription":"0x1","more":{"subscription":"no"}}"#,
        ]
        for _ in 0..<2 {
            for note in notes {
                let lines = script.send(.server, #"{"jsonrpc":"2.0","method":"eth_subscription","params":\#(note)}"#)
                #expect(lines == ["event notification eth_subscription 0x1"])
            }
        }
        let other = #"{"jsonrpc":"2.0","method":"a_subscription","params":{"result":{}},"more":{"subscription":"no"}}"#
        #expect(script.send(.server, other) == ["event notification a_subscription"])
        let batch = #"[{"jsonrpc":"2.0","method":"eth_subscription","params":{"result":{}}},{"jsonrpc":"2.0","method":"x","id":"0x9"}]"#
        #expect(script.send(.server, batch) == ["event notification eth_subscription", "request request x #0x9"])
        // Of a message that was cut, nothing behind the cut is guessed.
        let cut = #"{"jsonrpc":"2.0","method":"eth_subscription","params":{"result":{"a":{}}"#
        #expect(script.send(.server, Array(cut.utf8), isWhole: false) == ["event notification eth_subscription"])
    }

    @Test("other JSON is not taken for it")
    func otherJSON() {
        let script = Script()
        for text in [#"{"id":1,"method":"sum"}"#, #"{"jsonrpc":"1.0","id":1,"method":"sum"}"#, #"{"jsonrpc":"2.0"}"#, "[]", "2.0"] {
            #expect(script.send(.client, text).isEmpty)
        }
        #expect(script.states.isEmpty)
    }

    @Test("when a message does not fit, no more is decoded, and that is said")
    func falling() {
        let script = Script()
        script.send(.client, #"{"jsonrpc":"2.0","id":1,"method":"sum"}"#)
        #expect(script.send(.server, "something else").isEmpty)
        #expect(script.states == [.recognised(.messages), .abandoned])
        #expect(!script.conversation.isListening)
    }
}
