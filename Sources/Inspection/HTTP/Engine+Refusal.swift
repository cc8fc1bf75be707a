import Bytes
import Channels
import HTTP
import Rules
import Verdicts
import WebSocket

/// An upgrade that was answered with a status other than 101, while the body of the answer comes.
final class Refusal {
    let handshake: Handshake
    /// What the client sent before the answer.
    let early: Finding?
    let declaredLength: UInt64?
    var content: BodyExcerpt
    /// Stream offset after the body, once it is whole.
    var end: UInt64?
    /// What this contributes to the count of waiting bytes.
    var countedByteCount = 0

    init(_ handshake: Handshake, early: Finding?, _ framing: BodyFraming, limit: Int) {
        self.handshake = handshake
        self.early = early
        declaredLength = framing.declaredLength
        content = BodyExcerpt(limit: limit)
    }

    func body(isWhole: Bool) -> RefusalBody {
        let isCut = content.isCut
        let codings = handshake.response?.contentCodings ?? []
        let inflated = ContentCoding.inflated(content.bytes.span, codings, limit: content.limit)
        return RefusalBody(
            bytes: content.bytes.span.copied(), length: declaredLength ?? (isWhole ? content.length : nil), isCut: isCut,
            isComplete: isWhole || isCut, codings: codings, inflated: inflated?.content, isInflatedCut: inflated?.isWhole == false)
    }
}

// A refusal is reported when its body is whole, when more came than is kept, or when no more can come: one event has all of it, and a
// body that never ends holds nothing up. Until then the attempt has no number.
extension Engine {
    mutating func refuse(
        _ handshake: Handshake, _ head: ResponseHead, bodyAt offset: UInt64, _ http: HTTPSession, on channel: Channel,
        _ direction: Direction
    ) {
        let framing = BodyFraming.ofResponse(head, toMethod: handshake.request?.method)
        let decoder = BodyDecoder(framing)
        let limit = min(settings.limits.refusalByteCount, max(Memory.freeByteCount, memoryLeft))
        let client = direction.opposite
        let early = earlyData(handshake, http, on: channel, client: client)
        let refusal = Refusal(handshake, early: early, framing, limit: limit)
        http.refusal = refusal
        http[direction] = .refusal(decoder)
        if decoder.isDone {
            refusal.end = offset
            endRefusal(decoder, isWhole: true, http, on: channel, direction)
            endBody(http, ofRequest: false, on: channel)
        }
        if let request = handshake.request {
            let body = BodyDecoder.forRequest(request)
            if case .body = http[client] {} else { http[client] = body.isBroken ? .body(body) : newRequest }
            resume(channel, client)
        }
    }

    mutating func takeRefusal(
        _ decoder: inout BodyDecoder, _ rest: Span<UInt8>, at offset: UInt64, _ http: HTTPSession, on channel: Channel,
        _ direction: Direction
    ) -> Int? {
        guard let refusal = http.refusal else {
            http[direction] = .body(decoder)
            return 0
        }
        let outcome = decoder.take(rest, into: &refusal.content)
        memory.waitingByteCount += refusal.content.bytes.count - refusal.countedByteCount
        refusal.countedByteCount = refusal.content.bytes.count
        http[direction] = .refusal(decoder)
        switch outcome {
        case .done(let consumed):
            refusal.end = offset + UInt64(consumed)
            endRefusal(decoder, isWhole: true, http, on: channel, direction)
        case .malformed: endRefusal(decoder, isWhole: false, http, on: channel, direction)
        case .needsMore: if refusal.content.isCut { endRefusal(decoder, isWhole: false, http, on: channel, direction) }
        }
        return takeBody(outcome, http, on: channel, direction)
    }

    /// Reports the refusal; the rest of the body is of no interest.
    private mutating func endRefusal(
        _ decoder: BodyDecoder, isWhole: Bool, _ http: HTTPSession, on channel: Channel, _ direction: Direction
    ) {
        http[direction] = .body(decoder)
        reportRefusal(http, on: channel, isWhole: isWhole)
    }

    /// Reports the refusal whose body is being read, if there is one.
    mutating func reportRefusal(_ http: HTTPSession, on channel: Channel, isWhole: Bool = false) {
        guard let refusal = http.refusal else { return }
        http.refusal = nil
        memory.waitingByteCount -= refusal.countedByteCount
        reportAttempt(
            .refused, refusal.handshake, on: channel, .captureEnded, early: refusal.early, body: refusal.body(isWhole: isWhole),
            until: refusal.end)
    }

    /// The same when the channel ends, which also ends some bodies.
    mutating func reportRefusalAtEnd(_ http: HTTPSession, on channel: Channel) {
        guard http.refusal != nil, let server = channel.direction(of: .server) else { return }
        var isWhole = false
        if case .refusal(let decoder) = http[server] { isWhole = decoder.isWholeAtClose && evidence(of: channel, server).isFinished }
        reportRefusal(http, on: channel, isWhole: isWhole)
    }
}
