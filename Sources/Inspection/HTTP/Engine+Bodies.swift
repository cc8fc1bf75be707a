import Bytes
import Channels
import HTTP
import WebSocket

// Bodies, and the exchanges that they belong to. Only a report on the cost of traffic needs these (`Inspector.Options.measuresTraffic`), and
// those where Engine.IO polls whoever decodes it (`Inspector.Options.reportsPolling`).
extension Engine {
    /// Bytes of a target that are kept: more than any has that a program requests again and again.
    private static let targetByteCount = 2_048

    mutating func takeBody(_ outcome: BodyOutcome, _ http: HTTPSession, on channel: Channel, _ direction: Direction) -> Int? {
        switch outcome {
        case .needsMore(let consumed): return consumed > 0 ? consumed : nil
        case .malformed:
            if channel.client == direction, http.asksUpgrade {
                // Of the answer, and what follows it, more may be known.
                http[direction] = .searching(.afterLostAnswer)
                return 0
            }
            markOpaque(channel)
            return 0
        case .done(let consumed):
            let isRequest = channel.client == direction
            // An empty body ended with its head.
            if consumed > 0 { endBody(http, ofRequest: isRequest, on: channel) }
            http[direction] = channel.side(of: direction) == .server ? newResponse : afterRequest(http)
            return consumed
        }
    }

    /// What follows the body of the client's last request.
    private func afterRequest(_ http: HTTPSession) -> HTTPSession.Stage {
        guard http.pending.last?.isUpgrade == true else { return newRequest }
        return http.hasLostResponse ? .searching(.afterLostAnswer) : .awaiting
    }

    /// Lets a body follow, which ends at once when it is empty.
    mutating func beginBody(
        _ body: BodyDecoder, of exchange: OpenExchange?, _ http: HTTPSession, on channel: Channel, _ direction: Direction
    ) {
        http[direction] = .body(body)
        guard settings.readsExchanges else { return }
        let isRequest = channel.client == direction
        // After a gap, the one before may not have ended.
        if let earlier = isRequest ? http.requestExchange : http.responseExchange {
            endPolled(earlier, ofRequest: isRequest, isOver: false)
        }
        if isRequest { http.requestExchange = exchange } else { http.responseExchange = exchange }
        if body.isDone { endBody(http, ofRequest: isRequest, on: channel) }
    }

    mutating func take(
        _ rest: Span<UInt8>, at offset: UInt64, with body: inout BodyDecoder, _ http: HTTPSession, on channel: Channel,
        _ direction: Direction
    ) -> BodyOutcome {
        let isRequest = channel.client == direction
        guard let exchange = isRequest ? http.requestExchange : http.responseExchange else { return body.take(rest) }
        if let polled = exchange.polled, polled.isOfRequest == isRequest {
            var tap = ExchangeTap(exchange: exchange, isOfRequest: isRequest)
            let outcome = body.take(rest, into: &tap)
            notePolled(polled, offset..<offset + UInt64(outcome.consumed), on: channel, direction)
            return outcome
        }
        if !exchange.isCounted { return body.take(rest) }
        return isRequest
            ? body.take(rest, into: &exchange.exchange.requestBody) : body.take(rest, into: &exchange.exchange.responseBody)
    }

    mutating func endBody(_ http: HTTPSession, ofRequest isRequest: Bool, on channel: Channel) {
        guard settings.readsExchanges else { return }
        if !isRequest { http.isBetweenExchanges = true }
        guard let exchange = isRequest ? http.requestExchange : http.responseExchange else { return }
        if isRequest { http.requestExchange = nil } else { http.responseExchange = nil }
        endPolled(exchange, ofRequest: isRequest, isOver: true)
        if exchange.endBody(ofRequest: isRequest), exchange.isCounted { tape.append(.exchanged(exchange.exchange)) }
    }

    // MARK: Exchanges

    /// The exchange that begins with a request head, if exchanges are wanted.
    mutating func beginExchange(_ head: RequestHead, on channel: Channel, _ direction: Direction, at offset: UInt64) -> OpenExchange? {
        beginExchange(head, on: channel, direction, at: channel[direction].stream.provenance.mark(at: offset).time)
    }

    mutating func beginExchange(_ head: RequestHead, on channel: Channel, _ direction: Direction, at time: Timestamp) -> OpenExchange? {
        let isPolling = settings.reportsPolling && RequestTarget.isPolling(head.target)
        guard settings.measuresTraffic || isPolling else { return nil }
        let exchange = OpenExchange(
            Exchange(
                client: flows[channel.flow].sender(direction), server: flows[channel.flow].sender(direction.opposite), method: head.method,
                target: Self.cut(head.target), host: head.host.map(Self.cut), time: time, requestHeadBytes: UInt64(head.byteCount)),
            isCounted: settings.measuresTraffic, isPolling: isPolling)
        beginPolled(exchange, head.headers, ofRequest: true)
        return exchange
    }

    private static func cut(_ text: String) -> String {
        text.utf8.count > targetByteCount ? String(decoding: text.utf8.prefix(targetByteCount), as: UTF8.self) : text
    }

    /// Notes the head of a response, interim or final.
    mutating func note(_ head: ResponseHead, of exchange: OpenExchange?) {
        guard let exchange else { return }
        exchange.exchange.responseHeadBytes += UInt64(head.byteCount)
        guard head.status >= 200 else { return }
        exchange.exchange.status = head.status
        if head.status < 300 { beginPolled(exchange, head.headers, ofRequest: false) }
    }

    /// Reports the exchanges that are not over when nothing more can come of them.
    mutating func endExchanges(_ http: HTTPSession, on channel: Channel) {
        guard settings.readsExchanges else { return }
        if let exchange = http.responseExchange, let server = channel.direction(of: .server), case .body(let decoder) = http[server] {
            endPolled(exchange, ofRequest: false, isOver: decoder.isWholeAtClose && evidence(of: channel, server).isFinished)
        }
        let open = [http.responseExchange, http.requestExchange] + http.pending.map(\.exchange)
        http.responseExchange = nil
        http.requestExchange = nil
        for index in http.pending.indices { http.pending[index].exchange = nil }
        for exchange in open.compactMap({ $0 }) {
            endPolled(exchange, ofRequest: exchange.polled?.isOfRequest ?? false, isOver: false)
            if exchange.giveUp(), exchange.isCounted { tape.append(.exchanged(exchange.exchange)) }
        }
    }
}
