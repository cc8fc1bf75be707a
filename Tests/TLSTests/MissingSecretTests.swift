import Channels
import Testing

@testable import TLS

/// What is said of connections of which secrets are missing, and of those that only look so.
@Suite struct MissingSecretTests {
    /// Chromium's first connection, whose hello has the extension of an encrypted one as all of Chromium's have. The key log has the secrets
    /// of two others, which are tried as well.
    private let chromium: Fixture
    /// The pieces at its beginning: both segments of its hello, and the server's answer up to Finished.
    private let helloAndAnswer = 3

    init() throws { chromium = try Fixture("chromium-tls13") }

    /// The key log without some lines of the connection that its first line is of.
    private func keys(of fixture: Fixture, without labels: String...) -> [UInt8] {
        let lines = String(decoding: fixture.keys, as: UTF8.self).split(separator: "\n")
        let random = lines[0].split(separator: " ")[1]
        return lines.filter { line in !(line.contains(random) && labels.contains { line.hasPrefix($0) }) }.flatMap { Array("\($0)\n".utf8) }
    }

    private func facts(of pieces: some Sequence<Fixture.Piece>, keys: [UInt8]) -> LayerFacts {
        Feed.of(Array(pieces), chromium.session(keys: keys)).session.facts
    }

    @Test("a client that sends nothing after the server's answer did not finish the handshake, whatever secrets there are")
    func clientStops() throws {
        // The server says close_notify, which needs its traffic secret.
        let farewell = try #require(chromium.pieces.last { $0.direction == .fromHigh && $0.bytes.count == 24 })
        let handshakeOnly = keys(of: chromium, without: "CLIENT_TRAFFIC", "SERVER_TRAFFIC")
        for keys in [handshakeOnly, chromium.keys, []] {
            for pieces in [chromium.pieces.prefix(helloAndAnswer) + [farewell], chromium.pieces.prefix(helloAndAnswer)] {
                let opacity = try #require(facts(of: pieces, keys: keys).opacity)
                #expect(opacity.reason == "handshake-unfinished")
                #expect(opacity.text.contains("client sent nothing"))
                #expect(opacity.advice?.contains("certificate") == true)
                #expect(opacity.missingAnswer == .rejection(nil, advice: opacity.advice))
            }
        }
    }

    @Test("a client that went on has finished the handshake, and its traffic secrets are missing, although others were tried")
    func trafficSecretsMissing() throws {
        let handshakeOnly = facts(of: chromium.pieces, keys: keys(of: chromium, without: "CLIENT_TRAFFIC", "SERVER_TRAFFIC"))
        #expect(handshakeOnly.opacity?.reason == "handshake-only")
        let oneMissing = facts(of: chromium.pieces, keys: keys(of: chromium, without: "SERVER_TRAFFIC"))
        #expect(oneMissing.opacity?.reason == "line-missing")
        #expect(oneMissing.unread == .fromHigh)
        let none = facts(
            of: chromium.pieces, keys: keys(of: chromium, without: "CLIENT_TRAFFIC", "SERVER_TRAFFIC", "CLIENT_HAND", "SERVER_HAND"))
        #expect(none.opacity?.reason == "no-line")
    }

    @Test("where bytes of the client are missing from the capture, its handshake is not said to be unfinished")
    func lost() throws {
        var feed = Feed.of(Array(chromium.pieces.prefix(helloAndAnswer)), chromium.session(keys: []))
        feed.noteGap(.exact(80), .fromLow)
        for piece in chromium.pieces where piece.direction == .fromHigh && piece.bytes.count < 700 {
            feed.take(piece.bytes, piece.direction)
        }
        #expect(feed.session.facts.opacity?.reason == "no-line")
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
