import Channels
import HTTP
import Packets
import Streams
import Verdicts

// TCP connections that came to nothing, and what is spoken on those that are no WebSocket.
extension Engine {
    /// Notes a SYN that repeats an earlier one.
    mutating func noteRepeatedSYN(flow index: Int, _ direction: Direction) {
        let facts = flows[index].facts ?? FlowFacts()
        flows[index].facts = facts
        if facts.firstSYN == nil { facts.firstSYN = flows[index, direction].lastData }
        facts.repeatedSYNCount += 1
    }

    /// Reports a flow on which no byte was sent, as it ends.
    mutating func reportAttempt(flow index: Int, _ transport: TransportEnd) {
        guard flows[index].channel == nil, flows[index].hasSYN, let client = flows[index].client, transport != .forgotten,
            flows[index, .fromLow].reassembler.offset == 0, flows[index, .fromHigh].reassembler.offset == 0
        else { return }
        let server = flows[index].sender(client.opposite)
        let asked = flows[index, client].lastData
        guard asked.number > 0, mayBeWebSocket(server) else { return }
        let facts = flows[index].facts
        let isAnswered = flows[index, client.opposite].lastData.number > 0
        let isReset = facts?.reset?.from == client.opposite
        let outcome: TransportAttempt.Outcome = isAnswered ? .silent : isReset ? .refused : .unanswered
        var attempt = TransportAttempt(
            flow: flows[index].serial, client: flows[index].sender(client), server: server, first: facts?.firstSYN ?? asked,
            last: flows.lastPacket(of: index), fractionDigits: flows[index].fractionDigits, outcome: outcome,
            synCount: 1 + (facts?.repeatedSYNCount ?? 0), isOver: false)
        attempt.isStopped = isStopped
        attempt.noteEnd(facts, client: client)
        counts.rare.unread.count(outcome)
        tape.append(.attempted(attempt))
    }

    /// What a client lacked that went no further in the handshake: an answer, if that came when it had gone. Nil where it did not end it.
    func missingAnswer(_ missing: MissingAnswer, on channel: Channel) -> MissingAnswer? {
        guard case .rejection(let alert, _) = missing else { return missing }
        let facts = flows[channel.flow].facts
        let client = channel.client ?? flows[channel.flow].client
        if facts?.firstFIN == client, facts?.precedesAnswer == true { return .nothing }
        let isByClient = facts?.firstFIN == client || facts?.firstFIN == nil && facts?.reset?.from == client
        return alert != nil || client != nil && isByClient ? missing : nil
    }

    /// Reports a TLS handshake that was not finished, as its flow ends; false where it was not meant for a WebSocket.
    mutating func reportAttempt(_ missing: MissingAnswer, _ security: Security?, begun: PacketMark, on channel: Channel) -> Bool {
        guard let client = channel.client ?? flows[channel.flow].client else { return false }
        let server = flows[channel.flow].sender(client.opposite)
        guard mayBeWebSocket(server) else { return false }
        var attempt = TransportAttempt(
            flow: channel.carrier.flow, client: flows[channel.flow].sender(client), server: server, first: begun,
            last: flows.lastPacket(of: channel.flow), fractionDigits: flows[channel.flow].fractionDigits, outcome: .tlsUnanswered,
            synCount: 1, isOver: false)
        attempt.isStopped = isStopped
        attempt.noteEnd(flows[channel.flow].facts, client: client)
        attempt.serverName = security?.serverName
        switch missing {
        case .nothing: break
        case .refusal(let alert, let advice):
            attempt.outcome = .tlsRefused
            attempt.alert = alert
            attempt.advice = advice
        case .foreign: attempt.outcome = .tlsForeign
        case .rejection(let alert, let advice):
            attempt.outcome = .tlsRejected
            attempt.alert = alert
            attempt.advice = advice
        }
        if attempt.outcome == .tlsUnanswered { attempt.answered = flows[channel.flow].facts?[client.opposite].spokeAfterFIN }
        counts.rare.unread.count(attempt.outcome)
        tape.append(.attempted(attempt))
        return true
    }

    /// Ports of services that are no web servers (IANA), and servers that were heard to speak something else.
    private func mayBeWebSocket(_ server: Endpoint) -> Bool {
        switch server.port {
        case 20...23, 25, 53, 88, 110, 111, 135, 139, 143, 389, 445, 465, 515, 587, 631, 636, 993, 995, 1433, 3306, 3389, 5432, 6379, 27017:
            false
        default: !strangers.contains(server)
        }
    }

    /// Counts what is spoken on a channel that is not read.
    mutating func note(_ spoken: SpokenProtocol, on channel: Channel) {
        guard channel.parent == nil, !channel.hasSpoken else { return }
        channel.hasSpoken = true
        counts.rare.unread.count(spoken)
        guard !spoken.mayServeWebSocket, strangers.count < settings.limits.connectionCount, let client = channel.client else { return }
        strangers.insert(flows[channel.flow].sender(client.opposite))
    }

    /// Counts TLS that was opened and has no content, when its connection ends.
    mutating func countSilence(_ session: CarrierSession, on channel: Channel) {
        guard session.transport == "tls", session.children.allSatisfy(\.isSilent) else { return }
        let layer = session.layer.facts
        guard layer.opacity == nil, let client = layer.client else { return }
        let facts = flows[channel.flow].facts
        note((facts?.reset?.from ?? facts?.firstFIN) == client.opposite ? .endedTLS : .silentTLS, on: channel)
    }

    /// Counts HTTP that never asked for a WebSocket, when its connection ends.
    mutating func countPlainHTTP(_ channel: Channel) {
        guard channel.parent == nil, channel.ended == nil, let http = channel.http, http.hasSpoken else { return }
        note(.http, on: channel)
    }
}

extension TransportAttempt {
    /// Notes who hung up first, how and when, and when the other side did.
    fileprivate mutating func noteEnd(_ facts: FlowFacts?, client: Direction) {
        guard let facts else { return }
        let fin = facts.firstFIN.flatMap { facts[$0].fin?.mark }
        if let reset = facts.reset, fin.map({ reset.mark.number < $0.number }) ?? (facts.firstFIN == nil) {
            (isOver, endedByClient, isReset, ended) = (true, reset.from == client, true, reset.mark)
        } else if let first = facts.firstFIN {
            (isOver, endedByClient, ended) = (true, first == client, fin)
            let reset = facts.reset.flatMap { $0.from == first ? nil : $0.mark }
            followed = facts[first.opposite].fin?.mark ?? reset
        }
    }
}
