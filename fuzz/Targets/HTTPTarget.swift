import Bytes
import HTTP

extension FuzzTarget {
    /// Heads of requests and responses, and bodies: cut anywhere they are the same.
    static let http = FuzzTarget("http") { input throws(Broken) in
        var script = InputScript(input)
        let choice = script.byte()
        let bytes = script.rest
        let limits = HeadLimits(byteCount: choice & 1 == 0 ? 64 << 10 : 300, headerCount: choice & 1 == 0 ? 1_000 : 5)
        switch choice >> 1 & 3 {
        case 0:
            let (whole, cut) = (request(bytes, limits, [bytes.count]), request(bytes, limits, Array(0...bytes.count)))
            try demand(whole == cut, "in pieces the request is another")
            guard let head = whole.head else { return }
            try demand(head.byteCount > 0 && head.byteCount <= min(bytes.count, limits.byteCount), "the head is longer than its bytes")
            _ = (UpgradeRequest(head), UpgradeRequest.missing(in: head), head.webSocketURL(secure: true), BodyDecoder.forRequest(head))
            let extensions = ExtensionList(in: head.headers)
            try demand(
                extensions.elements.count == extensions.extensions.count + extensions.malformed.count,
                "an extension is neither right nor wrong")
        case 1:
            let (whole, cut) = (response(bytes, limits, [bytes.count]), response(bytes, limits, Array(0...bytes.count)))
            try demand(whole == cut, "in pieces the response is another")
            guard let head = whole.head else { return }
            try demand(head.byteCount > 0 && head.byteCount <= min(bytes.count, limits.byteCount), "the head is longer than its bytes")
            _ = (UpgradeResponse(head), UpgradeResponse.missing(in: head), BodyDecoder.forResponse(head, toMethod: nil))
        default:
            let framing: BodyFraming = choice & 1 == 0 ? .chunked : .contentLength(UInt64(bytes.count / 2))
            let whole = body(framing, [bytes])
            try demand(body(framing, bytes.isEmpty ? [[]] : bytes.pieces) == whole, "in pieces the body is another")
            try demand(whole.consumed <= bytes.count && whole.content.count <= bytes.count, "the body is longer than its bytes")
        }
        _ = (Sniff.looksLikeRequest(bytes.span), Sniff.looksLikeResponse(bytes.span))
    }
}

private func request(_ bytes: [UInt8], _ limits: HeadLimits, _ ends: [Int]) -> HeadOutcome<RequestHead> {
    var decoder = RequestHeadDecoder(limits: limits)
    for end in ends {
        let outcome = decoder.take(bytes.span.extracting(0..<end))
        if outcome != .needsMore { return outcome }
    }
    return .needsMore
}

private func response(_ bytes: [UInt8], _ limits: HeadLimits, _ ends: [Int]) -> HeadOutcome<ResponseHead> {
    var decoder = ResponseHeadDecoder(limits: limits)
    for end in ends {
        let outcome = decoder.take(bytes.span.extracting(0..<end))
        if outcome != .needsMore { return outcome }
    }
    return .needsMore
}

private struct Body: Equatable {
    var consumed = 0
    var content: [UInt8] = []
    var isDone = false
    var error: BodyError?
}

private func body(_ framing: BodyFraming, _ pieces: [[UInt8]]) -> Body {
    var decoder = BodyDecoder(framing)
    var body = Body()
    var excerpt = BodyExcerpt(limit: .max)
    for piece in pieces {
        switch decoder.take(piece.span, into: &excerpt) {
        case .needsMore(let consumed): body.consumed += consumed
        case .done(let consumed):
            body.consumed += consumed
            body.isDone = true
        case .malformed(let consumed, let error):
            body.consumed += consumed
            body.error = error
        }
        if body.isDone || body.error != nil { break }
    }
    body.content = excerpt.bytes.span.copied()
    return body
}

extension HeadOutcome {
    fileprivate var head: Head? { if case .head(let head) = self { head } else { nil } }
}
