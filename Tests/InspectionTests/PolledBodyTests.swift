import Inspection
import Testing
import WebSocket

/// What is kept of bodies where Engine.IO polls.
@Suite struct PolledBodyTests {
    private static let request = Array("GET /socket.io/?EIO=4&transport=polling&sid=abc HTTP/1.1\r\nHost: example.com\r\n\r\n".utf8)
    private static let post = Array(
        "POST /socket.io/?EIO=4&transport=polling&sid=abc HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
    private static let answer = Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
    private static let chunks = ["5\r\n42[\"a\r\n", "3\r\n\",1\r\n", "1\r\n]\r\n", "0\r\n\r\n"].map { Array($0.utf8) }

    /// A poll that is answered, then a request that brings a message, three times.
    private static var talk: Conversation {
        var talk = Conversation()
        for _ in 1...3 {
            talk.say(.client, request)
            talk.say(.server, answer)
            for chunk in chunks { talk.say(.server, chunk) }
            talk.say(.client, post)
            for chunk in chunks { talk.say(.client, chunk) }
            talk.say(.server, Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8))
        }
        return talk
    }

    @Test("a body is let go of whichever of its packets is lost, and wherever the capture ends", arguments: [false, true])
    func lost(measuresTraffic: Bool) {
        var options = Inspector.Options()
        options.measuresTraffic = measuresTraffic
        let pieces = Self.talk.pieces()
        for index in pieces.indices {
            var some = pieces
            some.remove(at: index)
            #expect(Recording.of(Self.talk.packets(some), options).faults == [], "without piece \(index)")
            #expect(Recording.of(Self.talk.packets(Array(pieces.prefix(index))), options).faults == [], "\(index) pieces")
        }
    }
}
