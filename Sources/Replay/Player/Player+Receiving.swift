import Bytes
import Differences
import HTTP
import Inspection
import WebSocket

extension Player {
    // MARK: The answer to the upgrade

    mutating func takeAnswer(at now: Int64) {
        while state == .handshake {
            let bytes = unread.span.copied()
            switch responses.take(bytes.span) {
            case .needsMore: return
            case .malformed(let error):
                obstacle =
                    "expected an answer to the upgrade, an HTTP response; what came is none"
                    + (options.quotes ? ": \(Script.Line.excerpt(bytes)) (\(error))" : "")
                return finish()
            case .head(let head):
                unread.removeFirst(head.byteCount)
                // Interim responses come before the answer (RFC 9110 §15.2).
                if (100..<200).contains(head.status), head.status != 101 { continue }
                take(head, at: now)
            }
        }
    }

    private mutating func take(_ head: ResponseHead, at now: Int64) {
        guard head.status == 101 else {
            if script.connection.response?.status != head.status {
                obstacle =
                    "expected \(expectedStatus), the server answered \(head.status)"
                    + (head.reason.isEmpty || !options.quotes ? "" : " \(head.reason)")
            }
            refusal = .forResponse(head, toMethod: "GET")
            state = .refusal
            return
        }
        let missing = UpgradeResponse.missing(in: head)
        guard missing.isEmpty, let request, isAccepted(request, by: head) else {
            let reason =
                missing.isEmpty
                ? "its Sec-WebSocket-Accept does not answer the key" : "it lacks \(missing.map(\.rawValue).joined(separator: ", "))"
            obstacle = "the server answered 101, but \(reason): this is no WebSocket"
            return finish()
        }
        open(head, at: now)
        guard script.connection.status == .open else {
            // It was refused in the capture; there is nothing to play.
            obstacle = "expected \(expectedStatus), the server answered 101"
            return sendClose(.normal, at: now)
        }
    }

    private var expectedStatus: String { script.connection.response.map { "\($0.status)" } ?? "no answer" }

    mutating func takeRefusal() {
        let bytes = unread.span.copied()
        switch refusal.take(bytes.span) {
        case .needsMore(let consumed): unread.removeFirst(consumed)
        case .done, .malformed: finish()
        }
    }

    // MARK: Frames

    mutating func takeFrames(at now: Int64) {
        // Nothing is added to it meanwhile.
        var bytes = ByteBuffer()
        swap(&bytes, &unread)
        var position = 0
        reading: while state != .done {
            switch frames.next(bytes.span, at: &position) {
            case .needsMore: break reading
            case .header(let header): begin(header)
            case .payload(let range, let isLast):
                guard let header else { break reading }
                var piece = ByteBuffer(capacity: range.count)
                let payload = bytes.span.extracting(range)
                if header.isMasked { piece.append(unmasking: payload, key: header.maskingKey, phase: phase) } else { piece.append(payload) }
                phase &+= UInt64(range.count)
                take(piece.span, isLast: isLast, of: header, at: now)
            }
        }
        bytes.removeFirst(position)
        swap(&bytes, &unread)
    }

    private mutating func begin(_ header: FrameHeader) {
        self.header = header
        phase = 0
        if header.opcode.isControl {
            control = []
            return
        }
        // What is no continuation begins a message, also where that is against the rules: these are judged elsewhere.
        if !message.isOpen || header.opcode != .continuation {
            message.begin(header.opcode == .continuation ? .binary : header.opcode, isCompressed: header.hasRSV1 && message.inflates)
        }
        message.beginFrame()
    }

    private mutating func take(_ piece: Span<UInt8>, isLast: Bool, of header: FrameHeader, at now: Int64) {
        if header.opcode.isControl {
            // More than a control frame may carry (RFC 6455 §5.5) is passed over.
            control += piece.extracting(0..<min(piece.count, 125 - min(control.count, 125))).copied()
            if isLast { takeControl(header.opcode, at: now) }
            return
        }
        message.take(piece, isLast: isLast && header.isFinal, keeping: options.messageByteCount, chunk: &chunk)
        guard isLast, header.isFinal else { return }
        message.finish(keeping: options.messageByteCount, chunk: &chunk)
        takeMessage(at: now)
    }

    private mutating func takeControl(_ opcode: Opcode, at now: Int64) {
        switch opcode {
        case .ping: if state == .open || state == .awaitingEnd { send(.pong, control) }
        case .close: takeClose(at: now)
        default: break
        }
    }

    private mutating func takeMessage(at now: Int64) {
        receivedAt = now
        let content = message.content.span.copied()
        let kind = MessageKeys.form(content, message.opcode)
        if let answer = plan.heartbeats[kind] {
            if let answer, state == .open || state == .awaitingEnd { send(whole: answer) }
            return
        }
        if let index = place(of: kind) {
            come(index, at: now)
            let line = script.lines[plan.awaited[index].line]
            if message.opcode == .text, line.opcode == .text { values.learn(from: line.content, and: content) }
        } else {
            extraCount += 1
        }
        // What is sent does not depend on how much comes at once.
        if state == .open { play(at: now) }
    }

    /// The first awaited message of a kind that has not come.
    private mutating func place(of kind: UInt64) -> Int? {
        guard let found = places[kind], found.next < found.all.count else { return nil }
        places[kind]?.next += 1
        return found.all[found.next]
    }

    private mutating func come(_ index: Int, at now: Int64) {
        hasCome[index] = true
        progressAt = now
        if index < countedEnd, index >= givenUpEnd { openCount -= 1 }
    }

    // MARK: The end

    private mutating func takeClose(at now: Int64) {
        guard !wasClosedByPeer else { return }
        wasClosedByPeer = true
        if state == .open {
            if plan.awaitsClose { come(plan.awaited.count - 1, at: now) }
            play(at: now)
            if state == .open, next < plan.cues.count || openCount > 0 || !plan.awaitsClose {
                let words = Script.Line.closeWords(control.span, withReason: options.quotes)
                obstacle = "the \(side.other.name) closed\(words.isEmpty ? "" : " with \(words)") too early: \(outlook)"
            }
        }
        if !hasSentClose { answerClose() }
        if side == .server { return finish() }
        state = .closed
        deadline = now.after(1_000_000_000)
    }

    private mutating func answerClose() {
        hasSentClose = true
        if let answer = plan.closeAnswer { return send(whole: answer) }
        // The code of the peer, without its reason (RFC 6455 §5.5.1).
        send(.close, Array(control.prefix(2)))
    }
}
