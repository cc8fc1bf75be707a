import Channels
import TestSupport
import Testing

@testable import QUIC

/// Which connection a datagram belongs to.
@Suite struct SorterTests {
    @Test("nothing that merely looks like QUIC begins a connection", arguments: SeededRandom.seeds)
    func noise(seed: UInt64) {
        var random = SeededRandom(seed)
        let feed = Feed(Feed.store([]))
        let hello = Vectors.bytes(Vectors.v1.clientInitial)
        for round in 0..<300 {
            var bytes = random.bytes(Int.random(in: 1...1_400, using: &random))
            if round % 3 == 1 {
                // The beginning of a real one, or all of it with something changed.
                bytes = Array(hello.prefix(Int.random(in: 1..<hello.count, using: &random)))
            } else if round % 3 == 2 {
                bytes = hello
                bytes[Int.random(in: 0..<hello.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
            feed.take(Feed.Datagram(number: 1, time: 0, path: UInt64(round), direction: .fromLow, bytes: bytes))
        }
        #expect(feed.layers.isEmpty)
        #expect(feed.strayCount == 300)
        feed.take(Feed.Datagram(number: 1, time: 0, path: 7, direction: .fromLow, bytes: hello))
        #expect(feed.layers.count == 1)
    }

    @Test("packets with short headers, and those of servers, begin nothing")
    func strays() {
        var dialogue = Dialogue()
        let handshake = dialogue.peers.handshake()
        dialogue.write(at: 0, [1])
        dialogue.send(.server, handshake[1])
        dialogue.send(.client, handshake[2])
        #expect(dialogue.feed.layers.isEmpty)
        #expect(dialogue.feed.strayCount == 3)
    }

    @Test("a client whose port changes goes on in its connection, also when the order of the ends is another then")
    func rebinding() {
        var dialogue = Dialogue.opened()
        dialogue.write(at: 0, [1])
        let packets = [
            dialogue.peers.short(.client, QUICPeers.stream(0, at: 1, [2])), dialogue.peers.short(.server, QUICPeers.stream(0, at: 0, [7])),
        ]
        dialogue.send(.client, packets[0], path: 5, isSwapped: true)
        dialogue.send(.server, packets[1], path: 5, isSwapped: true)
        #expect(dialogue.feed.layers.count == 1 && dialogue.feed.strayCount == 0)
        #expect(dialogue.side(0).bytes == [1, 2])
        #expect(dialogue.side(0, .server).bytes == [7])
    }

    @Test("a connection that moves to new connection IDs on other ports is found by them")
    func migration() {
        var dialogue = Dialogue.opened()
        let token = [UInt8](repeating: 1, count: 16)
        dialogue.say(.server, QUICPeers.newID([0xF1, 2, 3, 4, 5, 6], sequence: 1, token: token))
        dialogue.say(.client, QUICPeers.newID([0xF2, 2, 3, 4, 5, 6, 7], sequence: 1, token: token))
        dialogue.write(at: 0, [1])
        let there = dialogue.peers.short(.client, QUICPeers.stream(0, at: 1, [2]), to: [0xF1, 2, 3, 4, 5, 6])
        let back = dialogue.peers.short(.server, QUICPeers.stream(0, at: 0, [7]), to: [0xF2, 2, 3, 4, 5, 6, 7])
        // The server's packet is the first on the new path.
        dialogue.send(.server, back, path: 9)
        dialogue.send(.client, there, path: 9)
        #expect(dialogue.side(0).bytes == [1, 2] && dialogue.side(0, .server).bytes == [7])
        let stray = dialogue.peers.short(.client, [0x01], to: [0xF3, 2, 3, 4, 5, 6])
        #expect(dialogue.send(.client, stray, path: 10) == nil)
    }

    @Test("connection IDs of no length are found by the ends of their packets")
    func empty() {
        var peers = QUICPeers()
        peers.clientID = []
        var dialogue = Dialogue.opened(peers)
        dialogue.write(at: 0, [1])
        dialogue.say(.server, QUICPeers.stream(0, at: 0, [2]))
        // The client's port changes: the server's ID says so first.
        let there = dialogue.peers.short(.client, QUICPeers.stream(0, at: 1, [3]))
        let back = dialogue.peers.short(.server, QUICPeers.stream(0, at: 1, [4]))
        dialogue.send(.client, there, path: 3)
        dialogue.send(.server, back, path: 3)
        #expect(dialogue.side(0).bytes == [1, 3] && dialogue.side(0, .server).bytes == [2, 4])
    }

    @Test("several connections between the same two ports are told apart")
    func shared() {
        var first = QUICPeers(random: 1)
        var second = QUICPeers(.chacha, random: 2)
        second.original = [8, 8, 8, 8, 8, 8, 8, 8]
        second.initialID = second.original
        second.clientID = [2, 2, 2]
        second.serverID = [3, 3, 3, 3]
        let feed = Feed(Feed.store(first.keyLog() + second.keyLog()))
        var number: UInt64 = 0
        func send(_ direction: Direction, _ bytes: [UInt8]) {
            number += 1
            feed.take(Feed.Datagram(number: number, time: Int64(number) * 1_000_000, path: 0, direction: direction, bytes: bytes))
        }
        let (one, other) = (first.handshake(), second.handshake())
        for index in 0..<3 {
            send(index == 1 ? .fromHigh : .fromLow, one[index])
            send(index == 1 ? .fromHigh : .fromLow, other[index])
        }
        for index in 0..<10 {
            send(.fromLow, first.short(.client, QUICPeers.stream(0, at: UInt64(index), [1])))
            send(.fromLow, second.short(.client, QUICPeers.stream(0, at: UInt64(index), [2])))
            send(.fromHigh, second.short(.server, QUICPeers.stream(0, at: UInt64(index), [3])))
        }
        #expect(feed.connections.count == 2)
        let low = Recorder.Name(stream: 0, direction: .fromLow)
        #expect(feed.recorded[0].sides[low]?.bytes == [UInt8](repeating: 1, count: 10))
        #expect(feed.recorded[1].sides[low]?.bytes == [UInt8](repeating: 2, count: 10))
        #expect(feed.recorded[1].sides[Recorder.Name(stream: 0, direction: .fromHigh)]?.bytes == [UInt8](repeating: 3, count: 10))
    }

    @Test("a client that uses its port again for a new connection begins one")
    func portAgain() {
        var dialogue = Dialogue.opened()
        dialogue.write(at: 0, [1])
        var next = QUICPeers(random: 3)
        next.original = [7, 7, 7, 7, 7, 7, 7, 7]
        next.initialID = next.original
        next.clientID = [6, 6, 6, 6]
        dialogue.peers = next
        let log = next.keyLog()
        let other = Feed(Feed.store(QUICPeers().keyLog() + log))
        other.take(dialogue.datagrams)
        let count = dialogue.datagrams.count
        dialogue.shakeHands()
        other.take(dialogue.datagrams[count...])
        #expect(other.connections.count == 2)
        #expect(other.connections[1].facts.opacity == nil || other.connections[1].hello != nil)
    }

    @Test("what is forgotten is found no more, and leaves nothing behind")
    func forget() throws {
        var dialogue = Dialogue.opened()
        let sorter = try #require(dialogue.feed.sorter as? QUICConnections)
        #expect(sorter.found === dialogue.connection)
        sorter.forget(0)
        #expect(sorter.isEmpty && sorter.found == nil)
        dialogue.write(at: 0, [1])
        #expect(dialogue.feed.strayCount == 1)
    }

    @Test("what is noted of a connection comes back with each of its datagrams")
    func rows() {
        var dialogue = Dialogue.opened()
        let sorter = dialogue.feed.sorter
        let row = DatagramRow(index: 3, serial: 9)
        sorter.note(row)
        dialogue.write(at: 0, [1])
        for datagram in dialogue.datagrams {
            let owner = sorter.sort(datagram.bytes.span, onPath: datagram.path, from: datagram.direction)
            #expect(owner?.row == row && owner?.connection == 0)
        }
    }

    @Test("the number of connections that are found is bounded, and so is that of their paths")
    func limits() throws {
        var limits = QUICLimits()
        limits.connectionCount = 10
        let feed = Feed(Feed.store([]), limits: limits)
        for index in 0..<50 {
            var peers = QUICPeers(random: UInt8(index))
            peers.original = [UInt8](repeating: UInt8(index), count: 8)
            peers.initialID = peers.original
            feed.take(Feed.Datagram(number: 1, time: 0, path: UInt64(index), direction: .fromLow, bytes: peers.handshake()[0]))
        }
        let sorter = try #require(feed.sorter as? QUICConnections)
        #expect(feed.layers.count == 50)
        #expect(sorter.connectionCount == 10)

        var moving = Dialogue.opened()
        for index in 0..<1_000 {
            let packet = moving.peers.short(.client, QUICPeers.stream(0, at: UInt64(index), [1]))
            moving.send(.client, packet, path: UInt64(index))
        }
        #expect(moving.side(0).bytes.count == 1_000)
        #expect((moving.feed.sorter as? QUICConnections)?.pathCount ?? .max <= 64)
    }
}
