import Channels
import Testing

@testable import TLS

/// What is said of connections of which secrets are missing, and of those that only look so.
@Suite struct MissingSecretTests {
    /// The key log without some lines of the connection that its first line is of.
    private func keys(of fixture: Fixture, without labels: String...) -> [UInt8] {
        let lines = String(decoding: fixture.keys, as: UTF8.self).split(separator: "\n")
        let random = lines[0].split(separator: " ")[1]
        return lines.filter { line in !(line.contains(random) && labels.contains { line.hasPrefix($0) }) }.flatMap { Array("\($0)\n".utf8) }
    }

    @Test("a direction in which nothing was sent after Finished lacks no secrets")
    func silentClient() throws {
        let fixture = try Fixture("tls13-aes-128-gcm")
        // The hello, and ChangeCipherSpec with Finished; all that the server says.
        var clients = 0
        let pieces = fixture.pieces.filter { piece in
            if piece.direction == .fromLow { clients += 1 }
            return piece.direction == .fromHigh || clients <= 2
        }
        for keys in [fixture.keys, keys(of: fixture, without: "CLIENT_TRAFFIC")] {
            let feed = Feed.of(pieces, fixture.session(keys: keys))
            #expect(feed.streams[.fromHigh]?.content.isEmpty == false)
            #expect(feed.session.facts.unread == nil)
            #expect(feed.session.facts.opacity == nil)
        }
        let spoken = Feed.of(fixture.pieces, fixture.session(keys: keys(of: fixture, without: "CLIENT_TRAFFIC"))).session.facts
        #expect(spoken.unread == .fromLow)
        #expect(spoken.opacity?.reason == "line-missing")
    }
}
