import Bytes
import HTTP
import Inspection
import Packets
import Subprotocols
import WebSocket

/// Sessions of Engine.IO that poll, found by their names: some have a WebSocket by now, the others may get one.
///
/// Bounded: where too many have none, the one that began first is forgotten.
struct PolledSessions {
    private struct Key: Hashable {
        var client: IPAddress
        var server: Endpoint
        var session: String
    }

    private var sessions: [Key: PollingSession] = [:]
    /// Those that had no WebSocket when they began, in their order, the first `goneCount` of which are gone.
    private var waiting: [(key: Key, session: PollingSession)] = []
    private var goneCount = 0
    /// One was forgotten that had no WebSocket.
    private(set) var hasForgotten = false
    /// The sessions that connections go on with.
    private var attached = ConnectionTable<PollingSession>()
    /// Bytes that all kept packets take.
    private var keptByteCount = 0

    /// Sessions without a WebSocket.
    static let limit = 4_096
    /// Bytes that the packets of all of them may take.
    static let byteLimit = 16 << 20

    /// Bytes of a target and of a host at most, since those of each session are kept. Clients of Engine.IO need some 100.
    private static let targetLimit = 2_048

    /// Takes what was said in a body; the session, if it has a WebSocket to show that with.
    mutating func take(_ body: PolledBody) -> PollingSession? {
        guard body.target.utf8.count + (body.host?.utf8.count ?? 0) <= Self.targetLimit else { return nil }
        let target = RequestTarget(body.target)
        let isOld = target.value(of: "EIO") == "3"
        guard isOld || target.value(of: "EIO") == "4", let asked = target.engineIO(transport: "polling") else { return nil }
        let payload = EngineIOPayload(isOld: isOld)
        var opening: EngineIOOpening?
        if body.from == .server, asked.isEmpty {
            _ = payload.forEachPacket(in: body.content.span, isWhole: body.isWhole) { packet, _ in
                if opening == nil { opening = EngineIOOpening(packet) }
            }
        }
        let name = asked.isEmpty ? opening?.session : asked
        guard let name else { return nil }
        let key = Key(client: body.client.address, server: body.server, session: name)
        let session = sessions[key] ?? begin(key, body, isOld: isOld)
        if let opening { session.polled.opening = opening }
        keptByteCount += session.take(body, payload, room: Self.byteLimit - keptByteCount)
        return session.connection == nil ? nil : session
    }

    private mutating func begin(_ key: Key, _ body: PolledBody, isOld: Bool) -> PollingSession {
        let session = PollingSession(
            HandshakeFacts(target: body.target, host: body.host ?? ""), PolledSession(since: body.requestTime, version: isOld ? 3 : 4))
        while waiting.count - goneCount >= Self.limit { forgetFirst() }
        if goneCount > Self.limit {
            waiting.removeFirst(goneCount)
            goneCount = 0
        }
        sessions[key] = session
        waiting.append((key, session))
        return session
    }

    private mutating func forgetFirst() {
        let first = waiting[goneCount]
        goneCount += 1
        guard first.session.connection == nil, sessions[first.key] === first.session else { return }
        sessions[first.key] = nil
        hasForgotten = true
        keptByteCount -= first.session.keptByteCount
        first.session.end()
    }

    private static func key(of connection: Connection) -> Key? {
        guard !connection.isRecorded, let target = connection.request?.target,
            let name = RequestTarget(target).engineIO(transport: "websocket"), !name.isEmpty
        else { return nil }
        return Key(client: connection.client.address, server: connection.server, session: name)
    }

    /// The session that a connection goes on with; nil where it begins one, and where nothing is known of it.
    mutating func attach(_ connection: Connection) -> PollingSession? {
        guard let key = Self.key(of: connection), let session = sessions[key], session.connection == nil else { return nil }
        session.connection = connection
        attached[connection] = session
        return session
    }

    /// Whether the session that a connection goes on with may be one that was forgotten.
    func mayHaveForgotten(_ connection: Connection) -> Bool {
        hasForgotten && Self.key(of: connection).map { sessions[$0] == nil } ?? false
    }

    /// What is to be reported of a session since the last time.
    mutating func takeNews(of session: PollingSession) -> PolledSession {
        keptByteCount -= session.keptByteCount
        return session.takeNews()
    }

    /// Forgets the session of a connection that has ended.
    mutating func end(_ connection: Connection) {
        guard let session = attached[connection] else { return }
        attached[connection] = nil
        if let key = Self.key(of: connection) { sessions[key] = nil }
        keptByteCount -= session.keptByteCount
        session.end()
    }
}

/// One session that polls.
final class PollingSession {
    var polled: PolledSession
    /// What it says; nil once a packet was none of the protocol.
    private(set) var conversation: Conversation?
    /// The WebSocket that goes on with it.
    var connection: Connection?
    /// Bytes that its kept packets take.
    private(set) var keptByteCount = 0
    private var count: UInt64 = 0

    /// Packets that are kept until they are reported.
    static let packetLimit = 256
    /// What a packet takes besides its texts.
    private static let packetByteCount = 1_024

    init(_ handshake: HandshakeFacts, _ polled: PolledSession) {
        self.polled = polled
        conversation = Conversation(handshake)
    }

    /// Takes the packets of a body; the bytes that those which are kept take.
    /// - Parameter room: bytes that they may take.
    func take(_ body: PolledBody, _ payload: EngineIOPayload, room: Int) -> Int {
        let before = keptByteCount
        let isRead = payload.forEachPacket(in: body.content.span, isWhole: body.isWhole) { packet, isText in
            count += 1
            if body.from == .client { polled.clientCount += 1 } else { polled.serverCount += 1 }
            take(packet, isText, body, room: room - (keptByteCount - before))
        }
        if !isRead {
            polled.unreadBodyCount += 1
            conversation?.noteGap()
        }
        return keptByteCount - before
    }

    private func take(_ packet: Span<UInt8>, _ isText: Bool, _ body: PolledBody, room: Int) {
        guard let conversation, conversation.state == .recognised(.url) else { return }
        let facts = MessageFacts(
            number: MessageFacts.polled + count, side: body.from, startTime: body.time.nanoseconds, endTime: body.endTime.nanoseconds,
            isText: isText, isWhole: true)
        _ = conversation.take(packet, facts)
        guard conversation.state == .recognised(.url) else {
            polled.misfit = count
            self.conversation = nil
            return
        }
        guard conversation.hasMeaning else { return }
        var byteCount = Self.packetByteCount
        conversation.withMeaning { byteCount += $0.textByteCount }
        guard polled.packets.count < Self.packetLimit, byteCount <= room else {
            polled.omittedCount += 1
            return
        }
        conversation.withMeaning {
            polled.packets.append(
                PolledPacket(
                    number: count, from: body.from, time: body.time, endTime: body.endTime, byteCount: packet.count, meaning: $0.copy()))
        }
        keptByteCount += byteCount
    }

    /// Nothing more is wanted of it.
    func end() {
        conversation = nil
        polled.packets = []
        keptByteCount = 0
    }

    func takeNews() -> PolledSession {
        defer {
            polled.isBeginning = false
            polled.unreadBodyCount = 0
            polled.misfit = nil
            polled.packets = []
            polled.omittedCount = 0
            keptByteCount = 0
        }
        return polled
    }
}
