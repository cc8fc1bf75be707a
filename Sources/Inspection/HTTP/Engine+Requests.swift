import Bytes
import Channels
import HTTP
import Verdicts

extension Engine {
    /// Requests that may wait for their responses on one channel.
    private static let pipelineLimit = 1_000

    mutating func takeRequest(
        _ outcome: HeadOutcome<RequestHead>, _ rest: Span<UInt8>, at offset: UInt64, _ http: HTTPSession, on channel: Channel,
        _ direction: Direction
    ) -> Int? {
        switch outcome {
        case .needsMore: return nil
        case .malformed(let error):
            markOpaque(channel, after: error, rest, from: direction)
            return 0
        case .head(let head):
            if head.method == "PRI" { counts.rare.http2Flows += 1 }
            guard head.method != "PRI", http.pending.count < Self.pipelineLimit else {
                markOpaque(channel)
                return 0
            }
            concludeLostUpgrades(http, on: channel)
            take(head, rest.extracting(0..<head.byteCount), at: offset, http, on: channel, direction)
            http.pending[http.pending.count - 1].received = received(on: channel, direction)
            // The response may have been waiting for this.
            resume(channel, direction.opposite)
            return head.byteCount
        }
    }

    private mutating func take(
        _ head: RequestHead, _ bytes: Span<UInt8>, at offset: UInt64, _ http: HTTPSession, on channel: Channel, _ direction: Direction
    ) {
        let end = offset + UInt64(head.byteCount)
        if head.method == "CONNECT" {
            http.pending.append(PendingRequest(method: head.method, kind: .tunnel, end: end))
            http[direction] = .awaiting
        } else if isUpgradeAttempt(head) {
            let time = channel[direction].stream.provenance.mark(at: offset).time
            let handshake = Handshake(time: time, fractionDigits: flows[channel.flow].fractionDigits)
            handshake.request = head
            noteLeftOut(head.oddities, of: "request", in: handshake)
            if settings.locates { handshake.requestHead = placed(bytes, at: offset, isRequest: true) }
            channel[direction].stream.provenance.forEachOrigin(of: offset..<end) {
                handshake.packets.add($0, limit: settings.limits.packetsPerFrame)
            }
            http.pending.append(PendingRequest(method: head.method, kind: .upgrade(handshake), end: end))
            let body = BodyDecoder.forRequest(head)
            http[direction] = body.isDone || body.isBroken ? .awaiting : .body(body)
        } else if asksForLayer(head) {
            let exchange = beginExchange(head, on: channel, direction, at: offset)
            http.pending.append(PendingRequest(method: head.method, kind: .switching, end: end, exchange: exchange))
            http[direction] = .awaiting
        } else {
            keepHead(bytes, at: offset, isRequest: true, http, on: channel)
            let exchange = beginExchange(head, on: channel, direction, at: offset)
            http.pending.append(PendingRequest(method: head.method, kind: .plain, end: end, exchange: exchange))
            beginBody(.forRequest(head), of: exchange, http, on: channel, direction)
        }
    }

    /// Whether a request is meant to open a WebSocket, well-formed or not.
    private mutating func isUpgradeAttempt(_ head: RequestHead) -> Bool {
        head.headers.hasElement("websocket", in: "Upgrade") || head.headers.contains("Sec-WebSocket-Key")
    }

    /// Whether a request without a body asks for a protocol that a layer reads.
    private mutating func asksForLayer(_ head: RequestHead) -> Bool {
        guard BodyDecoder.forRequest(head).isDone, head.headers.contains("Upgrade") else { return false }
        return head.headers.elements(of: "Upgrade").contains { upgradedLayer(to: $0, askedBy: .fromLow) != nil }
    }

    /// The layer that an upgrade leads to, with the factory that made it.
    mutating func upgradedLayer(to name: String, askedBy client: Direction) -> (any ByteLayer, any LayerFactory)? {
        for factory in settings.layers {
            if let layer = factory.makeLayer(upgradedTo: name, askedBy: client) { return (layer, factory) }
        }
        return nil
    }

    /// True while the other direction may still bring a request whose response was captured first.
    mutating func mayStillBeAsked(_ http: HTTPSession, on channel: Channel, answeredFrom direction: Direction) -> Bool {
        let client = direction.opposite
        return !http.hasLostRequests && evidence(of: channel, client).isSynchronized && !http.isSearching(client)
    }

    /// Reports the upgrades that wait for their answer: none will come.
    mutating func reportUnanswered(_ http: HTTPSession, on channel: Channel, _ transport: TransportEnd) {
        endExchanges(http, on: channel)
        let pending = http.pending
        http.pending = []
        for (index, request) in pending.enumerated() {
            guard case .upgrade(let handshake) = request.kind else { continue }
            let isLast = index == pending.count - 1
            let early = isLast ? channel.client.flatMap { earlyData(handshake, http, on: channel, client: $0) } : nil
            reportAttempt(
                .unanswered, handshake, on: channel, transport, hasLostResponse: http.hasLostResponse || request.isAnswerLost,
                early: early)
        }
    }
}
