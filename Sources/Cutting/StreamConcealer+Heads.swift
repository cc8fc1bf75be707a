import Bytes
import HTTP
import Inspection
import Redaction

// The opening handshake, and what else stands before it on the TCP connection.
extension StreamConcealer {
    mutating func conceal(_ connection: Connection, _ place: ConnectionPlace, in flow: CutPlan.FlowPlan) {
        let isLow = place.isClientLow
        if let header = place.proxyHeader { conceal(proxy: header, into: &flow[isFromLow: isLow]) }
        // In the order of the stream, since a body ends where the next head begins. Requests need not wait for the answer to the attempt.
        func isEarlier(_ head: ConnectionPlace.Head) -> Bool {
            (head.isRequest ? place.request : place.response).map { head.offset < $0.offset } ?? true
        }
        for head in place.others where isEarlier(head) { blank(head, into: &flow[isFromLow: head.isRequest == isLow]) }
        if let request = place.request { conceal(request: request, into: &flow[isFromLow: isLow]) }
        if let response = place.response {
            conceal(response: response, into: &flow[isFromLow: !isLow])
            if let body = connection.refusalBody {
                conceal(body, behind: response, until: place.responseEnd, into: &flow[isFromLow: !isLow])
            }
        }
        for head in place.others where !isEarlier(head) { blank(head, into: &flow[isFromLow: head.isRequest == isLow]) }
    }

    private mutating func conceal(request head: ConnectionPlace.Head, into plan: inout StreamPlan) {
        var secrets: [Secret] = []
        let lines = HeadLines(head.bytes)
        if let target = lines.target(in: head.bytes) {
            secrets += shifted(finder.find(inTarget: head.bytes.span.extracting(target)), by: target.lowerBound)
        }
        conceal(head, lines, &secrets, into: &plan)
    }

    private mutating func conceal(response head: ConnectionPlace.Head, into plan: inout StreamPlan) {
        var secrets: [Secret] = []
        let lines = HeadLines(head.bytes)
        if let reason = lines.reason(in: head.bytes) {
            secrets += shifted(finder.find(inText: head.bytes.span.extracting(reason)), by: reason.lowerBound)
        }
        conceal(head, lines, &secrets, into: &plan)
    }

    private mutating func conceal(
        _ head: ConnectionPlace.Head, _ lines: HeadLines, _ secrets: inout [Secret], into plan: inout StreamPlan
    ) {
        for field in lines.fields {
            secrets += shifted(finder.find(inHeader: field.name, head.bytes.span.extracting(field.value)), by: field.value.lowerBound)
        }
        // A field that goes on in another line is rare, and a secret in two lines would be missed.
        for line in lines.continued { secrets.append(Secret(line, .text, .header)) }
        removed.count(secrets)
        replace(head, secrets, into: &plan)
    }

    /// A load balancer's PROXY header: addresses stay, as they do elsewhere, and without it nobody would find the request behind it. What
    /// follows them (version 2's vectors of type and length) becomes one that says nothing (PP2_TYPE_NOOP).
    private func conceal(proxy header: ConnectionPlace.Head, into plan: inout StreamPlan) {
        var bytes = header.bytes
        if bytes.first == UInt8(ascii: "P") {
            // A first version that knows no addresses may be followed by anything.
            let isKnown = bytes.span.matches("PROXY TCP4 ") || bytes.span.matches("PROXY TCP6 ")
            if !isKnown { for place in 6..<max(6, bytes.count - 2) { bytes[place] = Marker.filler } }
        } else if bytes.count > 16 {
            let addresses = [1: 12, 2: 36, 3: 216][bytes[13] >> 4] ?? 0
            let start = 16 + addresses
            for place in min(start, bytes.count)..<bytes.count { bytes[place] = 0 }
            if bytes.count - start >= 3 {
                bytes[start] = 4
                bytes[start + 1] = UInt8(truncatingIfNeeded: (bytes.count - start - 3) >> 8)
                bytes[start + 2] = UInt8(truncatingIfNeeded: bytes.count - start - 3)
            }
        }
        plan.add(at: header.offset, replacement: bytes)
    }

    /// Of another exchange than an attempt only what says where its body ends is let through, so that what follows can be read.
    private mutating func blank(_ head: ConnectionPlace.Head, into plan: inout StreamPlan) {
        let lines = HeadLines(head.bytes)
        var ranges = lines.continued
        for field in lines.fields where !["content-length", "transfer-encoding"].contains(field.name.lowercased()) {
            ranges.append(field.value)
        }
        if let target = lines.target(in: head.bytes), head.isRequest { ranges.append(target.dropFirst()) }
        if let reason = lines.reason(in: head.bytes), !head.isRequest { ranges.append(reason) }
        replace(head, ranges.map { Secret($0, .text, .header) }, into: &plan)
        if lines.isChunked(in: head.bytes) { plan.beginChunkedBody(at: head.end) }
    }

    private func replace(_ head: ConnectionPlace.Head, _ secrets: [Secret], into plan: inout StreamPlan) {
        var bytes = head.bytes
        Marker.fill(secrets, in: &bytes)
        plan.endBody(at: head.offset)
        plan.add(at: head.offset, replacement: bytes)
    }

    private func shifted(_ secrets: [Secret], by distance: Int) -> [Secret] {
        secrets.map { Secret($0.range.lowerBound + distance..<$0.range.upperBound + distance, $0.kind, $0.sign) }
    }

    // MARK: Bodies

    /// The body of a refusal stays when it is whole, and text; chunked or not it keeps its length.
    /// - Parameter end: see `ConnectionPlace.responseEnd`.
    private mutating func conceal(_ body: RefusalBody, behind head: ConnectionPlace.Head, until end: UInt64?, into plan: inout StreamPlan) {
        let isChunked = HeadLines(head.bytes).isChunked(in: head.bytes)
        if let shown = shown(body) {
            if !isChunked { return plan.add(at: head.end, replacement: shown) }
            if let end, let chunk = ChunkedFiller.body(of: shown, count: end - head.end) {
                return plan.add(at: head.end, replacement: chunk)
            }
        }
        if !body.bytes.isEmpty { removed.payloads += 1 }
        guard isChunked else { return }
        plan.beginChunkedBody(at: head.end)
        if let end { plan.endBody(at: end) }
    }

    /// A body with its secrets overwritten; nil when not all of it can be searched.
    private mutating func shown(_ body: RefusalBody) -> [UInt8]? {
        guard body.isComplete, !body.isCut, body.codings.isEmpty, body.bytes.span.isPrintable else { return nil }
        let secrets = finder.find(inText: body.bytes.span)
        removed.count(secrets)
        var bytes = body.bytes
        Marker.fill(secrets, in: &bytes)
        return bytes
    }
}

extension ConnectionPlace.Head {
    fileprivate var end: UInt64 { offset + UInt64(bytes.count) }
}
