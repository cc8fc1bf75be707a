import Channels
import Foundation
import TLS
import Testing

@testable import QUIC

/// A real capture, through the sorter and its connections.
@Suite(.enabled(if: UDPCapture.isSharedThere, "no ../shared/captures")) struct CaptureTests {
    private func capture() throws -> UDPCapture {
        try UDPCapture(
            UDPCapture.shared.appendingPathComponent("h3-streams.pcap"), keys: UDPCapture.shared.appendingPathComponent("h3-streams.keys"))
    }

    @Test("every stream of a real connection comes out whole, in order and acknowledged")
    func whole() throws {
        let capture = try capture()
        let feed = Feed(Feed.store(capture.keys))
        feed.take(capture.datagrams)
        feed.finish()
        let connection = try #require(feed.connections.first)
        #expect(feed.connections.count == 1)
        #expect(feed.strayCount == 0)
        let facts = connection.facts
        #expect(facts.opacity == nil)
        #expect(facts.security?.applicationProtocol == "h3")
        #expect(facts.security?.version == "TLS 1.3")
        for side in feed.recorded[0].sides.values {
            #expect(!side.isFaulty && side.missingCount == 0)
        }
    }
}
