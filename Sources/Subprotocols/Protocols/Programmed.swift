import Bytes
import Digests
import JSON
import WebSocket

/// Messages that a program of the user's decodes, where the handshake names no protocol that is known.
///
/// It is told of each message in a line of JSON, and answers with the message's operations: an object, an array of objects, or `null`.
struct Programmed: Dialect {
    static let name: StaticString = "program"

    static func recognise(_ handshake: HandshakeFacts) -> Recognition { .none }

    static let openings: Openings = []

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool { false }

    private let program: (any MessageProgram)?
    private let connection: UInt64

    init(_ handshake: HandshakeFacts) { (program, connection) = (nil, 0) }

    init(_ program: any MessageProgram, connection: UInt64) {
        self.program = program
        self.connection = connection
    }

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard let answer = program?.answer(to: line(content, dialogue.message).span) else { return .foreign }
        let text = answer.span
        guard UTF8Validator.isValid(text) else { return .unknown }
        var elements = JSONElements(text)
        if elements.isArray {
            while let element = elements.next(text) { add(element.range.lowerBound, text, &dialogue) }
        } else {
            add(0, text, &dialogue)
        }
        return .fits
    }

    /// The message as the program is told of it.
    private func line(_ content: Span<UInt8>, _ message: MessageFacts) -> [UInt8] {
        var line = ByteBuffer(capacity: content.count + 160)
        line.append(#"{"connection":"#)
        line.append(decimal: connection)
        line.append(#","message":"#)
        line.append(decimal: message.number)
        line.append(message.side == .client ? #","from":"client""# : #","from":"server""#)
        if !message.isWhole { line.append(#","whole":false"#) }
        if message.isText, UTF8Validator.isValid(content) {
            line.append(#","text":"#)
            JSONWriter.append(text: content, to: &line)
        } else {
            line.append(#","payload":""#)
            line.append(string: Base64.encode(content))
            line.append(UInt8(ascii: "\""))
        }
        line.append(UInt8(ascii: "}"))
        return line.span.copied()
    }

    /// An operation that the program names; nothing where it says nothing.
    private func add(_ start: Int, _ text: Span<UInt8>, _ dialogue: inout Dialogue) {
        var members = JSONMembers(text, at: start)
        var (type, name, id, role, status): (JSONValue?, JSONValue?, JSONValue?, JSONValue?, JSONValue?) = (nil, nil, nil, nil, nil)
        var (detail, reason, value): (JSONValue?, JSONValue?, JSONValue?) = (nil, nil, nil)
        while let member = members.next(text) {
            guard let found = members.value(text) else { return }
            switch true {
            case text.has(member, "type"): type = found
            case text.has(member, "name"): name = found
            case text.has(member, "id"): id = found
            case text.has(member, "role"): role = found
            case text.has(member, "status"): status = found
            case text.has(member, "detail"): detail = found
            case text.has(member, "reason"): reason = found
            case text.has(member, "value"): value = found
            default: continue
            }
        }
        guard type != nil || name != nil || role != nil || value != nil else { return }
        let kind = role.flatMap { role in Operation.Role.allCases.first { text.has(role, $0.name) } } ?? .event
        dialogue.add(kind, "message")
        dialogue.word(type, in: text)
        dialogue.name(name, in: text)
        dialogue.detail(detail, in: text)
        dialogue.id(id, in: text)
        if id != nil {
            if kind == .request { dialogue.ask() }
            if kind == .response || kind == .stream || kind == .error { dialogue.answer(isLast: kind != .stream) }
        }
        if let status, text.has(status, "ok") { dialogue.succeed() }
        if let status, text.has(status, "error") { dialogue.fail() }
        dialogue.reason(reason, in: text)
        if let value {
            let range = value.isText ? value.range.lowerBound - 1..<value.range.upperBound + 1 : value.range
            dialogue.value(json: text.extracting(range))
        }
    }
}
