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
        #expect(script.conversation.unanswered(limit: 1_000).requests.map(\.message) == open.map { UInt64($0.message) })
    }
}
