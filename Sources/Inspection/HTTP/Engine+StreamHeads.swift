import Bytes
import Channels
import HTTP
import Rules
import Text
import Verdicts
import WebSocket

// Streams whose heads come apart from their content, as in HTTP/2: extended CONNECT opens a WebSocket (RFC 8441), other requests are
// exchanges. Where a head is not known, frames are looked for in the content.
extension Engine {
    mutating func takeHead(_ section: FieldSection, of origin: Origin, on channel: Channel, _ direction: Direction) {
        guard let http = channel.http else { return }
        let head = StreamHead(section, version: channel.carrier.transport.hasPrefix("h3") ? HTTPVersion.http3 : HTTPVersion.http2)
        switch head.kind {
        case .request(let request):
            if channel.client == nil { channel.client = direction }
            guard channel.client == direction, http.pending.isEmpty, http.heads == nil else { return }
            ask(request, head, section, of: origin, http, on: channel, direction)
        case .response(let response):
            if channel.client == nil { channel.client = direction.opposite }
            guard channel.client != direction else { return }
            answer(response, section, of: origin, http, on: channel, direction)
        case .other: break
        }
    }

    // MARK: The request

    private mutating func ask(
        _ request: RequestHead, _ head: StreamHead, _ section: FieldSection, of origin: Origin, _ http: HTTPSession, on channel: Channel,
        _ direction: Direction
    ) {
        let handshake = Handshake(time: origin.first.time, fractionDigits: flows[channel.flow].fractionDigits)
        handshake.request = request
        handshake.isAnnounced = section.isAnnounced
        handshake.missingPacketCount = channel.missingPacketCount(from: direction.opposite)
        handshake.note(section, of: "request")
        handshake.packets.add(origin, limit: settings.limits.packetsPerFrame)
        let offset = channel[direction].stream.offset
        if let name = head.connectProtocol, name.equalsIgnoringCase("websocket") {
            http.pending.append(PendingRequest(method: "CONNECT", kind: .upgrade(handshake), end: offset))
            http[direction] = .awaiting
            http[direction.opposite] = .searching(FrameSearch(isMasked: false, allowsCompression: true, isKnownWebSocket: false))
        } else if !section.isWhole, head.method == nil || head.method == "CONNECT" {
            // It may be one all the same; the content will tell.
            http.heads = handshake
        } else if head.method == "CONNECT", head.connectProtocol == nil {
            http.pending.append(PendingRequest(method: "CONNECT", kind: .tunnel, end: offset))
            http[direction] = .awaiting
        } else if let exchange = beginExchange(request, on: channel, direction, at: origin.first.time) {
            http.pending.append(PendingRequest(method: request.method, kind: .plain, end: offset, exchange: exchange))
            beginBody(BodyDecoder(.untilClose), of: exchange, http, on: channel, direction)
        } else {
            channel.session = .opaque
        }
    }

    // MARK: The answer

    private mutating func answer(
        _ response: ResponseHead, _ section: FieldSection, of origin: Origin, _ http: HTTPSession, on channel: Channel,
        _ direction: Direction
    ) {
        if (100...199).contains(response.status) {
            if response.status == 101, case .upgrade? = http.pending.first?.kind {
                keep(Finding(.switchingProtocols, expected: "200", found: "101"), from: direction, on: channel)
            }
            return note(response, of: http.pending.first?.exchange)
        }
        let isGranted = (200...299).contains(response.status)
        let request = http.pending.isEmpty ? nil : http.pending.removeFirst()
        let client = direction.opposite
        // The announcement may be among what is missing.
        if section.isAfterGap, case .upgrade(let handshake)? = request?.kind { handshake.isAnnounced = nil }
        switch request?.kind {
        case .upgrade(let handshake):
            handshake.answer(response, section, of: origin, limit: settings.limits.packetsPerFrame)
            if isGranted {
                open(
                    handshake, http, on: channel, server: direction, askedUntil: request?.end,
                    firstFrameAt: channel[direction].stream.offset, isCertain: section.isWhole)
            } else if response.status == 0 {
                http.heads = handshake
                http[client] = .searching(.afterLostAnswer)
                resume(channel, client)
            } else {
                refuse(handshake, response, bodyAt: channel[direction].stream.offset, http, on: channel, direction)
            }
        case .tunnel:
            guard isGranted else { return channel.session = .opaque }
            channel.hasHeads = false
            http[direction] = .undecided
            http[client] = .undecided
            resume(channel, client)
        case .plain, .switching:
            note(response, of: request?.exchange)
            beginBody(BodyDecoder(.untilClose), of: request?.exchange, http, on: channel, direction)
        case nil:
            let handshake = http.heads ?? Handshake(time: origin.first.time, fractionDigits: flows[channel.flow].fractionDigits)
            handshake.answer(response, section, of: origin, limit: settings.limits.packetsPerFrame)
            if response.status > 0, !isGranted { return channel.session = .opaque }
            if isGranted, handshake.request == nil, Self.isWebSocket(response) {
                open(
                    handshake, http, on: channel, server: direction, askedUntil: nil, firstFrameAt: channel[direction].stream.offset,
                    isCertain: section.isWhole)
            } else {
                http.heads = handshake
            }
        }
    }

    /// An answer without its request is one to a WebSocket handshake only if it says so itself.
    private static func isWebSocket(_ response: ResponseHead) -> Bool {
        ["Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Sec-WebSocket-Accept"].contains { response.headers.contains($0) }
    }

    // MARK: Content

    /// Content comes: if that of the server comes before its answer, the answer is missing.
    mutating func expectContent(_ http: HTTPSession, on channel: Channel, _ direction: Direction) {
        guard http.asksUpgrade, !http.hasLostResponse, channel.client == direction.opposite else { return }
        loseAnswer(http, client: direction.opposite)
    }

    /// The content of one direction has ended.
    mutating func endContent(_ http: HTTPSession, on channel: Channel, _ direction: Direction) {
        if channel.client == direction.opposite { reportRefusalAtEnd(http, on: channel) }
        guard case .body = http[direction] else { return }
        endBody(http, ofRequest: channel.client == direction, on: channel)
    }
}

extension Handshake {
    fileprivate func answer(_ head: ResponseHead, _ section: FieldSection, of origin: Origin, limit: Int) {
        response = head
        responseTime = origin.first.time
        packets.add(origin, limit: limit)
        note(section, of: "response")
    }

    /// Says what of a head is not known.
    fileprivate func note(_ section: FieldSection, of head: String) {
        if !section.isWhole { isPartial = true }
        if section.unknownCount > 0 {
            let isOne = section.unknownCount == 1
            inferred.append(
                "\(Quantity.counted(section.unknownCount, "header field")) of the \(head) \(isOne ? "refers" : "refer") to what was not captured."
            )
        }
        if section.isCut { inferred.append("The \(head) has more header fields than are kept.") }
        if section.isMalformed {
            inferred.append("The header block of the \(head) breaks off, because it breaks the rules of its compression.")
        }
    }
}
