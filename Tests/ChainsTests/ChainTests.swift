import Packets
import Testing
import WebSocket

@testable import Chains

@Suite("The story of a client")
struct ChainTests {
    static func chain(_ links: [Link], words: [String] = ["hung up", "TCP refused"]) -> Chain {
        let links = links.map { link in
            var link = link
            if link.opened == nil { link.ending = 1 }
            return link
        }
        return Chain(IPAddress(10, 0, 0, 1), url: "ws://example.com/", links, isAmbiguous: false, words: words)
    }

    static let link = LaneTests.link

    @Test("the time without a connection is counted from its end to the next 101")
    func outages() {
        let chain = Self.chain([
            Self.link(0, 10, .lost, nil), Self.link(11, 11, .failed, nil), Self.link(13, 20, .lost, nil), Self.link(21, 30, .open, nil),
        ])
        #expect(chain.outages == [3_000_000_000, 1_000_000_000])
        #expect(chain.cutOff == 4_000_000_000 && chain.cutOffSince == nil)
        #expect(chain.openedCount == 3 && chain.failedCount == 1 && chain.lossCount == 2)
        #expect(chain.title == "3 connections and 1 failed attempt in 30 s")
        #expect(chain.losses == [.init(words: "hung up", count: 2, by: nil)] && chain.failures.map(\.count) == [1])
    }

    @Test("a client that closes itself is not cut off")
    func left() {
        let chain = Self.chain([Self.link(0, 10, .left, nil), Self.link(15, 20, .left, nil)])
        #expect(chain.outages.isEmpty && chain.cutOffSince == nil && !chain.isStory)
    }

    @Test("a client that never comes back is cut off until the end")
    func notBack() {
        let chain = Self.chain([Self.link(0, 10, .lost, nil), Self.link(11, 11, .failed, nil), Self.link(14, 14, .failed, nil)])
        #expect(chain.cutOffSince == 10_000_000_000 && chain.isStory)
        #expect(chain.lines.first?.text == "not back when last seen, 4 s later")
    }

    @Test("pauses of a run begin with what was lost, and go on as long as attempts fail")
    func runs() {
        let links = [
            Self.link(0, 10, .lost, nil), Self.link(11, 11, .failed, nil), Self.link(13, 13, .failed, nil), Self.link(17, 20, .lost, nil),
            Self.link(21, 25, .left, nil), Self.link(40, 41, .open, nil),
        ]
        #expect(Pauses(links).runs == [[1, 2, 4], [1]].map { $0.map { $0 * 1_000_000_000 } })
    }

    @Test("addresses of one server that are tried in turn are one attempt")
    func addressesInTurn() {
        var other = Self.link(11.01, 11.01, .failed, nil)
        other.server.address = IPAddress(192, 0, 2, 2)
        let links = [Self.link(0, 10, .lost, nil), Self.link(11, 11, .failed, nil), other, Self.link(13.01, 14, .open, nil)]
        #expect(Pauses(links).runs == [[1_000_000_000, 2_000_000_000]])
    }

    @Test("where nobody answers, beginnings are compared")
    func unanswered() {
        let links = (0..<5).map { index in
            var link = Self.link(Double(index) * 12, Double(index) * 12 + 7, .failed, nil)
            link.isUnanswered = true
            return link
        }
        let chain = Self.chain(links)
        #expect(chain.pausesCountFromBeginnings && chain.backOff == .fixed(12_000_000_000))
    }

    @Test("connections that all last as long are said to")
    func lifetime() {
        let links = (0..<4).map { Self.link(Double($0) * 62, Double($0) * 62 + 60 + Double($0) * 0.01, .lost, nil) }
        #expect((Self.chain(links).regularLifetime ?? 0) / 1_000_000_000 == 60)
        #expect(
            Self.chain([Self.link(0, 10, .lost, nil), Self.link(11, 41, .lost, nil), Self.link(42, 99, .lost, nil)]).regularLifetime == nil)
    }

    @Test("connections that a server loses at once are a storm, with the worst second of what follows")
    func storm() {
        var lanes: [[Link]] = []
        for index in 0..<20 {
            let lost = 100 + Double(index) * 0.02
            lanes.append([
                Self.link(0, lost, .lost, nil), Self.link(lost + 1, lost + 1, .failed, nil), Self.link(lost + 3, 200, .open, nil),
            ])
        }
        // One that ended by itself, long before.
        lanes.append([Self.link(0, 50, .lost, nil)])
        let clients = lanes.indices.map { IPAddress(10, 0, 0, UInt8($0 / 2)) }
        let storms = Storm.find(lanes, clients: clients, captures: lanes.map { _ in 0 }, ["hung up"])
        #expect(storms.count == 1)
        guard let storm = storms.first else { return }
        #expect(storm.lossCount == 20 && storm.clientCount == 10 && storm.returnCount == 20)
        #expect(storm.attemptCount == 40 && storm.failureCount == 20 && storm.peakCount == 20)
        #expect(storm.duration == 3_380_000_000 && storm.end - storm.start == 380_000_000)
    }

    @Test("a client that loses one connection after the other is no storm")
    func oneAfterTheOther() {
        let lane = (0..<30).map { Self.link(Double($0) * 0.1, Double($0) * 0.1 + 0.05, .lost, nil) }
        #expect(Storm.find([lane], clients: [IPAddress(10, 0, 0, 1)], captures: [lane].map { _ in 0 }, ["hung up"]).isEmpty)
    }

    @Test("connections that were begun one after the other are no storm, though each ends soon after the one before")
    func oneAfterTheOtherElsewhere() {
        let lanes = (0..<30).map { [Self.link(Double($0) * 0.1, Double($0) * 0.1 + 0.05, .lost, nil)] }
        #expect(Storm.find(lanes, clients: lanes.map { _ in IPAddress(10, 0, 0, 1) }, captures: lanes.map { _ in 0 }, ["hung up"]).isEmpty)
    }

    @Test("a client that hangs up itself is no part of a storm")
    func noStorm() {
        let lanes = (0..<20).map { _ in
            var link = Self.link(0, 100, .lost, nil)
            link.by = .client
            return [link]
        }
        #expect(Storm.find(lanes, clients: lanes.map { _ in IPAddress(10, 0, 0, 1) }, captures: lanes.map { _ in 0 }, ["reset"]).isEmpty)
    }

    @Test("a query that comes again tells clients apart where two are connected at a time")
    func queries() {
        let (alice, bob) = (11, 22)
        func groups(_ links: [(Int, Link)]) -> [Int?] { GroupSplit(links.map { (0, $0.0, $0.1) }, groupCount: 1).groups }
        let parallel = groups([
            (alice, Self.link(0, 10, .lost, nil)), (bob, Self.link(1, 10, .lost, nil)), (bob, Self.link(11, 20, .lost, nil)),
            (alice, Self.link(12, 20, .lost, nil)),
        ])
        #expect(parallel[0] == parallel[3] && parallel[1] == parallel[2] && parallel[0] != parallel[1])
        // One client, whose token was renewed.
        let renewed = groups([
            (alice, Self.link(0, 10, .lost, nil)), (alice, Self.link(11, 20, .lost, nil)), (bob, Self.link(21, 30, .lost, nil)),
            (bob, Self.link(31, 40, .lost, nil)),
        ])
        #expect(Set(renewed) == [0])
        // Queries that are new each time.
        #expect(Set(groups((0..<6).map { ($0 + 1, Self.link(Double($0), Double($0) + 5, .lost, nil)) })) == [0])
    }
}
