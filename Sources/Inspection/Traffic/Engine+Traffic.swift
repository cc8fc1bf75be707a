import Bytes
import HTTP
import Packets
import Streams
import WebSocket

/// What only a report on the cost of traffic wants: packets and HTTP exchanges counted (`Inspector.Options.measuresTraffic`).
extension Engine {
    /// Targets are kept so far: more than any that a program asks for again and again.
    private static let targetByteCount = 2_048

    func count(_ segment: Segment, _ flow: Flow, _ lane: Lane, at time: Timestamp) {
        if flow.isBetweenExchanges, segment.payloadLength > 0, lane.side == .client {
            flow.isBetweenExchanges = false
            flow.countTraffic()
        }
        lane.traffic?.count(segment, at: time)
        let flags = segment.flags.rawValue
        guard flags & TCPFlags.ack.rawValue != 0, flags & TCPFlags.rst.rawValue == 0 else { return }
        flow.other(lane).traffic?.acknowledge(segment.acknowledgment, at: time)
    }

    // MARK: Exchanges

    /// An exchange that begins with a request's head, when it is wanted.
    func beginExchange(_ head: RequestHead, _ flow: Flow, _ lane: Lane, at offset: UInt64) -> OpenExchange? {
        guard measuresTraffic else { return nil }
        return OpenExchange(
            Exchange(
                client: lane.sender, server: flow.other(lane).sender, method: head.method, target: Self.cut(head.target),
                host: head.headers.value(of: "Host").map(Self.cut), time: lane.mark(at: offset).time,
                requestHeadBytes: UInt64(head.byteCount)))
    }

    private static func cut(_ text: String) -> String {
        text.utf8.count > targetByteCount ? String(decoding: text.utf8.prefix(targetByteCount), as: UTF8.self) : text
    }

    /// Notes the head of a response, interim or final.
    func note(_ head: ResponseHead, of exchange: OpenExchange?) {
        guard let exchange else { return }
        exchange.exchange.responseHeadBytes += UInt64(head.byteCount)
        if head.status >= 200 { exchange.exchange.status = head.status }
    }

    /// Lets a body follow, which ends at once when it is empty.
    func beginBody(
        _ flow: Flow, _ lane: Lane, _ body: BodyDecoder, of exchange: OpenExchange?, into sink: inout some EventSink & ~Copyable
    ) {
        lane.stage = .body(body)
        guard measuresTraffic else { return }
        lane.exchange = exchange
        if body.isDone { endBody(flow, lane, into: &sink) }
    }

    func take(_ rest: Span<UInt8>, with body: inout BodyDecoder, _ lane: Lane) -> BodyOutcome {
        guard let exchange = lane.exchange else { return body.take(rest) }
        return lane.side == .client
            ? body.take(rest, into: &exchange.exchange.requestBody) : body.take(rest, into: &exchange.exchange.responseBody)
    }

    func endBody(_ flow: Flow, _ lane: Lane, into sink: inout some EventSink & ~Copyable) {
        guard measuresTraffic else { return }
        if lane.side == .server { flow.isBetweenExchanges = true }
        guard let exchange = lane.exchange else { return }
        lane.exchange = nil
        if exchange.endBody(ofRequest: lane.side == .client) { sink.exchanged(exchange.exchange) }
    }

    /// Tells of the exchanges that are not over, of which nothing more can come.
    func endExchanges(_ flow: Flow, into sink: inout some EventSink & ~Copyable) {
        guard measuresTraffic else { return }
        let open = [flow.lane(of: .server).exchange, flow.lane(of: .client).exchange] + flow.pending.map(\.exchange)
        for lane in [flow.low, flow.high] { lane.exchange = nil }
        for index in flow.pending.indices { flow.pending[index].exchange = nil }
        for exchange in open.compactMap({ $0 }) where exchange.giveUp() { sink.exchanged(exchange.exchange) }
    }
}

extension Flow {
    /// Counts from here on for what follows on the TCP connection.
    func countTraffic() {
        low.traffic = LaneTraffic()
        high.traffic = LaneTraffic()
        isTrafficTaken = false
    }

    /// Lets a connection have the counts, unless one before it has them already: no packet costs twice.
    func handTraffic(to connection: Connection) {
        guard !isTrafficTaken else { return }
        isTrafficTaken = true
        connection.clientTraffic = lane(of: .client).traffic
        connection.serverTraffic = lane(of: .server).traffic
    }
}
