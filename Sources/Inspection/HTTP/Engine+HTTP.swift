import Bytes
import Channels
import HTTP
import Rules
import Text
import Verdicts
import WebSocket

// One step of HTTP: what comes next in a direction, by its stage.
extension Engine {
    /// Returns the number of bytes taken: 0 if only the stage changed, nil if more bytes are needed.
    mutating func take(
        _ rest: Span<UInt8>, at offset: UInt64, _ http: HTTPSession, on channel: Channel, _ direction: Direction
    ) -> Int? {
        switch http[direction] {
        case .undecided: return sniff(rest, at: offset, http, on: channel, direction)
        case .request(var decoder):
            let outcome = decoder.take(rest)
            http[direction] = .request(decoder)
            return takeRequest(outcome, rest, at: offset, http, on: channel, direction)
        case .response(var decoder):
            if http.pending.isEmpty, mayStillBeAsked(http, on: channel, answeredFrom: direction) { return nil }
            let outcome = decoder.take(rest)
            http[direction] = .response(decoder)
            return takeResponse(outcome, rest, at: offset, http, on: channel, direction)
        case .body(var decoder):
            // The length of a body is that of an answer to a GET; the request that is missing may have been HEAD. Then a packet begins
            // with the next answer.
            if http.hasLostRequests, channel.client == direction.opposite, Sniff.looksLikeResponse(rest) == .yes,
                offset == channel[direction].stream.offset || channel[direction].stream.provenance.isPieceEnd(offset)
            {
                endBody(http, ofRequest: false, on: channel)
                http[direction] = newResponse
                return 0
            }
            let outcome = take(rest, at: offset, with: &decoder, http, on: channel, direction)
            http[direction] = .body(decoder)
            return takeBody(outcome, http, on: channel, direction)
        case .refusal(var decoder): return takeRefusal(&decoder, rest, at: offset, http, on: channel, direction)
        case .awaiting: return nil
        case .searching(var search): return take(&search, rest, at: offset, http, on: channel, direction)
        }
    }

    // MARK: First bytes

    private mutating func sniff(
        _ rest: Span<UInt8>, at offset: UInt64, _ http: HTTPSession, on channel: Channel, _ direction: Direction
    ) -> Int? {
        let isServer = channel.side(of: direction) == .server
        if !isServer {
            switch ProxyHeader.look(at: rest) {
            case .yes(let count):
                if settings.locates {
                    channel.beginAttempts().proxyHeader = placed(rest.extracting(0..<count), at: offset, isRequest: true)
                }
                return count
            case .needsMore: return nil
            case .no: break
            }
        }
        // What answers a request of HTTP is no layer below it.
        let layer = http.pending.isEmpty ? recognizeLayer(rest, on: channel, direction) : .no
        if layer == .yes { return 0 }
        switch isServer ? Sniff.looksLikeResponse(rest) : Sniff.looksLikeRequest(rest) {
        case .needsMore: return nil
        case .yes:
            http[direction] = isServer ? .response(ResponseHeadDecoder(limits: settings.limits.head)) : newRequest
            return 0
        case .no:
            if layer == .needsMore { return nil }
            // If the beginning was not captured, these need not be the first bytes.
            if !countForeign(rest), !evidence(of: channel, direction).hasBeginning {
                loseStep(on: channel, direction)
                return 0
            }
            note(SpokenProtocol(rest), on: channel)
            markOpaque(channel, .notHTTP(isServer ? .sniff(rest) : nil))
            return 0
        }
    }

    var newRequest: HTTPSession.Stage { .request(RequestHeadDecoder(limits: settings.limits.head)) }
    var newResponse: HTTPSession.Stage { .response(ResponseHeadDecoder(limits: settings.limits.head)) }

    /// Counts a protocol that is known but not read; true if it is one.
    private mutating func countForeign(_ first: Span<UInt8>) -> Bool {
        // A TLS handshake record: type 22, version 3.x (RFC 8446 §5.1).
        let isTLS = first[0] == 0x16 && (first.count < 2 || first[1] == 0x03)
        let isHTTP2 = first.matches("PRI * HTTP/2.0")
        if isTLS { counts.rare.tlsFlows += 1 }
        if isHTTP2 { counts.rare.http2Flows += 1 }
        return isTLS || isHTTP2
    }

    /// Marks a channel opaque whose head cannot be read.
    /// - Parameter bytes: what begins with the head.
    mutating func markOpaque(_ channel: Channel, after error: HeadError, _ bytes: Span<UInt8>, from direction: Direction) {
        let isAnswer = channel.client == direction.opposite
        switch error.cause {
        case .tooLong:
            if isAnswer, channel.http?.asksUpgrade == true { counts.rare.unreadAnswers += 1 }
            markOpaque(channel, isAnswer ? .unreadHead(isTooLong: true) : .notHTTP(nil))
            let found = "more than \(Quantity.counted(settings.limits.headByteCount, "byte"))"
            report(limit: .headLimit, found: found, from: channel.side(of: direction), in: channel.connection)
        case .badStartLine:
            guard isAnswer, let http = channel.http, Sniff.looksLikeResponse(bytes) == .yes else { return markOpaque(channel) }
            // Which request it answers is only known where no answer is missing.
            if !http.hasLostAnswers, !http.hasLostRequests, case .upgrade(let handshake)? = http.pending.first?.kind {
                handshake.answerFault = Finding(.headMalformed, expected: "a status line", found: bytes.startLine)
            }
            markOpaque(channel, .unreadHead(isTooLong: false))
        }
    }

    /// Notes that fields of a head are left out, so that nothing may be missed in it.
    mutating func noteLeftOut(_ oddities: HeadOddities, of head: String, in handshake: Handshake) {
        guard oddities.contains(.fieldsLeftOut) else { return }
        handshake.isPartial = true
        handshake.leavesOutFields = true
        handshake.inferred.append("The \(head) has more header fields than are kept.")
    }

    mutating func placed(_ bytes: Span<UInt8>, at offset: UInt64, isRequest: Bool) -> ConnectionPlace.Head {
        ConnectionPlace.Head(offset: offset, bytes: bytes.copied(), isRequest: isRequest)
    }

    /// Keeps the head of an exchange that is no attempt, if it comes after one or between its request and its answer.
    mutating func keepHead(_ bytes: Span<UInt8>, at offset: UInt64, isRequest: Bool, _ http: HTTPSession, on channel: Channel) {
        guard settings.locates, http.asksUpgrade || channel.ended != nil || http.refusal != nil else { return }
        channel.beginAttempts().keep(placed(bytes, at: offset, isRequest: isRequest))
    }

    // MARK: Gaps

    /// Notes a gap; true if the direction is out of step after it.
    mutating func noteGap(_ gap: Gap, _ loss: Loss, _ http: HTTPSession, on channel: Channel, _ direction: Direction) -> Bool {
        if case .refusal(let decoder) = http[direction] {
            http[direction] = .body(decoder)
            reportRefusal(http, on: channel)
        }
        if case .body(var decoder) = http[direction], channel[direction].stream.pending.isEmpty, let count = gap.byteCount,
            decoder.skip(gap: count)
        {
            http[direction] = .body(decoder)
            let isRequest = channel.client == direction
            (isRequest ? http.requestExchange : http.responseExchange)?.noteGap(count, ofRequest: isRequest)
            if decoder.isDone { endBody(http, ofRequest: isRequest, on: channel) }
            return false
        }
        keepCutHead(gap, loss, http, on: channel, direction)
        if channel.client == direction.opposite { noteLostAnswers(gap, http, on: channel, direction) }
        if loss == .lost || loss == .overflow { note(finding(of: gap, loss, direction, on: channel), on: channel, direction) }
        return true
    }

    /// Notes that a direction is out of step: heads or frames are looked for from here on.
    /// - Parameter isNoted: it is known whose answers may be missing.
    mutating func loseStep(on channel: Channel, _ direction: Direction, isNoted: Bool = false) {
        let isClient = channel.client == direction
        if let session = channel.webSocket { return loseStep(session, of: isClient ? .client : .server, direction) }
        guard let http = channel.http else { return }
        let isServer = channel.client == direction.opposite
        if isServer, !isNoted { http.loseAnswers() }
        http[direction] = .searching(
            FrameSearch(isMasked: http.asksUpgrade ? isClient : nil, allowsCompression: true, isKnownWebSocket: false))
        if isClient { http.hasLostRequests = true }
        if isServer, http.hasLostUpgrade {
            http.hasLostResponse = true
            guard http.isAwaiting(direction.opposite) else { return }
            http[direction.opposite] = .searching(.afterLostAnswer)
            resume(channel, direction.opposite)
        } else if isServer, http.isAwaiting(direction.opposite), http.pending.first?.isTunnel == true {
            // The answer to a CONNECT: the client goes on, so it was granted, and both directions begin anew.
            http.pending.removeFirst()
            http[direction.opposite] = .searching(.anywhere)
            resume(channel, direction.opposite)
        }
    }

    /// Notes that the answer that the client's bytes wait for was not captured.
    mutating func loseAnswer(_ http: HTTPSession, client: Direction) {
        http.hasLostResponse = http.asksUpgrade
        http[client] = .searching(.afterLostAnswer)
    }
}

extension TransportEnd.Foreign {
    /// Recognises a protocol by the first bytes of a server.
    static func sniff(_ bytes: Span<UInt8>) -> Self? {
        // A record of version 3.x, an alert or a handshake (RFC 8446 §5.1).
        if bytes.count >= 3, bytes[0] == 0x15 || bytes[0] == 0x16, bytes[1] == 0x03, bytes[2] <= 0x04 { return .tls }
        // SETTINGS on stream 0, a multiple of 6 bytes (RFC 9113 §6.5).
        guard bytes.count >= 9, bytes[0] == 0, bytes[1] == 0, bytes[2] % 6 == 0, bytes[3] == 4, bytes[4] == 0 else { return nil }
        for index in 5...8 where bytes[index] != 0 { return nil }
        return .http2
    }
}
