import Bytes
import HTTP
import Streams
import WebSocket

/// An upgrade that was answered with another status than 101, while its answer's body comes.
final class Refusal {
    let handshake: Handshake
    let declaredLength: UInt64?
    var content: BodyExcerpt
    /// Stream offset behind it, once it is whole.
    var end: UInt64?
    /// What of this is in the engine's count of waiting bytes.
    var weighedByteCount = 0

    init(_ handshake: Handshake, _ framing: BodyFraming, limit: Int) {
        self.handshake = handshake
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

/// A refusal is told of when its body is whole, or more came than is kept, or no more can come: one event has all of it, and
/// a body that never ends holds nothing up. Until then the attempt has no number.
extension Engine {
    func refuse(
        _ flow: Flow, _ lane: Lane, _ handshake: Handshake, _ head: ResponseHead, bodyAt offset: UInt64,
        into sink: inout some EventSink & ~Copyable
    ) {
        let framing = BodyFraming.ofResponse(head, toMethod: handshake.request?.method)
        let decoder = BodyDecoder(framing)
        flow.refusal = Refusal(handshake, framing, limit: min(limits.refusalByteCount, max(Self.freeByteCount, memoryLeft)))
        lane.stage = .refusal(decoder)
        if decoder.isDone {
            flow.refusal?.end = offset
            endRefusal(flow, lane, decoder, isWhole: true, into: &sink)
            endBody(flow, lane, into: &sink)
        }
        if let request = handshake.request { beginAnew(flow, flow.other(lane), .body(.forRequest(request)), into: &sink) }
    }

    func takeRefusal(
        _ flow: Flow, _ lane: Lane, _ decoder: inout BodyDecoder, _ rest: Span<UInt8>, at offset: UInt64,
        into sink: inout some EventSink & ~Copyable
    ) -> Int? {
        guard let refusal = flow.refusal else {
            lane.stage = .body(decoder)
            return 0
        }
        let outcome = decoder.take(rest, into: &refusal.content)
        waitingByteCount += refusal.content.bytes.count - refusal.weighedByteCount
        refusal.weighedByteCount = refusal.content.bytes.count
        lane.stage = .refusal(decoder)
        switch outcome {
        case .done(let consumed):
            refusal.end = offset + UInt64(consumed)
            endRefusal(flow, lane, decoder, isWhole: true, into: &sink)
        case .malformed: endRefusal(flow, lane, decoder, isWhole: false, into: &sink)
        case .needsMore: if refusal.content.isCut { endRefusal(flow, lane, decoder, isWhole: false, into: &sink) }
        }
        return takeBody(flow, lane, outcome, into: &sink)
    }

    /// The rest of the body is of no interest.
    private func endRefusal(
        _ flow: Flow, _ lane: Lane, _ decoder: BodyDecoder, isWhole: Bool, into sink: inout some EventSink & ~Copyable
    ) {
        lane.stage = .body(decoder)
        tellRefusal(flow, isWhole: isWhole, into: &sink)
    }

    /// Tells of the refusal whose body is being read, if there is one.
    func tellRefusal(_ flow: Flow, isWhole: Bool = false, into sink: inout some EventSink & ~Copyable) {
        guard let refusal = flow.refusal else { return }
        flow.refusal = nil
        waitingByteCount -= refusal.weighedByteCount
        tellAttempt(flow, .refused, refusal.handshake, body: refusal.body(isWhole: isWhole), until: refusal.end, into: &sink)
    }

    /// The same when the TCP connection ends, which is the end of some bodies.
    func tellRefusalAtEnd(_ flow: Flow, into sink: inout some EventSink & ~Copyable) {
        guard flow.refusal != nil else { return }
        let server = flow.lane(of: .server)
        let isWhole =
            if case .refusal(let decoder) = server.stage { decoder.isWholeAtClose && server.reassembler.isFinished } else { false }
        tellRefusal(flow, isWhole: isWhole, into: &sink)
    }
}
