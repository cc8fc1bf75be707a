import Bytes
import Channels
import HTTP
import Packets
import Recordings
import Rules
import Text
import Verdicts
import WebSocket

// Connections that a program recorded enter above the frame decoder: heads and messages, and what the rules can say of these.
extension Engine {
    mutating func take(_ event: RecordedEvent, _ content: Span<UInt8>) {
        switch event {
        case .opened(let number, let opening): open(opening, number)
        case .message(let number, let message): take(message, content, of: number)
        case .ended(let number, let time, let failure): endRecorded(number, at: time, failure)
        }
    }

    // MARK: The beginning

    private mutating func open(_ opening: RecordedConnection, _ number: Int) {
        let time = opening.time ?? Timestamp(nanoseconds: 0)
        now = time
        let handshake = Handshake(time: time, responseTime: opening.responseTime, fractionDigits: time.nanoseconds % 1_000 == 0 ? 6 : 9)
        handshake.request = opening.request
        handshake.response = opening.response
        let status: Connection.Status =
            switch opening.isGranted {
            case true?: .open
            case false?: opening.hasMessages ? .inferred : .refused
            case nil: opening.hasMessages ? .inferred : .unanswered
            }
        counts.connections += 1
        let findings = judge(opening)
        let isAttempt = status == .refused || status == .unanswered
        let connection = Connection(
            number: counts.connections, client: opening.client ?? .unknown, server: opening.server ?? .unknown, status: status,
            handshake: handshake, inferred: status == .inferred ? ["The answer that grants the upgrade is not recorded."] : [],
            row: isAttempt ? 0 : recorded.takeRow(), carrier: carrier(of: opening), findings: findings,
            refusalBody: status == .refused ? refusalBody(of: opening) : nil, recorder: opening.recorder)
        tape.append(.opened(connection))
        report(findings.client, from: .client, in: connection)
        report(findings.server, from: .server, in: connection)
        let conversation = RecordedConversation(connection)
        if isAttempt { return append(end: conversation, at: opening.endTime ?? time, opening.failure) }
        recorded[number] = conversation
    }

    private func carrier(of opening: RecordedConnection) -> Carrier {
        var carrier = Carrier(transport: "recorded")
        if opening.isSecure { carrier.security = Security() }
        return carrier
    }

    /// What the rules say of heads that were recorded whole: those with a key, since recorders leave all fields out, or none.
    private func judge(_ opening: RecordedConnection) -> HandshakeFindings {
        guard let request = opening.request, request.version == "HTTP/1.1", request.headers.contains("Sec-WebSocket-Key") else {
            return HandshakeFindings()
        }
        let client = HandshakeRules.judge(request)
        let isWhole = opening.response.map { !$0.headers.isEmpty } ?? false
        let server = isWhole ? opening.response.map { HandshakeRules.judge($0, to: request, isTrusted: client.isEmpty) } ?? [] : []
        return HandshakeFindings(client: client, server: server)
    }

    private func refusalBody(of opening: RecordedConnection) -> RefusalBody? {
        guard !opening.body.isEmpty else { return nil }
        return RefusalBody(bytes: opening.body, length: nil, isCut: opening.body.count >= settings.limits.refusalByteCount)
    }

    // MARK: Messages

    private mutating func take(_ recorded: RecordedMessage, _ content: Span<UInt8>, of number: Int) {
        guard let conversation = self.recorded[number] else { return }
        now = recorded.time ?? now
        conversation.lastTime = max(conversation.lastTime, now)
        conversation.count(recorded.length, from: recorded.from)
        counts.messages += 1
        counts.rare.recordedMessages += 1
        counts.bytes = counts.bytes.addingSaturated(recorded.length)
        if recorded.opcode == .close { note(close: content, from: recorded.from, of: conversation) }
        // Nothing of its header is known but the opcode.
        let header = FrameHeader(first: 0x80 | recorded.opcode.rawValue, second: 0, maskingKey: 0, length: recorded.length)
        let isCutByLimit = recorded.length > UInt64(settings.limits.messageByteCount)
        var frame = Frame(
            header: header, number: conversation.messageCount, from: recorded.from, time: now, endTime: now, offset: 0,
            packets: PacketList(),
            message: conversation.messageCount, messageOpcode: recorded.opcode, isCompressed: false,
            capturedLength: isCutByLimit ? recorded.length : UInt64(content.count))
        frame.isRedacted = recorded.isRedacted
        if recorded.isRedacted { frame.capturedLength = recorded.length }
        frame.roundTrip = recorded.roundTrip
        if isCutByLimit {
            frame.findings = [Finding(.messageLimit, found: "\(Quantity.counted(content.count, "byte")) kept")]
            counts.count(frame.findings)
        }
        if settings.omitsOrdinaryFrames, !isCutByLimit { return }
        let isWhole = recorded.length == UInt64(content.count)
        let isValid = recorded.opcode == .text && isWhole && UTF8Validator.isValid(content)
        let kept = tape.take(content.extracting(first: settings.keep), isLent: false)
        var message = Message(of: frame, length: recorded.length)
        message.isRedacted = recorded.isRedacted
        message.isComplete = frame.isComplete && recorded.isComplete
        message.isValidText = isValid
        unsafe tape.append(frame, .passUnretained(conversation.connection), kept, tape.append(message, kept))
    }

    private func note(close content: Span<UInt8>, from side: Side, of conversation: RecordedConversation) {
        let body = CloseBody(content)
        let mark = PacketMark(number: 0, time: now)
        let close = CloseLog.Close(
            from: side, code: body.code, mark: mark, frameCount: conversation.messageCount(of: side) - 1)
        conversation.closes.note(close, reason: body.reason, client: mark, server: mark)
    }

    // MARK: The end

    private mutating func endRecorded(_ number: Int, at time: Timestamp, _ failure: String?) {
        guard let conversation = recorded.remove(number) else { return }
        now = time
        append(end: conversation, at: time, failure)
    }

    private mutating func append(end conversation: RecordedConversation, at time: Timestamp, _ failure: String?) {
        let connection = conversation.connection
        var facts = EndFacts(time: max(time, conversation.lastTime))
        facts.status = EndFacts.Status(connection.status)
        facts.transport = .unrecorded
        facts.closes = conversation.closes
        facts.reportedFailure = failure
        facts.client.frameCount = conversation.client.messages
        facts.server.frameCount = conversation.server.messages
        if let response = connection.response {
            facts.answerer = response.headers.answerer
            facts.answer = EndFacts.Answer(
                status: response.status, reason: response.reason, mark: PacketMark(number: 0, time: connection.responseTime ?? time))
        }
        tape.append(.ended(ConnectionEnd(of: connection, Conclusion(facts), client: conversation.client, server: conversation.server)))
    }

    /// Ends what a recording left open, because it broke off.
    mutating func endRecorded() {
        for number in recorded.numbers { endRecorded(number, at: now, nil) }
    }
}
