import Bytes
import Channels
import HTTP
import Rules
import Streams
import Verdicts

// Answers and requests that may be missing. Which request an answer belongs to is then no longer a matter of counting.
extension Engine {
    /// How much of the server's stream the client has received; nil on what TCP does not carry itself.
    mutating func received(on channel: Channel, _ client: Direction) -> Int64? {
        channel.isCarried ? nil : flows[channel.flow, client.opposite].reassembler.acknowledgedEnd
    }

    /// Notes which requests may have been answered in a gap of the server.
    mutating func noteLostAnswers(_ gap: Gap, _ http: HTTPSession, on channel: Channel, _ direction: Direction) {
        http.hasLostAnswers = true
        var isAtHead = false
        switch http[direction] {
        case .undecided, .response: isAtHead = true
        case .request, .body, .refusal, .awaiting, .searching: break
        }
        let start = channel[direction].stream.offset &+ UInt64(channel[direction].stream.pending.count)
        let end = gap.byteCount.map { Int64(clamping: start &+ $0) }
        for index in http.pending.indices {
            // Whoever asked after receiving what is missing was not answered there.
            let mayBe = http.pending[index].received.flatMap { received in end.map { received < $0 } } ?? (index == 0)
            if mayBe || isAtHead && index == 0 { http.pending[index].isAnswerLost = true }
        }
    }

    /// Takes the request out that an answer belongs to, and those before it.
    mutating func takeRequest(answeredBy head: ResponseHead, _ http: HTTPSession, on channel: Channel) -> PendingRequest? {
        if http.hasLostAnswers || http.hasLostRequests {
            var skipped = http.pending.prefix { $0.isAnswerLost }.count
            if skipped == http.pending.count, !http.hasLostRequests { skipped = max(skipped - 1, 0) }
            let accepted = head.status == 101 ? http.pending.firstIndex { $0.isAccepted(by: head) } : nil
            dropRequests(accepted ?? skipped, http, on: channel)
            http.hasLostResponse = false
            if accepted == nil, head.status == 101, case .upgrade(let handshake)? = http.pending.first?.kind {
                handshake.isPartial = true
                handshake.inferred.append("Bytes are missing before the answer, which may belong to another request.")
            }
        }
        if head.status == 101, http.pending.count > 1, UpgradeResponse.isGiven(by: head) { http.forgetRequestsBeforeUpgrade() }
        return http.pending.isEmpty ? nil : http.pending.removeFirst()
    }

    /// Reports upgrades whose answers are missing, and which another request follows: they were not granted.
    mutating func concludeLostUpgrades(_ http: HTTPSession, on channel: Channel) {
        guard http.hasLostUpgrade, let last = http.pending.lastIndex(where: { $0.isUpgrade && $0.isAnswerLost }) else { return }
        dropRequests(last + 1, http, on: channel)
        http.hasLostResponse = false
    }

    /// Forgets the first requests that wait: their answers are missing.
    private mutating func dropRequests(_ count: Int, _ http: HTTPSession, on channel: Channel) {
        guard count > 0 else { return }
        let dropped = http.pending.prefix(count)
        http.pending.removeFirst(count)
        for request in dropped {
            if let exchange = request.exchange { giveUp(exchange, http) }
            guard case .upgrade(let handshake) = request.kind else { continue }
            reportAttempt(.unanswered, handshake, on: channel, .captureEnded, hasLostResponse: true)
        }
    }

    private mutating func giveUp(_ exchange: OpenExchange, _ http: HTTPSession) {
        if http.requestExchange === exchange { http.requestExchange = nil }
        endPolled(exchange, ofRequest: exchange.polled?.isOfRequest ?? false, isOver: false)
        if exchange.giveUp(), exchange.isCounted { tape.append(.exchanged(exchange.exchange)) }
    }
}

extension HTTPSession {
    /// Notes that any request may have been answered in what is missing.
    func loseAnswers() {
        hasLostAnswers = true
        for index in pending.indices { pending[index].isAnswerLost = true }
    }
}

extension PendingRequest {
    /// The answer has what only this request's key leads to.
    fileprivate func isAccepted(by head: ResponseHead) -> Bool {
        guard case .upgrade(let handshake) = kind, let request = handshake.request else { return false }
        return HTTP.isAccepted(request, by: head)
    }
}
