import Channels
import TLS
import TestSupport
import Testing

@testable import QUIC

@Suite struct HandshakeTests {
    /// Each suite in each version.
    static let kinds = QUICPeers.Suite.all.flatMap { suite in [(suite, false), (suite, true)] }

    @Test("every suite in both versions is read in both directions, and shown", arguments: 0..<6)
    func suites(index: Int) {
        let (suite, isV2) = Self.kinds[index]
        var dialogue = Dialogue.opened(QUICPeers(suite, isV2: isV2))
        dialogue.write(at: 0, Array("hello".utf8), isLast: true)
        dialogue.say(.server, QUICPeers.stream(0, at: 0, Array("world".utf8), isLast: true))
        #expect(dialogue.side(0).bytes == Array("hello".utf8))
        #expect(dialogue.side(0, .server).bytes == Array("world".utf8))
        #expect(dialogue.side(0).hasEnded && dialogue.side(0, .server).hasEnded)
        let facts = dialogue.connection.facts
        #expect(facts.client == .fromLow && facts.hasHeads && !facts.isFromBeginning && !facts.isWaiting)
        #expect(facts.opacity == nil && facts.unread == nil)
        #expect(facts.security?.version == "TLS 1.3")
        #expect(facts.security?.cipher == CipherSuite(code: suite.code).name)
        #expect(facts.security?.serverName == "example.com")
        #expect(facts.security?.applicationProtocol == "h3")
        #expect(facts.security?.keySource == "keys.txt")
        #expect(facts.security?.clientRandoms == [dialogue.peers.random])
        #expect(facts.security?.wireByteCount == UInt64(dialogue.datagrams.reduce(0) { $0 + $1.bytes.count }))
        #expect(dialogue.connection.idleTimeout == 30_000)
    }

    @Test("a hello in many frames and packets is read whatever their order, also where they overlap and repeat")
    func scatteredHello() {
        for seed in SeededRandom.seeds {
            var random = SeededRandom(seed)
            var dialogue = Dialogue()
            let hello = dialogue.peers.clientHello
            var pieces: [Range<Int>] = []
            var start = 0
            while start < hello.count {
                let end = min(hello.count, start + Int.random(in: 1...40, using: &random))
                // Some overlap what comes before and after.
                pieces.append(max(0, start - Int.random(in: 0...5, using: &random))..<end)
                start = end
            }
            pieces += pieces.prefix(3)
            pieces.shuffle(using: &random)
            let half = pieces.count / 2
            for part in [pieces[..<half], pieces[half...]] {
                let frames = part.flatMap { range -> [UInt8] in
                    QUICPeers.crypto(Array(hello[range]), at: range.lowerBound) + [0x00, 0x01]
                }
                dialogue.send(.client, dialogue.peers.long(.client, .initial, frames))
            }
            #expect(dialogue.connection.hello?.serverName == "example.com", "seed \(seed)")
            #expect(dialogue.feed.connections.count == 1)
        }
    }

    @Test("without the server's hello the secrets show the suite by themselves", arguments: QUICPeers.Suite.all.map(\.code))
    func lostHello(code: UInt16) throws {
        let suite = try #require(QUICPeers.Suite.all.first { $0.code == code })
        var dialogue = Dialogue(QUICPeers(suite))
        dialogue.send(.client, dialogue.peers.handshake()[0])
        dialogue.write(at: 0, [1, 2, 3])
        dialogue.say(.server, QUICPeers.stream(0, at: 0, [4, 5]))
        #expect(dialogue.side(0).bytes == [1, 2, 3])
        #expect(dialogue.side(0, .server).bytes == [4, 5])
        #expect(dialogue.connection.facts.security?.cipher == CipherSuite(code: code).name)
    }

    @Test("secrets that come late bring the same as those that are there, and what waits is bounded")
    func lateKeys() {
        var early = Dialogue.opened()
        for index in 0..<5 { early.write(at: UInt64(index), [UInt8(index)], isLast: index == 4) }
        early.say(.server, QUICPeers.stream(0, at: 0, [9], isLast: true))

        let late = early.withLateKeys { waiting in
            #expect(waiting.recorded[0].sides.isEmpty)
            #expect(waiting.connections[0].facts.isWaiting)
        }
        #expect(late.recorded[0].sides == early.recorder.sides)
        #expect(!late.connections[0].facts.isWaiting)

        let hopeless = KeyStore()
        hopeless.expectsMore = true
        var limits = QUICLimits()
        limits.waitingByteCount = 10_000
        let bounded = Feed(hopeless, limits: limits)
        bounded.take(early.datagrams)
        for index in 0..<1_000 { bounded.take(early.datagrams[4 + index % 2]) }
        let cost = bounded.connections[0].fromLow.waiting.takeAll().reduce(0) { $0 + $1.cost }
        #expect(cost <= 10_000 && cost > 9_000)
    }

    @Test(
        "why nothing can be read is said",
        arguments: [
            ("no-line", [KeyLogLabel]()), ("handshake-only", [.clientHandshake, .serverHandshake]),
            ("line-missing", [.clientHandshake, .serverHandshake, .clientTraffic]),
        ])
    func opacity(reason: String, labels: [KeyLogLabel]) {
        let other = QUICPeers(random: 99)
        let peers = QUICPeers()
        var dialogue = Dialogue(peers, keys: labels.isEmpty ? other.keyLog() : peers.keyLog(labels))
        dialogue.shakeHands()
        dialogue.write(at: 0, [1])
        dialogue.say(.server, QUICPeers.stream(0, at: 0, [2]))
        let facts = dialogue.connection.facts
        #expect(facts.opacity?.reason == reason)
        #expect(facts.opacity?.isOfNoInterest == false)
        #expect(facts.unread == (labels.contains(.clientTraffic) ? .fromHigh : nil))
    }

    @Test("once the handshake is confirmed its keys are given back, and its packets are repetitions")
    func confirmation() {
        var dialogue = Dialogue.opened()
        let handshake = dialogue.datagrams
        // Only a server can say so.
        dialogue.say(.client, [0x1E])
        #expect(!dialogue.connection.isConfirmed)
        dialogue.say(.server, [0x1E])
        #expect(dialogue.connection.isConfirmed)
        let connection = dialogue.connection
        let hasInitialKeys = connection.initialV1 != nil
        let hasHandshakeKeys = connection.fromLow.handshakeProtection != nil || connection.fromHigh.handshakeProtection != nil
        #expect(!hasInitialKeys && !hasHandshakeKeys)
        let count = dialogue.connection.traffic(of: .fromLow).packetCount
        dialogue.feed.take(handshake)
        dialogue.write(at: 0, [1, 2, 3])
        #expect(dialogue.connection.traffic(of: .fromLow).packetCount > count + 1)
        #expect(dialogue.feed.connections.count == 1 && dialogue.feed.strayCount == 0)
        #expect(dialogue.side(0).bytes == [1, 2, 3])
        #expect(dialogue.connection.fromLow.unopenedCount == 0 && dialogue.connection.fromHigh.unopenedCount == 0)
        #expect(dialogue.connection.facts.opacity == nil)
    }

    @Test("no key log at all, wrong secrets, no answer and a refusal are told apart")
    func otherOpacity() {
        var without = Dialogue(QUICPeers(), keys: [])
        let nothing = Feed(KeyStore())
        without.shakeHands()
        nothing.take(without.datagrams)
        #expect(nothing.connections[0].facts.opacity?.reason == "no-keys")

        let peers = QUICPeers()
        var wrong = Dialogue(peers, keys: peers.keyLog().map { $0 == UInt8(ascii: "3") ? UInt8(ascii: "4") : $0 })
        wrong.shakeHands()
        wrong.write(at: 0, [1])
        wrong.say(.server, QUICPeers.stream(0, at: 0, [2]))
        #expect(wrong.connection.facts.opacity?.reason == "wrong-keys")

        var silent = Dialogue()
        silent.send(.client, silent.peers.handshake()[0])
        #expect(silent.connection.facts.opacity?.reason == "handshake-unfinished")
        #expect(silent.connection.facts.opacity?.missingAnswer == .nothing)

        var refused = Dialogue()
        refused.send(.client, refused.peers.handshake()[0])
        // CONNECTION_CLOSE with CRYPTO_ERROR of no_application_protocol.
        refused.send(.server, refused.peers.long(.server, .initial, [0x1C] + QUICPeers.number(0x178) + [0x06, 2, 0x68, 0x69]))
        #expect(refused.connection.facts.opacity?.reason == "handshake-failed")
        #expect(refused.connection.end?.reason.name == "no_application_protocol")
        #expect(refused.connection.end?.by == .fromHigh)
    }

    @Test("a connection that speaks something else than HTTP/3 is of no interest")
    func foreign() {
        for protocols in [["hq-interop"], ["doq", "other"]] {
            var peers = QUICPeers()
            peers.protocols = protocols
            var dialogue = Dialogue.opened(peers)
            dialogue.write(at: 0, [1])
            #expect(dialogue.recorder.sides.isEmpty)
            #expect(dialogue.connection.facts.opacity?.isOfNoInterest == true)
            #expect(dialogue.connection.facts.unread == nil)
        }
    }

    @Test("after a Retry the client begins again, perhaps with another random, and it is the same connection", arguments: [false, true])
    func retry(changesRandom: Bool) {
        var dialogue = Dialogue()
        dialogue.send(.client, dialogue.peers.handshake()[0])
        let vector = Vectors.bytes(Vectors.v1.retry)
        // The vector answers another connection ID: it is not authentic here, and changes nothing.
        dialogue.send(.server, vector)
        #expect(!dialogue.connection.hasRetried)

        var peers = QUICPeers(random: changesRandom ? 8 : 7)
        peers.original = Vectors.bytes(Vectors.destination)
        peers.initialID = peers.original
        // The client of the vector has a connection ID of no length.
        peers.clientID = []
        var other = Dialogue(peers)
        other.send(.client, other.peers.handshake()[0])
        other.send(.server, vector)
        #expect(other.connection.hasRetried)
        other.peers.initialID = Array(vector[7..<15])
        other.peers.serverID = other.peers.initialID
        other.peers.token = Array("token".utf8)
        other.peers.numbers = ["client initial": 1]
        other.shakeHands()
        other.write(at: 0, [1, 2])
        other.say(.server, QUICPeers.stream(0, at: 0, [3]))
        #expect(other.feed.connections.count == 1)
        #expect(other.side(0).bytes == [1, 2])
        #expect(other.side(0, .server).bytes == [3])
    }

    @Test("a Retry that was not captured makes no second connection")
    func lostRetry() {
        var dialogue = Dialogue()
        dialogue.send(.client, dialogue.peers.handshake()[0])
        dialogue.peers.initialID = [9, 9, 9, 9, 9, 9, 9, 9]
        dialogue.peers.token = [1]
        dialogue.peers.numbers = ["client initial": 1]
        dialogue.shakeHands()
        dialogue.write(at: 0, [1, 2])
        #expect(dialogue.feed.connections.count == 1)
        #expect(dialogue.side(0).bytes == [1, 2])
    }

    @Test("after Version Negotiation the client begins again in another version")
    func versionNegotiation() {
        var dialogue = Dialogue()
        dialogue.send(.client, dialogue.peers.handshake()[0])
        let peers = dialogue.peers
        let versions: [UInt8] = [0x6B, 0x33, 0x43, 0xCF]
        dialogue.send(
            .server,
            [0x80, 0, 0, 0, 0, UInt8(peers.clientID.count)] + peers.clientID + [UInt8(peers.original.count)] + peers.original + versions)
        dialogue.peers.isV2 = true
        dialogue.peers.random = [UInt8](repeating: 7, count: 32)
        dialogue.peers.initialID = [8, 8, 8, 8, 8, 8, 8, 8]
        dialogue.peers.numbers = [:]
        dialogue.shakeHands()
        dialogue.write(at: 0, [1, 2])
        #expect(dialogue.feed.connections.count == 1)
        #expect(dialogue.side(0).bytes == [1, 2])
    }

    @Test("a server may answer a client of version 1 in version 2")
    func compatibleVersion() {
        var dialogue = Dialogue()
        dialogue.send(.client, dialogue.peers.handshake()[0])
        dialogue.peers.isV2 = true
        dialogue.peers.numbers = [:]
        let handshake = dialogue.peers.handshake()
        dialogue.send(.server, handshake[1])
        dialogue.send(.client, handshake[2])
        dialogue.write(at: 0, [1, 2])
        dialogue.say(.server, QUICPeers.stream(0, at: 0, [3]))
        #expect(dialogue.side(0).bytes == [1, 2])
        #expect(dialogue.side(0, .server).bytes == [3])
    }

    @Test("early data are read where they were accepted, and left out where they were refused", arguments: [true, false])
    func earlyData(isAccepted: Bool) {
        var peers = QUICPeers()
        peers.offersEarlyData = true
        peers.resumes = true
        peers.acceptsEarlyData = isAccepted
        var dialogue = Dialogue(peers)
        let handshake = dialogue.peers.handshake()
        dialogue.send(.client, handshake[0])
        dialogue.send(.client, dialogue.peers.long(.client, .earlyData, QUICPeers.stream(0, at: 0, [1, 2, 3])))
        // Nobody knows yet what becomes of them.
        #expect(dialogue.side(0).bytes.isEmpty)
        dialogue.send(.server, handshake[1])
        #expect(dialogue.side(0).bytes == (isAccepted ? [1, 2, 3] : []))
        dialogue.send(.client, handshake[2])
        dialogue.write(at: isAccepted ? 3 : 0, [4])
        #expect(dialogue.side(0).bytes == (isAccepted ? [1, 2, 3, 4] : [4]))
        #expect(!dialogue.side(0).isFaulty)
        #expect(dialogue.connection.facts.security?.isResumed == true)
    }

    @Test("a fixed bit of zero says nothing (RFC 9287)")
    func greasedBit() {
        var dialogue = Dialogue.opened()
        var sealed = dialogue.peers.short(.client, QUICPeers.stream(0, at: 0, [1]))
        // The bit is authenticated: sealed with it, and changed after, it is not authentic.
        sealed[0] ^= 0x40
        dialogue.send(.client, sealed)
        #expect(dialogue.side(0).bytes.isEmpty)
        let greased = dialogue.peers.sealer(.client, .application).seal(
            header: [0x00] + dialogue.peers.serverID, number: 7, QUICPeers.stream(0, at: 0, [1]))
        dialogue.send(.client, greased)
        #expect(dialogue.side(0).bytes == [1])
    }
}
