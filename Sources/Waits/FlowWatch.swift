import WebSocket

/// Watches one TCP connection while requests on it wait for their answers, or all the time. Bounded; keeps next to nothing while it need
/// not watch.
public final class FlowWatch {
    /// Requests that are watched at a time; waits of others are not explained.
    public static let requestLimit = 4_096
    /// Hindrances that are kept; of what was before the oldest of them, not all is known.
    public static let hindranceLimit = 512

    private struct Key: Hashable {
        var connection: UInt64
        var message: UInt64
    }

    private var client = WatchedSide()
    private var server = WatchedSide()
    private var requests: [Key: WaitEvidence] = [:]
    private var hindrances: [Hindrance] = []
    private var knownSince = Int64.min
    /// Every message is explained, and not only answers.
    private let explainsMessages: Bool
    /// There are segments: of connections over QUIC, and of what was recorded elsewhere, there are none.
    private var hasSegments = false

    public init(explainsMessages: Bool = false) { self.explainsMessages = explainsMessages }

    private var isWatching: Bool { explainsMessages || !requests.isEmpty }

    // MARK: Segments

    public func take(_ mark: TransportMark) {
        hasSegments = true
        if mark.from == .client {
            take(mark, of: &client, to: &server)
        } else {
            take(mark, of: &server, to: &client)
        }
    }

    private func take(_ mark: TransportMark, of own: inout WatchedSide, to other: inout WatchedSide) {
        if let roundTrip = mark.roundTrip { own.roundTrip = roundTrip }
        if let hindrance = own.takeData(mark) { note(hindrance) }
        guard let number = mark.acknowledged else { return }
        if let hindrance = other.takeAcknowledgment(number, mark) { note(hindrance) }
        while let first = other.nextAcknowledged(by: number) {
            requests[Key(connection: first.connection, message: first.message)]?.acknowledged = (mark.time, mark.packet)
        }
    }

    private func note(_ hindrance: Hindrance) {
        guard isWatching else { return }
        if hindrances.count >= Self.hindranceLimit {
            let dropped = hindrances.prefix(Self.hindranceLimit / 2)
            knownSince = dropped.map(\.end).max() ?? knownSince
            hindrances.removeFirst(dropped.count)
        }
        hindrances.append(hindrance)
    }

    // MARK: Messages

    /// Takes a message, which others may have had to wait for.
    public func take(message: UInt64, of connection: UInt64, from side: Side, start: Int64, end: Int64) {
        if explainsMessages { if side == .client { client.noteMessage(until: end) } else { server.noteMessage(until: end) } }
        guard isWatching, start < end else { return }
        var hindrance = Hindrance(.headOfLine, of: side, from: start, to: end)
        hindrance.connection = connection
        hindrance.message = message
        note(hindrance)
    }

    /// Says how long a message was on its way, before it is taken; nil if that was no time.
    public func delivery(of connection: UInt64, from side: Side, start: Int64, end: Int64) -> Delivery? {
        let (released, previousEnd) = side == .client ? (client.released, client.messageEnd) : (server.released, server.messageEnd)
        let roundTrip = side == .client ? client.roundTrip : server.roundTrip
        // Less than a segment may come through while there is no room for one.
        let ongoing = side == .client ? client.ongoing(of: side, until: start) : server.ongoing(of: side, until: start)
        return Delivery(
            of: connection, from: side, start: start, end: end, released: released, after: previousEnd, roundTrip: roundTrip,
            hasSegments ? hindrances + [ongoing].compactMap(\.self) : nil)
    }

    /// Watches a request, whose last byte has just come.
    public func open(message: UInt64, of connection: UInt64, from side: Side, start: Int64, end: Int64) {
        guard requests.count < Self.requestLimit else { return }
        if !isWatching { knownSince = .min }
        var evidence = WaitEvidence(asker: side, requestStart: start, requestEnd: end, answerStart: end, answerEnd: end)
        evidence.connection = connection
        requests[Key(connection: connection, message: message)] = evidence
        if side == .client {
            client.awaitAcknowledgment(of: message, connection)
        } else {
            server.awaitAcknowledgment(of: message, connection)
        }
    }

    /// Explains the wait for an answer; nil if the request is not watched.
    /// - Parameters:
    ///   - message: the message in which the request ended.
    ///   - start: when its first byte came, where that may have been in a message before.
    ///   - isLast: no more answers to it come.
    public func wait(
        for message: UInt64, of connection: UInt64, since start: Int64? = nil, answerStart: Int64, answerEnd: Int64, isLast: Bool
    ) -> Wait? {
        let key = Key(connection: connection, message: message)
        guard var evidence = requests[key] else { return nil }
        if let start { evidence.requestStart = start }
        evidence.answerStart = answerStart
        evidence.answerEnd = answerEnd
        evidence.roundTrip = evidence.asker == .client ? server.roundTrip : client.roundTrip
        evidence.knownSince = knownSince
        let ongoing = [client.ongoing(of: .client, until: answerEnd), server.ongoing(of: .server, until: answerEnd)].compactMap { $0 }
        let wait = Wait(evidence, hindrances + ongoing)
        if isLast { close(key) }
        return wait
    }

    private func close(_ key: Key) {
        requests[key] = nil
        if requests.isEmpty { forgetAll() }
    }

    /// Forgets what waits on a connection that has ended.
    public func end(_ connection: UInt64) {
        requests = requests.filter { $0.key.connection != connection }
        if requests.isEmpty { forgetAll() }
    }

    private func forgetAll() {
        if !explainsMessages { hindrances.removeAll(keepingCapacity: true) }
        client.awaitNone()
        server.awaitNone()
    }
}
