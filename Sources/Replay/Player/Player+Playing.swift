import Bytes
import Text
import Verdicts
import WebSocket

extension Player {
    /// How long nothing comes before what came is taken for what was awaited, where it is of another kind.
    static let quiet: Int64 = 250_000_000

    // MARK: What is due

    mutating func play(at now: Int64) {
        deadline = nil
        while state == .open, next < plan.cues.count {
            let cue = plan.cues[next]
            guard isDue(cue, at: now) else { return }
            next += 1
            readyAt = nil
            progressAt = now
            // What came before a message was sent is no answer to it.
            if waitsForAnswers { extraCount = 0 }
            send(cue, at: now)
        }
        guard state == .open, isReady(plan.awaited.count, at: now) else { return }
        end(at: now)
    }

    /// Messages are sent once those before them have come, at whatever time. A server's answers always are.
    private var waitsForAnswers: Bool { options.pace == .answers || side == .server }

    private mutating func isDue(_ cue: Plan.Cue, at now: Int64) -> Bool {
        guard waitsForAnswers else {
            return hasPassed(openedAt.after(scaled(cue.offset)), at: now)
        }
        guard isReady(cue.awaitedCount, at: now) else { return false }
        guard options.pace == .recorded else { return true }
        let ready = readyAt ?? now
        readyAt = ready
        return hasPassed(ready.after(scaled(cue.gap)), at: now)
    }

    private mutating func hasPassed(_ time: Int64, at now: Int64) -> Bool {
        if now >= time { return true }
        deadline = time
        return false
    }

    private func scaled(_ nanoseconds: Int64) -> Int64 {
        let scaled = (Double(nanoseconds) / options.speed).rounded()
        return scaled < Double(Int64.max) / 2 ? Int64(scaled) : .max
    }

    /// So many of the awaited messages have come, or others in their place. Gives up where neither is so for too long.
    private mutating func isReady(_ count: Int, at now: Int64) -> Bool {
        while countedEnd < count {
            if !hasCome[countedEnd] { openCount += 1 }
            countedEnd += 1
        }
        if openCount == 0 { return true }
        while firstOpen < count, hasCome[firstOpen] || firstOpen < givenUpEnd { firstOpen += 1 }
        let limit = progressAt.after(options.patience, plan.awaited[firstOpen].gap)
        // Nothing stands for a Close frame.
        let awaitsClose = plan.awaitsClose && count == plan.awaited.count && !hasCome[count - 1]
        let isReplaced = openCount <= extraCount && !awaitsClose
        if isReplaced, now >= min(limit, receivedAt.after(Self.quiet)) {
            extraCount -= openCount
            openCount = 0
            givenUpEnd = count
            return true
        }
        if now >= limit {
            obstacle = "nothing came from the \(side.other.name) for \(Quantity.duration(now - progressAt)): \(outlook)"
            sendClose(.goingAway, at: now)
            return false
        }
        deadline = isReplaced ? min(limit, receivedAt.after(Self.quiet)) : limit
        return false
    }

    /// What was expected when it came to an end, and what was not sent.
    var outlook: String {
        var clauses: [String] = []
        if let open = plan.awaited.indices.first(where: { $0 >= givenUpEnd && !hasCome[$0] }) {
            let line = script.lines[plan.awaited[open].line]
            clauses.append("expected \(options.quotes ? line.words : line.kindWords)")
        }
        let left = Set(plan.cues[next...].map(\.line)).count
        if left > 0 { clauses.append(left == 1 ? "1 message was not sent" : "\(left) messages were not sent") }
        return clauses.isEmpty ? "it had not done so in the capture" : clauses.joined(separator: ", and ")
    }

    // MARK: The end of the script

    private mutating func end(at now: Int64) {
        // Whoever closed is answered, and that is all.
        if wasClosedByPeer { return }
        switch script.manner {
        case .finWithoutClose, .reset:
            let isReset = script.manner == .reset
            if script.endedBy == side { return finish(isReset ? .reset : .hangUp) }
            let rest = script.endTime.map { max(0, $0.nanoseconds(since: script.parts.last?.time ?? script.start)) } ?? 0
            state = .awaitingEnd
            deadline = now.after(options.patience, rest)
        case .failed, .notUpgraded: finish()
        default:
            sendClose(.normal, at: now)
        }
    }

    /// Ends it although the script does not.
    mutating func sendClose(_ code: CloseCode, at now: Int64) {
        hasOwnEnd = true
        send(.close, [UInt8(code.rawValue >> 8), UInt8(code.rawValue & 0xFF)])
        awaitClose(at: now)
    }

    private mutating func awaitClose(at now: Int64) {
        hasSentClose = true
        state = .closing
        deadline = now.after(min(options.patience, 5_000_000_000))
    }

    // MARK: Frames

    private mutating func send(_ cue: Plan.Cue, at now: Int64) {
        let line = script.lines[cue.line]
        if cue.part == line.frameLengths.count - 1 { sentCount += 1 }
        if line.opcode.isControl {
            send(line.opcode, line.content)
            if line.opcode == .close { awaitClose(at: now) }
        } else {
            send(line, part: cue.part)
        }
    }

    /// Sends a message that answers another one, once no other message of this side is half sent.
    mutating func send(whole index: Int) {
        let line = script.lines[index]
        guard line.isWhole else { return }
        if line.opcode.isControl { return send(line.opcode, line.content) }
        guard !isHalfSent else { return waitingAnswers.append(index) }
        for part in line.frameLengths.indices { send(line, part: part) }
    }

    private mutating func send(_ line: Script.Line, part: Int) {
        if part == 0 {
            let content = line.opcode == .text ? values.replaced(in: line.content) : line.content
            (outgoing, outgoingStart) = (content, 0)
            isCompressing = line.isCompressed && deflater != nil
            if isCompressing {
                var compressed = ByteBuffer()
                deflater?.deflate(content.span, into: &compressed)
                outgoing = compressed.span.copied()
            }
        }
        // Fragments are as long as they were; the last one has what is left.
        let isFinal = part == line.frameLengths.count - 1
        let left = outgoing.count - outgoingStart
        let length = isFinal ? left : min(left, line.frameLengths[part])
        let header = FrameHeader(
            part == 0 ? line.opcode : .continuation, isFinal: isFinal, isCompressed: isCompressing && part == 0,
            maskingKey: side == .client ? options.maskingKey() : nil, length: length)
        let payload = outgoing
        output.append(header, payload: payload.span.extracting(outgoingStart..<outgoingStart + length))
        outgoingStart += length
        if isFinal { outgoing = [] }
        isHalfSent = !isFinal
        if isFinal, !waitingAnswers.isEmpty {
            let answers = waitingAnswers
            waitingAnswers = []
            for answer in answers { send(whole: answer) }
        }
    }

    mutating func send(_ opcode: Opcode, _ payload: [UInt8]) {
        let header = FrameHeader(opcode, maskingKey: side == .client ? options.maskingKey() : nil, length: payload.count)
        output.append(header, payload: payload.span)
    }
}
