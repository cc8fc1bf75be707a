import Packets
import TestSupport
import Testing
import WebSocket

@testable import Chains

@Suite("Who follows whom")
struct LaneTests {
    static let server = Endpoint(address: IPAddress(192, 0, 2, 1), port: 80)
    static let second: Int64 = 1_000_000_000

    /// A connection from one second to another; a failed attempt where it was not opened.
    static func link(_ start: Double, _ end: Double, _ fate: Link.Fate = .lost, _ opened: Bool? = nil) -> Link {
        let (from, to) = (Int64(start * 1e9), Int64(end * 1e9))
        return Link(server: server, start: from, opened: opened ?? (fate != .failed) ? from : nil, end: to, fate: fate)
    }

    /// The lanes of links that all have one origin, as indices of links.
    static func lanes(_ links: [Link], groups: [Int?]? = nil) -> [[Int]] {
        var lanes = Lanes(groupCount: 4, endpointCount: 1)
        var ends = EndQueue()
        func origin(_ index: Int) -> Lanes.Origin { Lanes.Origin(group: groups.map { $0[index] } ?? 0, endpoint: 0) }
        for (index, link) in links.enumerated() {
            while let end = ends.next(by: link.start) {
                lanes.end(end.lane, origin(end.link), links[end.link].fate, at: links[end.link].end)
            }
            let lane = lanes.begin(index, origin(index), at: link.start)
            if link.fate != .open { ends.add(EndQueue.Element(time: link.end, link: index, lane: lane)) }
        }
        return lanes.lanes.map(\.links)
    }

    @Test("connections that follow each other are one lane")
    func sequence() {
        #expect(Self.lanes([Self.link(0, 1), Self.link(2, 3), Self.link(4, 4, .failed), Self.link(5, 9, .open)]) == [[0, 1, 2, 3]])
    }

    @Test("connections that overlap are never in one lane")
    func overlap() {
        #expect(Self.lanes([Self.link(0, 5), Self.link(1, 2), Self.link(3, 4), Self.link(6, 7)]) == [[0], [1, 2, 3]])
        #expect(Self.lanes([Self.link(0, 5, .open), Self.link(1, 5, .open)]) == [[0], [1]])
        // One ends in the moment in which the next begins.
        #expect(Self.lanes([Self.link(0, 1), Self.link(1, 2)]) == [[0, 1]])
    }

    @Test("no two links of a lane overlap, whatever they are, and each is in one lane")
    func anything() {
        var random = SeededRandom(5)
        for _ in 0..<200 {
            let count = Int(random.next() % 60)
            let links = (0..<count).map { _ in
                let start = random.double(in: 0...50)
                let fate = [Link.Fate.lost, .failed, .left, .open][Int(random.next() % 4)]
                return Self.link(start, start + random.double(in: 0...9), fate)
            }.sorted { $0.start < $1.start }
            let lanes = Self.lanes(links, groups: links.map { $0.opened == nil ? nil : Int(random.next() % 3) })
            #expect(lanes.joined().sorted() == Array(0..<count))
            for lane in lanes {
                for (one, next) in zip(lane, lane.dropFirst()) {
                    #expect(links[one].fate != .open && links[one].end <= links[next].start)
                }
            }
        }
    }

    @Test("of clients that wait by the same rule each goes on with its own")
    func sameRule() {
        // Three clients lose their connections one after the other, and try each second.
        let links = [
            Self.link(0, 10.0), Self.link(0, 10.1), Self.link(0, 10.2), Self.link(11.0, 11.0, .failed), Self.link(11.1, 11.1, .failed),
            Self.link(11.2, 11.2, .failed), Self.link(12.0, 20, .open), Self.link(12.1, 20, .open), Self.link(12.2, 20, .open),
        ]
        let groups: [Int?] = [0, 0, 0, nil, nil, nil, 0, 0, 0]
        #expect(Self.lanes(links, groups: groups) == [[0, 3, 6], [1, 4, 7], [2, 5, 8]])
    }

    @Test("a client that left long ago is not the one that comes now")
    func longAgo() {
        let links = [Self.link(0, 10), Self.link(0, 1_000), Self.link(1_001, 1_002)]
        #expect(Self.lanes(links) == [[0], [1, 2]])
    }

    @Test("who lost a connection comes back before who left")
    func leftAndLost() {
        #expect(Self.lanes([Self.link(0, 2, .left), Self.link(0, 1), Self.link(3, 4), Self.link(3.5, 4)]) == [[0, 3], [1, 2]])
    }

    @Test("attempts before the first connection belong to it")
    func attemptsFirst() {
        let links = [Self.link(0, 0, .failed), Self.link(1, 1, .failed), Self.link(2, 3, .open)]
        #expect(Self.lanes(links, groups: [nil, nil, 0]) == [[0, 1, 2]])
    }

    @Test("an attempt is given to one URL, and the connection of another does not go on with it")
    func twoURLs() {
        let links = [Self.link(0, 10), Self.link(0, 10.5), Self.link(11, 11, .failed), Self.link(12, 13), Self.link(12, 13)]
        #expect(Self.lanes(links, groups: [0, 1, nil, 0, 1]) == [[0, 2, 3], [1, 4]])
    }

    @Test("connections that an attacker chose take no time by the square of their number")
    func linear() {
        let growth = Growth(to: 30_000) { count in
            // All wait, and go stale again and again.
            let links = (0..<count).map { index -> Link in
                let start = Double(index / 100) * (index % 3 == 0 ? 200 : 130)
                return Self.link(start, start, index % 2 == 0 ? .lost : .left)
            }.sorted { $0.start < $1.start }
            return processorTime {
                #expect(Self.lanes(links, groups: links.indices.map { $0 % 5 == 0 ? nil : $0 % 4 }).joined().count == count)
            }
        }
        #expect(growth.isLinear, "\(growth)")
    }
}
