import Bytes
import Inspection
import JSON
import Packets
import Rules
import Subprotocols
import Verdicts
import WebSocket

/// Answers what a condition asks of what an inspection tells. One for each inspection; nothing is allocated per frame.
///
/// Of a frame every question has an answer: what is not there is not equal to, greater or less than anything. Of anything else
/// (a connection, a finding about none of its frames) only what is certain whatever its frames are counts as yes.
public struct ConditionEvaluator: ~Copyable {
    public let condition: Condition
    /// What is known of how connections end.
    public private(set) var endings: Endings
    private var matcher = PatternMatcher()
    /// Answers to what is asked about operations, a bit for each question; of a message that has none, no.
    private var operationAnswers: UInt64 = 0
    /// For texts of JSON with escapes.
    private var room = ByteBuffer()

    public init(_ condition: Condition, _ endings: Endings = Endings()) {
        self.condition = condition
        self.endings = endings
    }

    /// Payloads of which a regular expression could not be decided, because it would have taken too long.
    public var givenUpCount: UInt64 { matcher.givenUpCount }

    // MARK: Connections

    /// What can be said of a connection by itself.
    public mutating func selection(of connection: Connection) -> Selection {
        var bits: UInt64 = 0
        for (place, part) in condition.program.connectionParts.enumerated()
        where holds(part, for: connection) == true {
            bits |= 1 << UInt64(place)
        }
        return Selection(bits: bits, holds(condition.expression, for: connection))
    }

    private mutating func holds(_ expression: Expression, for connection: Connection) -> Bool? {
        expression.value { holds($0, for: connection) }
    }

    /// Nil for what is not about connections, and about an end that is not known.
    private mutating func holds(_ test: Test, for connection: Connection) -> Bool? {
        if test.reference.field.entry.level == .ending, let question = test.question {
            return endings.answer(to: question, of: connection.number)
        }
        guard test.reference.field.entry.level == .connection else { return nil }
        return ConnectionValues.values(of: test.reference, connection).holds(test.check, &matcher)
    }

    /// Takes notice of how a connection ended.
    public mutating func learn(_ ending: Ending, of connection: Connection) {
        guard condition.asksAboutEndings else { return }
        var answers: UInt64 = 0
        condition.expression.forEachTest { test in
            guard test.reference.field.entry.level == .ending, let question = test.question else { return }
            let values = EndingValues.values(of: test.reference.field, ending, of: connection)
            if values.holds(test.check, &matcher) { answers |= 1 << UInt64(question) }
        }
        endings.set(answers, of: connection.number)
    }

    /// Takes notice of requests that nothing answered.
    mutating func learn(_ unanswered: [Unanswered], of connection: Connection) {
        guard condition.asksForUnanswered else { return }
        for request in unanswered { endings.setUnanswered(message: request.message, of: connection.number) }
    }

    // MARK: Frames

    /// - Parameters:
    ///   - findings: those of the frame that count.
    ///   - message: the message that the frame ends.
    ///   - content: the content of that message.
    ///   - selection: what was said of the connection.
    public mutating func matches(
        _ frame: borrowing Frame, findings: [Finding], ending message: Message?, content: Span<UInt8>,
        of connection: Connection, _ selection: Selection
    ) -> Bool {
        var place = condition.program.start
        while place >= 0 {
            let step = condition.program.steps[place]
            let answer = answer(to: step.question, frame, findings, message, content, connection, selection)
            place = answer ? step.ifTrue : step.ifFalse
        }
        return place == Program.yes
    }

    /// The same of a frame whose content is not all there; nil where the answer depends on what is not.
    /// - Parameter content: what there is of it.
    public mutating func matches(
        _ frame: borrowing Frame, findings: [Finding], ending message: Message?, incomplete content: Span<UInt8>,
        of connection: Connection, _ selection: Selection
    ) -> Bool? {
        var waiting = [condition.program.start]
        var asked: Set<Int> = []
        var (isPossible, isCertain) = (false, true)
        while let place = waiting.popLast() {
            if place < 0 {
                if place == Program.yes { isPossible = true } else { isCertain = false }
            } else if asked.insert(place).inserted {
                let step = condition.program.steps[place]
                if condition.program.isOpen(step.question, frame.messageOpcode, isEnding: message != nil, content.count) {
                    waiting += [step.ifTrue, step.ifFalse]
                } else {
                    let answer = answer(to: step.question, frame, findings, message, content, connection, selection)
                    waiting.append(answer ? step.ifTrue : step.ifFalse)
                }
            }
        }
        return isPossible == isCertain ? isCertain : nil
    }

    @inline(__always)
    private mutating func answer(
        to question: Program.Question, _ frame: borrowing Frame, _ findings: [Finding], _ message: Message?, _ content: Span<UInt8>,
        _ connection: Connection, _ selection: Selection
    ) -> Bool {
        switch question {
        case .connection(let bit): selection.word & bit != 0
        case .operation(let bit): operationAnswers & bit != 0
        case .within(let field, let range):
            FrameValues.number(of: field, frame, message, content, connection).map { range.contains($0) } ?? false
        case .test(let index): holds(index, frame, findings, message, content, connection)
        }
    }

    /// The same of a frame that ends a message whose meaning is known.
    mutating func matches(
        _ frame: borrowing Frame, findings: [Finding], ending message: Message?, content: Span<UInt8>, meaning: borrowing Meaning,
        of connection: Connection, _ selection: Selection
    ) -> Bool {
        guard condition.asksAboutOperations, let message else {
            return matches(frame, findings: findings, ending: message, content: content, of: connection, selection)
        }
        operationAnswers = answers(meaning, of: message.number, connection)
        let answer = matches(frame, findings: findings, ending: message, content: content, of: connection, selection)
        operationAnswers = 0
        return answer
    }

    /// What is asked about operations, answered.
    private mutating func answers(_ meaning: borrowing Meaning, of message: UInt64, _ connection: Connection) -> UInt64 {
        var answers: UInt64 = 0
        for test in condition.operationTests {
            guard let question = test.question else { continue }
            let holds =
                test.reference.field == .unanswered
                ? OperationValues.holds(test.check, endings.isUnanswered(message: message, of: connection.number))
                : OperationValues.holds(test, meaning, &matcher)
            if holds { answers |= 1 << UInt64(question) }
        }
        return answers
    }

    @inline(never)
    private mutating func holds(
        _ index: Int, _ frame: borrowing Frame, _ findings: [Finding], _ message: Message?, _ content: Span<UInt8>,
        _ connection: Connection
    ) -> Bool {
        let field = condition.program.tests[index].reference.field
        switch condition.program.tests[index].check {
        case .isSet: return FrameValues.number(of: field, frame, message, content, connection) == 1
        case .isPresent: return isPresent(index, frame, findings, message, content, connection)
        case .isWithin(let ranges):
            switch field {
            case .packet: return Self.isWithin(ranges, frame.packets)
            case .finding, .severity: return findings.contains { Self.isWithin(ranges, Self.number(of: field, $0)) }
            default:
                guard let number = FrameValues.number(of: field, frame, message, content, connection) else { return false }
                return Self.isWithin(ranges, number)
            }
        case .isAtTimeOfDay(let ranges): return Self.isAt(ranges, field == .time ? frame.time : frame.endTime)
        case .isInNetwork(let networks):
            guard let address = FrameValues.address(of: field, frame, connection) else { return false }
            return networks.contains { $0.contains(address) }
        case .text(let check):
            if field == .finding { return holds(check, for: findings) }
            return holds(check, field, frame.messageOpcode, isEnding: message != nil, content)
        case .json(let check): return holds(check, at: index, frame.messageOpcode, isEnding: message != nil, content)
        }
    }

    private func isPresent(
        _ index: Int, _ frame: borrowing Frame, _ findings: [Finding], _ message: Message?, _ content: Span<UInt8>,
        _ connection: Connection
    ) -> Bool {
        let field = condition.program.tests[index].reference.field
        switch field {
        case .finding, .severity: return !findings.isEmpty
        case .packet, .sourceAddress, .destinationAddress: return true
        case .text, .bytes, .closeReason:
            return FrameValues.text(of: field, frame.messageOpcode, isEnding: message != nil, content) != nil
        case .json:
            guard let range = FrameValues.text(of: .json, frame.messageOpcode, isEnding: message != nil, content),
                let path = condition.program.tests[index].reference.path
            else { return false }
            return JSONScanner.find(path, in: content.extracting(range)) != nil
        default: return FrameValues.number(of: field, frame, message, content, connection) != nil
        }
    }

    // MARK: Values

    private static func number(of field: Field, _ finding: Finding) -> Int128 {
        Int128(field == .severity ? finding.rule.severity.rawValue : FieldNames.numbersOfRules[finding.rule] ?? -1)
    }

    private static func isWithin(_ ranges: [ClosedRange<Int128>], _ number: Int128) -> Bool {
        for range in ranges where range.contains(number) { return true }
        return false
    }

    private static func isWithin(_ ranges: [ClosedRange<Int128>], _ packets: borrowing PacketList) -> Bool {
        if isWithin(ranges, Int128(packets.first)) { return true }
        for number in packets.rest where isWithin(ranges, Int128(number)) { return true }
        return false
    }

    private static func isAt(_ ranges: [ClosedRange<Int128>], _ time: Timestamp) -> Bool {
        let day = TimeLiteral.nanosecondsPerDay
        let rest = Int128(time.nanoseconds) % day
        return isWithin(ranges, rest < 0 ? rest + day : rest)
    }

    private mutating func holds(_ check: TextCheck, for findings: [Finding]) -> Bool {
        for finding in findings where check.holds(for: Array(finding.rule.rawValue.utf8).span, &matcher) { return true }
        return false
    }

    private mutating func holds(_ check: TextCheck, _ field: Field, _ opcode: Opcode, isEnding: Bool, _ content: Span<UInt8>) -> Bool {
        guard let range = FrameValues.text(of: field, opcode, isEnding: isEnding, content) else { return false }
        return check.holds(for: content.extracting(range), &matcher)
    }

    private mutating func holds(_ check: JSONCheck, at index: Int, _ opcode: Opcode, isEnding: Bool, _ content: Span<UInt8>) -> Bool {
        guard let range = FrameValues.text(of: .json, opcode, isEnding: isEnding, content),
            let path = condition.program.tests[index].reference.path
        else { return false }
        let text = content.extracting(range)
        var scanner = JSONScanner(path)
        while let value = scanner.next(in: text) {
            if check.holds(for: value, in: text, &matcher, room: &room) { return true }
        }
        return false
    }

    // MARK: What is no frame

    /// A finding that is about none of its connection's frames.
    public mutating func matches(_ finding: Finding, from side: Side?, in connection: Connection?, at time: Timestamp) -> Bool {
        condition.expression.value { test in
            switch test.reference.field {
            case .finding, .severity: return holds(test, for: finding)
            case .from: return side.flatMap { Self.holds(test, Int128($0.rawValue)) }
            case .time, .endTime: return Self.holds(test, time)
            default: return connection.flatMap { holds(test, for: $0) }
            }
        } == true
    }

    /// A connection that could not be read.
    public mutating func matches(_ connection: EncryptedConnection) -> Bool {
        condition.expression.value { test in
            EncryptedValues.values(of: test.reference.field, connection)?.holds(test.check, &matcher)
        } == true
    }

    /// A TCP connection that came to nothing.
    public mutating func matches(_ attempt: TransportAttempt) -> Bool {
        condition.expression.value { test in
            AttemptValues.values(of: test.reference.field, attempt)?.holds(test.check, &matcher)
        } == true
    }

    /// An HTTP exchange.
    public mutating func matches(_ exchange: Exchange) -> Bool {
        condition.expression.value { test in
            ExchangeValues.values(of: test.reference.field, exchange)?.holds(test.check, &matcher)
        } == true
    }

    /// A request that nothing answered.
    public mutating func matches(_ request: Unanswered, _ name: StaticString, of connection: Connection) -> Bool {
        condition.expression.value { test in
            switch test.reference.field {
            case .from: Self.holds(test, Int128(request.from.rawValue))
            // What came by polling is no message of the connection.
            case .message: MessageFacts.polledNumber(request.message) == nil ? Self.holds(test, Int128(request.message)) : false
            case .unanswered: Self.holds(test, 1)
            case _ where test.reference.field.entry.level == .operation:
                OperationValues.values(of: test.reference.field, request, name).holds(test.check, &matcher)
            default: holds(test, for: connection)
            }
        } == true
    }

    /// A packet that came by polling.
    public mutating func matches(_ packet: PolledPacket, of connection: Connection) -> Bool {
        condition.expression.value { test in
            switch test.reference.field {
            case .from: Self.holds(test, Int128(packet.from.rawValue))
            case .time: Self.holds(test, packet.time)
            case .endTime: Self.holds(test, packet.endTime)
            case .unanswered:
                OperationValues.holds(
                    test.check, endings.isUnanswered(message: MessageFacts.polled + packet.number, of: connection.number))
            case _ where test.reference.field.entry.level == .operation: OperationValues.holds(test, packet.meaning, &matcher)
            default: holds(test, for: connection)
            }
        } == true
    }

    /// A message that never ended.
    public mutating func matches(abandoned message: Message, content: Span<UInt8>, of connection: Connection) -> Bool {
        condition.expression.value { test in
            let field = test.reference.field
            switch field {
            case .from: return Self.holds(test, Int128(message.from.rawValue))
            case .time: return Self.holds(test, message.time)
            case .endTime: return Self.holds(test, message.endTime)
            case .message: return Self.holds(test, Int128(message.number))
            case .messageOpcode: return Self.holds(test, Int128(message.opcode.rawValue))
            case .compressed: return Self.holds(test, message.isCompressed ? 1 : 0)
            case .control, .ends: return Self.holds(test, 0)
            case .messageLength, .messageWireLength, .messageFrames, .messageDuration:
                return FrameValues.messageNumber(of: field, message).flatMap { Self.holds(test, $0) }
            default: return holds(test, for: connection)
            }
        } == true
    }

    private mutating func holds(_ test: Test, for finding: Finding) -> Bool? {
        if case .text(let check) = test.check { return holds(check, for: [finding]) }
        return Self.holds(test, Self.number(of: test.reference.field, finding))
    }

    private static func holds(_ test: Test, _ number: Int128) -> Bool? {
        switch test.check {
        case .isSet: number == 1
        case .isPresent: true
        case .isWithin(let ranges): isWithin(ranges, number)
        default: nil
        }
    }

    private static func holds(_ test: Test, _ time: Timestamp) -> Bool? {
        if case .isAtTimeOfDay(let ranges) = test.check { return isAt(ranges, time) }
        return holds(test, Int128(time.nanoseconds))
    }
}
