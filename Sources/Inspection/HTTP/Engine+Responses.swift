import Bytes
import Channels
import HTTP
import Verdicts
import WebSocket

extension Engine {
    mutating func takeResponse(
        _ outcome: HeadOutcome<ResponseHead>, _ rest: Span<UInt8>, at offset: UInt64, _ http: HTTPSession, on channel: Channel,
        _ direction: Direction
    ) -> Int? {
        switch outcome {
        case .needsMore: return nil
        case .malformed(let error):
            markOpaque(channel, after: error, rest, from: direction)
            return 0
        case .head(let head):
            take(head, rest.extracting(0..<head.byteCount), at: offset, http, on: channel, direction)
            return head.byteCount
        }
    }

    private mutating func take(
        _ head: ResponseHead, _ bytes: Span<UInt8>, at offset: UInt64, _ http: HTTPSession, on channel: Channel, _ direction: Direction
    ) {
        // Interim responses announce another one (RFC 9110 §15.2); 101 is final.
        if (100...199).contains(head.status), head.status != 101 {
            keepHead(bytes, at: offset, isRequest: false, http, on: channel)
            note(head, of: http.pending.first?.exchange)
            return
        }
        if head.status != 101 { http.cutRequest = nil }
        let request = takeRequest(answeredBy: head, http, on: channel)
        let end = offset + UInt64(head.byteCount)
        if case .upgrade(let handshake) = request?.kind {
            answer(handshake, head, bytes, channel, direction, offset..<end)
            // If it does not say what it switches to, it means what was asked for.
            if UpgradeResponse.isGiven(by: head) || head.status == 101 && !head.headers.contains("Upgrade") {
                open(handshake, http, on: channel, server: direction, askedUntil: request?.end, firstFrameAt: end)
            } else if head.status == 101 {
                // It switches to another protocol that was also offered.
                reportAttempt(.refused, handshake, on: channel, .captureEnded)
                markOpaque(channel)
            } else {
                refuse(handshake, head, bodyAt: end, http, on: channel, direction)
            }
        } else if head.status == 101, switchLayer(head, request, on: channel, direction) {
            return
        } else if head.status == 101 {
            // Without its request, it is WebSocket only if it says so itself.
            guard request == nil, head.headers.hasElement("websocket", in: "Upgrade") else { return markOpaque(channel) }
            let time = channel[direction].stream.provenance.mark(at: offset).time
            let cut = http.cutRequest.flatMap { $0.end == channel[direction.opposite].stream.offset ? $0 : nil }
            let handshake = cut?.handshake ?? Handshake(time: time, fractionDigits: flows[channel.flow].fractionDigits)
            answer(handshake, head, bytes, channel, direction, offset..<end)
            // Where no packet was cut off, the rest of the request may follow.
            let asked = cut?.isOfCutPacket == true ? cut?.end : nil
            open(handshake, http, on: channel, server: direction, askedUntil: asked, firstFrameAt: end)
        } else if case .tunnel = request?.kind, (200...299).contains(head.status) {
            http[direction] = .undecided
            http[direction.opposite] = .undecided
            resume(channel, direction.opposite)
        } else {
            if request?.isHeldBack == true {
                http[direction.opposite] = newRequest
                resume(channel, direction.opposite)
            }
            keepHead(bytes, at: offset, isRequest: false, http, on: channel)
            note(head, of: request?.exchange)
            beginBody(.forResponse(head, toMethod: request?.method), of: request?.exchange, http, on: channel, direction)
        }
    }

    /// Goes on with the layer that was asked for, where the request becomes the first stream; false if it is another protocol.
    private mutating func switchLayer(_ head: ResponseHead, _ request: PendingRequest?, on channel: Channel, _ direction: Direction) -> Bool
    {
        let client = direction.opposite
        guard case .switching? = request?.kind, let name = head.headers.elements(of: "Upgrade").first,
            let (layer, factory) = upgradedLayer(to: name, askedBy: client)
        else { return false }
        let session = CarrierSession(
            layer, transport: factory.transport(over: channel.carrier.transport), begun: channel[direction].stream.provenance.newest.first)
        channel.session = .carrier(session)
        if session.transport.hasPrefix("h2") { counts.rare.readHTTP2Flows += 1 }
        if settings.measuresTraffic { beginFraming(session, on: channel, direction, 0) }
        if let first = child(1, session, on: channel), let http = first.http {
            http.pending = [PendingRequest(method: request?.method ?? "", kind: .plain, end: 0, exchange: request?.exchange)]
            if let exchange = request?.exchange { _ = exchange.endBody(ofRequest: true) }
        }
        resume(channel, client)
        return true
    }

    private mutating func answer(
        _ handshake: Handshake, _ head: ResponseHead, _ bytes: Span<UInt8>, _ channel: Channel, _ direction: Direction,
        _ range: Range<UInt64>
    ) {
        handshake.response = head
        noteLeftOut(head.oddities, of: "answer", in: handshake)
        if settings.locates { handshake.responseHead = placed(bytes, at: range.lowerBound, isRequest: false) }
        handshake.responseTime = channel[direction].stream.provenance.mark(at: range.lowerBound).time
        channel[direction].stream.provenance.forEachOrigin(of: range) { handshake.packets.add($0, limit: settings.limits.packetsPerFrame) }
    }
}
