import TestSupport
import Testing
import WebSocket

@testable import Subprotocols

/// Requests that are asked and answered in any order, beside a list that a child could keep.
@Suite struct PairingTests {
    private struct Asked {
        var id: String
        var name: String
        var message: Int
    }

    private static let ids =
        (0..<40).flatMap { ["\($0)", "\"\($0)\"", "\"a-long-id-\($0)-of-which-only-the-middle-differs\""] }
        + ["\"\"", "\"abcd\"", "\"abcdefgh\"", "\"abcdefghi\"", "12345678", "123456789", "\"é\""]

    @Test("an answer belongs to the newest open request with its id, whatever else is open", arguments: SeededRandom.seeds)
    func pairs(seed: UInt64) {
        var random = SeededRandom(seed)
        let script = Script(subprotocol: "jsonrpc")
        var open: [Asked] = []
        for message in 1...3_000 {
            // Times with much open take turns with times with nothing open.
            let asks = open.isEmpty || Int.random(in: 0..<10, using: &random) < (message % 600 < 300 ? 7 : 3)
            let id = asks || Bool.random(using: &random) ? Self.ids.randomElement(using: &random)! : open.randomElement(using: &random)!.id
            let plain = id.filter { $0 != "\"" }
            let shown = plain.isEmpty ? "" : " #\(plain)"
            if asks {
                let name = "m\(Int.random(in: 0..<1_000_000, using: &random))"
                let lines = script.send(.client, #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(name)"}"#)
                #expect(lines == ["request request \(name)\(shown)"])
                open.removeAll { $0.id == id }
                open.append(Asked(id: id, name: name, message: message))
            } else {
                let lines = script.send(.server, #"{"jsonrpc":"2.0","id":\#(id),"result":null}"#)
                if let place = open.firstIndex(where: { $0.id == id }) {
                    let asked = open.remove(at: place)
                    #expect(lines == ["response response \(asked.name)\(shown) @\(asked.message) \(message - asked.message)ms ok"])
                } else {
                    #expect(lines == ["response response\(shown) ok"])
                }
            }
        }
        #expect(script.conversation.unanswered(limit: 1_000).named.map(\.message) == open.map { UInt64($0.message) })
    }

    private static func batch(_ calls: [String]) -> String { "[" + calls.joined(separator: ",") + "]" }

    private static let notifications = Array(repeating: #"{"jsonrpc":"2.0","method":"n"}"#, count: Meaning.operationLimit)

    @Test("requests and answers are paired that stand behind those that are shown of a message")
    func manyInOneMessage() {
        let script = Script(subprotocol: "jsonrpc")
        let requests = (0..<300).map { #"{"jsonrpc":"2.0","id":\#($0),"method":"m\#($0)"}"# }
        let asked = script.send(.client, Self.batch(Self.notifications + requests))
        #expect(asked.count == Meaning.operationLimit)
        #expect(asked.last == "request request m299 #299")
        #expect(script.conversation.unanswered(limit: 1_000).named.count == 300)
        let answers = (0..<300).reversed().map { #"{"jsonrpc":"2.0","id":\#($0),"result":0}"# }
        #expect(script.send(.server, Self.batch(Self.notifications + answers)).last == "response response m0 #0 @1 1ms ok")
        #expect(script.conversation.dialogue.meaning.omittedCount == 300)
        #expect(script.conversation.unanswered(limit: 1_000).isEmpty)
    }

    @Test("ids that are longer than what is kept of them are not paired, and that is counted", arguments: [508, 509, 512, 700])
    func longIDs(count: Int) {
        let script = Script(subprotocol: "jsonrpc")
        let id = { (index: Int) in String(repeating: "x", count: count - 1) + "\(index)" }
        for index in 0..<3 { script.send(.client, #"{"jsonrpc":"2.0","id":"\#(id(index))","method":"m\#(index)"}"#) }
        let isKept = count <= 508
        let answer = script.send(.server, #"{"jsonrpc":"2.0","id":"\#(id(1))","result":0}"#)
        #expect(answer.first?.hasPrefix("response response m1 ") == isKept)
        let unanswered = script.conversation.unanswered(limit: 10)
        #expect(unanswered.named.map(\.message) == (isKept ? [1, 3] : []))
        #expect(unanswered.unpairedCount == (isKept ? 0 : 3))
    }
}
