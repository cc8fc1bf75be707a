import Bytes
import HTTP
import Inspection
import Packets
import Rules
import Streams
import Synchronization
import TestSupport
import Testing
import Verdicts
import WebSocket

/// Handshakes and ends in every order and shape in which captures have them.
@Suite struct StageTests {
    private static let get = Array("GET /poll HTTP/1.1\r\nHost: example.com\r\n\r\n".utf8)
    private static let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".utf8)

    /// An upgrade, a text each way, a Close each way.
    private static func short(before: (inout Conversation) -> Void = { _ in }) -> Conversation {
        var conversation = Conversation()
        before(&conversation)
        conversation.say(.client, Conversation.request)
        conversation.say(.server, Conversation.response)
        conversation.frame(.client, 0x81, Array("one".utf8))
        conversation.frame(.server, 0x81, Array("two".utf8))
        conversation.frame(.client, 0x88, [0x03, 0xe8])
        conversation.frame(.server, 0x88, [0x03, 0xe8])
        return conversation
    }

    private static func expectAll(_ conversation: Conversation, _ recording: Recording, findings: [Rule] = []) {
        #expect(recording.faults == [])
        #expect(recording.connections.count == 1)
        guard let seen = recording.connections.last else { return }
        #expect(seen.connection.status == .open)
        for side in [Side.client, .server] { #expect(seen[side] == conversation.expected[side]) }
        #expect(seen.findings == findings)
    }

    /// The same for one that has no Close frames.
    private static func expectOpen(_ conversation: Conversation, _ recording: Recording) {
        expectAll(conversation, recording, findings: recording.connections.last?.findings.filter { $0 == .closeMissing } ?? [])
    }

    // MARK: Orders

    @Test("a response that was captured before its request")
    func responseFirst() throws {
        let conversation = Self.short()
        var pieces = conversation.pieces().filter { !$0.payload.isEmpty || !$0.flags.isDisjoint(with: [.syn, .fin]) }
        let asked = try #require(pieces.firstIndex { $0.payload == Conversation.request })
        let answered = try #require(pieces.firstIndex { $0.payload == Conversation.response })
        pieces.swapAt(asked, answered)
        Self.expectAll(conversation, .of(conversation.packets(pieces)))
    }

    @Test("everything of the server's was captured before anything of the client's")
    func serverFirst() {
        let conversation = Self.short()
        let data = conversation.pieces().filter { !$0.payload.isEmpty }
        let opening = conversation.pieces().prefix(3)
        let pieces = opening + data.filter { $0.side == .server } + data.filter { $0.side == .client }
        Self.expectAll(conversation, .of(conversation.packets(Array(pieces))))
    }

    @Test("the first frames in the segment of the 101, and the client's captured before it")
    func together() throws {
        var conversation = Conversation.upgraded()
        conversation.frame(.server, 0x81, Array("welcome".utf8))
        conversation.frame(.client, 0x82, [1, 2, 3])
        conversation.frame(.client, 0x89, [])
        var pieces = conversation.pieces().filter { !$0.payload.isEmpty || $0.flags.contains(.syn) }
        let answered = try #require(pieces.firstIndex { $0.payload == Conversation.response })
        pieces[answered].payload += pieces[answered + 1].payload
        pieces.remove(at: answered + 1)
        let response = pieces.remove(at: answered)
        pieces.append(response)
        // What the client sends acknowledges the answer: it is not early.
        Self.expectAll(conversation, .of(conversation.packets(pieces)))
    }

    @Test("a byte a segment", arguments: [1, 2, 3])
    func smallest(size: Int) {
        let conversation = Self.short {
            $0.say(.client, Self.get); $0.say(.server, Self.answer)
        }
        Self.expectAll(conversation, .of(conversation.packets(conversation.pieces(cut: { size }))))
    }

    @Test("a handshake cut in two at every byte")
    func cutAnywhere() {
        let conversation = Self.short()
        for place in 1..<Conversation.request.count {
            var cuts = [place, 10_000, min(place, Conversation.response.count - 1), 10_000]
            let pieces = conversation.pieces { cuts.isEmpty ? 10_000 : cuts.removeFirst() }
            Self.expectAll(conversation, .of(conversation.packets(pieces)))
        }
    }

    // MARK: Requests before the upgrade

    @Test("requests pipelined with the upgrade")
    func pipelined() {
        var conversation = Conversation()
        conversation.say(.client, Self.get + Self.get + Conversation.request)
        conversation.say(.server, Self.answer + Self.answer + Conversation.response)
        conversation.frame(.client, 0x81, [0x41])
        Self.expectOpen(conversation, .of(conversation.packets()))
    }

    @Test("the answer to an earlier request is lost, and the upgrade is still understood")
    func answerLost() {
        let conversation = Self.short {
            $0.say(.client, Self.get); $0.say(.server, Self.answer)
        }
        let kept = conversation.pieces().filter { $0.payload != Self.answer }
        let recording = Recording.of(conversation.packets(kept))
        Self.expectAll(conversation, recording, findings: [.captureGap])
        #expect(recording.connections.first?.connection.request?.target == "/chat")
    }

    @Test("behind a gap in HTTP the upgrade is found", arguments: [0, 1])
    func requestLost(which: Int) {
        let conversation = Self.short {
            $0.say(.client, Self.get); $0.say(.server, Self.answer)
        }
        let lost = [Self.get, Self.answer][which]
        let recording = Recording.of(conversation.packets(conversation.pieces().filter { $0.payload != lost }))
        #expect(recording.connections.filter { $0.connection.status == .refused }.isEmpty)
        #expect(recording.frameCount == 4)
    }

    @Test("an attempt that got no HTTP for an answer is told as unanswered")
    func nonsense() {
        var conversation = Conversation()
        conversation.say(.client, Conversation.request)
        conversation.say(.server, Array("HTTP/1.1 go away\r\n\r\n".utf8))
        let recording = Recording.of(conversation.packets())
        #expect(recording.connections.map(\.connection.status) == [.unanswered])
        var other = Conversation()
        other.say(.client, Conversation.request)
        other.say(.server, Array("SSH-2.0-OpenSSH_9.2\r\n".utf8))
        #expect(Recording.of(other.packets()).connections.map(\.connection.status) == [.unanswered])
    }

    @Test("an attempt answered with another protocol's 101 is told as refused")
    func otherProtocol() {
        var conversation = Conversation()
        conversation.say(.client, Conversation.request)
        conversation.say(.server, Array("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n".utf8))
        #expect(Recording.of(conversation.packets()).connections.map(\.connection.status) == [.refused])
    }

    // MARK: Tunnels

    @Test("an upgrade inside a tunnel, behind a refused one")
    func tunnel() {
        let connect = Array("CONNECT example.com:80 HTTP/1.1\r\nHost: example.com:80\r\n\r\n".utf8)
        let conversation = Self.short {
            $0.say(.client, connect)
            $0.say(.server, Array("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n".utf8))
            $0.say(.client, connect)
            $0.say(.server, Array("HTTP/1.1 200 Connection established\r\n\r\n".utf8))
        }
        Self.expectAll(conversation, .of(conversation.packets()))
    }

    // MARK: Addresses and ends

    @Test("both ends on one address, whichever port is higher", arguments: [(50_000, 80), (80, 50_000)])
    func oneAddress(client: UInt16, server: UInt16) {
        var conversation = Self.short()
        conversation.client = Endpoint(address: IPAddress(127, 0, 0, 1), port: client)
        conversation.server = Endpoint(address: IPAddress(127, 0, 0, 1), port: server)
        Self.expectAll(conversation, .of(conversation.packets()))
    }

    @Test("a side that has sent its FIN may still be spoken to")
    func halfClosed() throws {
        let conversation = Self.short()
        var pieces = conversation.pieces(closes: false)
        let last = try #require(pieces.last { $0.side == .client })
        let place = try #require(pieces.lastIndex { !$0.payload.isEmpty && $0.side == .server })
        let end = last.sequence &+ UInt32(last.payload.count)
        pieces.insert(.init(side: .client, sequence: end, acknowledgment: pieces[place].sequence, flags: [.fin, .ack]), at: place)
        Self.expectAll(conversation, .of(conversation.packets(pieces)), findings: [.closeClientFirst])
    }

    @Test("what a sender sends after its reset is noted and not shown, what was under way to it is shown")
    func injectedReset() throws {
        let conversation = Self.short()
        var pieces = conversation.pieces()
        let place = try #require(pieces.firstIndex { $0.payload == Conversation.response }) + 1
        pieces.insert(
            .init(side: .server, sequence: pieces[place].acknowledgment, acknowledgment: 0, flags: [.rst]), at: place)
        let recording = Recording.of(conversation.packets(pieces))
        #expect(recording.connections.map { $0.verdict?.manner } == [.reset])
        #expect(recording.connections.first?.findings.contains(.dataAfterEnd) == true)
        let shown = try #require(recording.connections.first)
        #expect(shown.server.frames.isEmpty)
        #expect(shown.client.frames.first == conversation.expected[.client]?.frames.first)
    }

    @Test("the ports of a finished connection used again, with a SYN and without", arguments: [true, false])
    func reused(opens: Bool) {
        let first = Self.short()
        var second = Self.short()
        second.clientStart = 3_000_000_000
        second.serverStart = 1_000_000_000
        let packets = first.packets() + second.packets(second.pieces(opens: opens))
        let recording = Recording.of(packets)
        #expect(recording.connections.map(\.connection.status) == [.open, .open])
        for seen in recording.connections {
            for side in [Side.client, .server] { #expect(seen[side] == first.expected[side]) }
        }
    }

    @Test("a frame of 2^63 bytes is a header, and what there is of it")
    func endless() throws {
        var conversation = Conversation.upgraded()
        conversation.frame(.client, 0x81, [0x41])
        conversation.say(.server, [0x82, 0x7F, 0x80, 0, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 7, count: 5_000))
        var options = Inspector.Options()
        options.limits.messageByteCount = 1_000
        let recording = Recording.of(conversation.packets(), options)
        let seen = try #require(recording.connections.first)
        #expect(seen.server.frames.map(\.length) == [1 << 63])
        #expect(seen.server.frames.map(\.isComplete) == [false])
        #expect(seen.server.frames.first?.payload == [UInt8](repeating: 7, count: 1_000))
        #expect(seen.findings.contains(.lengthTopBit))
        #expect(seen.findings.contains(.frameCutOff))
    }

    @Test("who has the ends open is asked once for each connection, and not for each packet")
    func owners() throws {
        var conversation = Conversation.upgraded()
        for _ in 0..<50 { conversation.frame(.client, 0x81, [0x41]) }
        let asked = Mutex<[(Endpoint, Endpoint)]>([])
        var options = Inspector.Options()
        options.owners = { client, server in
            asked.withLock { $0.append((client, server)) }
            return SocketOwners(client: SocketOwner(process: 7, name: "a", command: nil), server: nil)
        }
        let seen = try #require(Recording.of(conversation.packets(), options).connections.first)
        #expect(asked.withLock { $0.count } == 1)
        #expect(asked.withLock { $0.first.map { $0 == seen.connection.client && $1 == seen.connection.server } } == true)
        #expect(seen.connection.owners?.client?.process == 7 && seen.connection.owners?.words == "client a (7)")
    }

    @Test("packets of a TCP connection that saw several upgrades are counted once")
    func trafficOfSeveralUpgrades() throws {
        var conversation = Conversation()
        for _ in 1...4 {
            conversation.say(.client, Conversation.request)
            // No client takes this for an upgrade.
            conversation.say(.server, Array("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n".utf8))
        }
        var options = Inspector.Options()
        options.measuresTraffic = true
        let packets = conversation.packets()
        let recording = Recording.of(packets, options)
        #expect(recording.connections.count == 4)
        var counted: UInt64 = 0
        for seen in recording.connections {
            for side in Side.allCases {
                guard let traffic = seen.connection.traffic?[side] else { continue }
                counted += traffic.headerBytes + traffic.payloadBytes
            }
        }
        // Behind the Ethernet header everything counts.
        #expect(counted == packets.reduce(0) { $0 + UInt64($1.count) - 14 })
    }

    @Test("the rest of a request of which the first bytes are lost is no request with another method", arguments: 1...3)
    func methodCut(length: Int) throws {
        let first = Array(Conversation.request.prefix(length))
        for cut in stride(from: 20, to: 160, by: 20) {
            var conversation = Conversation()
            conversation.say(.client, first)
            conversation.say(.client, Array(Conversation.request[length..<cut]))
            conversation.say(.client, Array(Conversation.request[cut...]))
            conversation.say(.server, Conversation.response)
            for number in 0..<8 as Range<UInt8> {
                conversation.frame(.client, 0x82, [number])
                conversation.frame(.server, 0x82, [number])
            }
            let recording = Recording.of(conversation.packets(conversation.pieces().filter { $0.payload != first }))
            #expect(recording.faults == [])
            #expect(recording.connections.count == 1)
            let seen = try #require(recording.connections.first)
            #expect(seen.connection.request == nil)
            #expect(seen.connection.handshakeFindings.client.isEmpty)
            #expect(seen.connection.handshakeFindings.server.isEmpty)
        }
    }
}
