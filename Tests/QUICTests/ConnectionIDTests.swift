import Channels
import TestSupport
import Testing

@testable import QUIC

/// Which connection ID a packet with a short header has: that alone says where the packet number stands.
@Suite struct ConnectionIDTests {
    private static let token = [UInt8](repeating: 0xAA, count: 16)
    private static let serverID: [UInt8] = [0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58]

    /// A dialogue whose server has announced IDs.
    private static func announced(_ ids: [[UInt8]], _ peers: QUICPeers = QUICPeers()) -> Dialogue {
        var dialogue = Dialogue.opened(peers)
        for (index, id) in ids.enumerated() { dialogue.say(.server, QUICPeers.newID(id, sequence: UInt64(index + 1), token: token)) }
        return dialogue
    }

    /// Bytes 0, 1, 2 … of a stream of the client's, each in a packet to an ID.
    private static func write(_ ids: [[UInt8]], _ dialogue: inout Dialogue) {
        for (index, id) in ids.enumerated() {
            let packet = dialogue.peers.short(.client, QUICPeers.stream(0, at: UInt64(index), [UInt8(index)]), to: id)
            dialogue.send(.client, packet)
        }
    }

    /// All that was written is read, when there are keys from the start and when they come late.
    private static func expectAll(_ count: Int, _ dialogue: Dialogue, _ location: SourceLocation = #_sourceLocation) {
        #expect(dialogue.side(0).bytes == Array(0..<UInt8(count)), sourceLocation: location)
        #expect(dialogue.withLateKeys().recorded[0].sides == dialogue.recorder.sides, sourceLocation: location)
    }

    @Test("an ID of no length that is announced is none, and the packet that announces it is read on (RFC 9000 §19.15)")
    func empty() {
        var dialogue = Self.announced([])
        dialogue.say(.server, QUICPeers.newID([], sequence: 1, token: Self.token) + QUICPeers.stream(1, at: 0, [7]))
        #expect(dialogue.side(1, .server).bytes == [7])
        // The first packets of the client's, after updates of its keys that the capture lacks.
        for index in 0..<3 {
            dialogue.peers.updateKeys(.client)
            dialogue.peers.updateKeys(.client)
            dialogue.write(at: UInt64(index), [UInt8(index)])
        }
        Self.expectAll(3, dialogue)
    }

    @Test("an ID of no length in preferred_address is none (RFC 9000 §18.2)")
    func emptyPreferred() {
        var peers = QUICPeers()
        peers.serverParameters = [0x0D] + QUICPeers.vector([UInt8](repeating: 0, count: 24) + [0] + Self.token)
        var dialogue = Dialogue.opened(peers)
        Self.write([Self.serverID, Self.serverID], &dialogue)
        Self.expectAll(2, dialogue)
    }

    @Test("where one ID begins with another, a packet has the longest that it begins with, whichever was announced first")
    func prefixes() {
        let (short, long) = ([0x51, 0x52] as [UInt8], Self.serverID + [0x59])
        for ids in [[short, long], [long, short]] {
            var dialogue = Self.announced(ids)
            Self.write([Self.serverID, short, long, Self.serverID, long, short], &dialogue)
            Self.expectAll(6, dialogue)
        }
    }

    @Test("an ID that was not captured is taken to be as long as the one announced last")
    func unknown() {
        var dialogue = Self.announced([[1, 2, 3, 4, 5]])
        Self.write([[9, 2, 3, 4, 5], Self.serverID, [8, 2, 3, 4, 5], [1, 2, 3, 4, 5], [7, 2, 3, 4, 5]], &dialogue)
        Self.expectAll(5, dialogue)
    }

    @Test("packets to an ID that so many were announced after that it was forgotten are read all the same")
    func forgotten() {
        var dialogue = Self.announced([])
        Self.write([Self.serverID], &dialogue)
        for index in 0..<70 {
            dialogue.say(.server, QUICPeers.newID([UInt8(index), 2, 3, 4, 5, 6, 7, 8], sequence: UInt64(index), token: Self.token))
        }
        let packet = dialogue.peers.short(.client, QUICPeers.stream(0, at: 1, [1]), to: Self.serverID)
        dialogue.send(.client, packet)
        Self.expectAll(2, dialogue)
    }

    @Test(
        "whatever IDs, updates of keys, lost packets and resets there are, it is the same when the keys come", arguments: SeededRandom.seeds
    )
    func any(seed: UInt64) {
        var random = SeededRandom(seed)
        var dialogue = Self.announced([])
        var ids = [Self.serverID]
        for step in 0..<120 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0, 1:
                // Of any length, most of which begin like others.
                let id = [0x51, 0x52, 0x53] + random.bytes(17)
                ids.append(Array(id.prefix([0, 1, 2, 4, 9, 20].randomElement(using: &random)!)))
                let frame = QUICPeers.newID(ids.last!, sequence: UInt64(step), token: random.bytes(16))
                let packet = dialogue.peers.short(.server, frame)
                if Int.random(in: 0..<3, using: &random) > 0 { dialogue.send(.server, packet) }
            case 2: dialogue.peers.updateKeys(.client)
            case 3: _ = dialogue.peers.nextNumber(.client, .application)
            // No ID of the server's begins so, by which it would seem to be the client's.
            case 4: dialogue.send(.server, [0x41, 0xFF] + random.bytes(29) + (step < 100 ? random.bytes(16) : Self.token))
            case 5: dialogue.say(.server, QUICPeers.newID([7, 7], sequence: 1, token: Self.token))
            default:
                let id = ids.suffix(4).randomElement(using: &random)!
                let packet = dialogue.peers.short(.client, QUICPeers.stream(UInt64(step) * 4, at: 0, [1]), to: id)
                dialogue.send(.client, packet)
            }
        }
        let late = dialogue.withLateKeys()
        let (connection, other) = (dialogue.connection, late.connections[0])
        #expect(!dialogue.recorder.sides.isEmpty)
        #expect(late.recorded[0].sides == dialogue.recorder.sides, "seed \(seed)")
        #expect(other.end?.mark.number == connection.end?.mark.number, "seed \(seed)")
        for (one, another) in [(connection.fromLow, other.fromLow), (connection.fromHigh, other.fromHigh)] {
            #expect(another.ids == one.ids && another.unopenedCount == one.unopenedCount, "seed \(seed)")
            #expect(another.traffic.packetCount == one.traffic.packetCount, "seed \(seed)")
        }
    }

    @Test("a stateless reset that was captured before the keys came ends the connection")
    func lateReset() {
        var dialogue = Self.announced([[9, 9, 9, 9]])
        var random = SeededRandom(1)
        let number = 1 + (dialogue.datagrams.last?.number ?? 0)
        dialogue.send(.server, [0x41] + random.bytes(30) + Self.token)
        for connection in [dialogue.connection, dialogue.withLateKeys().connections[0]] {
            #expect(connection.hasEnded)
            #expect(connection.end?.by == .fromHigh && connection.end?.mark.number == number)
            #expect(connection.end?.reason.carrier == "stateless reset")
            #expect(connection.traffic(of: .fromHigh).packetCount == 4)
            #expect(connection.fromHigh.unopenedCount == 0)
        }
    }
}
