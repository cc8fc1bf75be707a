import Bytes
import WebSocket

/// XMPP over WebSocket (RFC 7395, RFC 6120): a stanza, or what opens and closes the stream, a message.
struct XMPP: Dialect {
    static let name: StaticString = "xmpp"

    static func recognise(_ handshake: HandshakeFacts) -> Recognition { handshake.agreed == "xmpp" ? .certain : .none }

    static let openings: Openings = []

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool { false }

    private enum Space {
        static let stanza: UInt8 = 0
        static let stream: UInt8 = 1
        static let authentication: UInt8 = 2
    }

    init(_ handshake: HandshakeFacts) {}

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard dialogue.message.isText, let element = XMLTag(content) else { return dialogue.message.misfit }
        let name = content.extracting(element.name)
        if name.isSame("iq") { return decode(query: element, content, &dialogue) }
        if name.isSame("message") || name.isSame("presence") {
            dialogue.add(.event, name.isSame("message") ? "message" : "presence")
            dialogue.name(element.value("to", content) ?? element.value("from", content), content)
            dialogue.id(element.value("id", content), content)
            dialogue.detail(element.value("type", content), content)
            return .fits
        }
        return decode(stream: name, element, content, &dialogue) ? .fits : dialogue.message.misfit
    }

    /// `get` and `set` are answered with `result` or `error` of the same id (RFC 6120 §8.2.3). It is called by what it asks for.
    private func decode(query element: XMLTag, _ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard let type = element.value("type", content), let id = element.value("id", content) else { return dialogue.message.misfit }
        let word = content.extracting(type)
        let isAsking = word.isSame("get") || word.isSame("set")
        let isError = word.isSame("error")
        guard isAsking || isError || word.isSame("result") else { return dialogue.message.misfit }
        dialogue.add(isAsking ? .request : isError ? .error : .response, "iq")
        dialogue.word(content.extracting(type))
        if isAsking, let child = XMLTag(content, at: element.end) {
            dialogue.name(content.extracting(child.name))
            dialogue.detail(child.value("xmlns", content), content)
        }
        dialogue.id(id, content)
        guard !isAsking else {
            dialogue.ask(Space.stanza)
            return .fits
        }
        dialogue.answer(Space.stanza)
        if isError { dialogue.fail(condition(after: element.end, content), content) } else { dialogue.succeed() }
        return .fits
    }

    /// What stands first in `<error>` (RFC 6120 §8.3.1).
    private func condition(after start: Int, _ content: Span<UInt8>) -> Range<Int>? {
        var position = start
        // A refused query may come back before it.
        for _ in 0..<16 {
            guard let tag = XMLTag(content, at: position) else { return nil }
            position = tag.end
            if content.extracting(tag.name).isSame("error") { return XMLTag(content, at: position)?.name }
        }
        return nil
    }

    private func decode(
        stream name: Span<UInt8>, _ element: XMLTag, _ content: Span<UInt8>, _ dialogue: inout Dialogue
    ) -> Bool {
        switch true {
        case name.isSame("open"):
            dialogue.add(.setup, "open")
            dialogue.name(element.value("to", content) ?? element.value("from", content), content)
            // The client opens a stream, anew once it has said who it is, and the server answers.
            if dialogue.message.side == .client { dialogue.ask(Space.stream) } else if dialogue.answer(Space.stream) { dialogue.succeed() }
        case name.isSame("close"): dialogue.add(.setup, "close")
        case name.hasSuffix("features"): dialogue.add(.setup, "features")
        case name.isSame("auth"), name.isSame("authenticate"):
            dialogue.add(.setup, "auth")
            dialogue.name(element.value("mechanism", content), content)
            dialogue.ask(Space.authentication)
        case name.isSame("challenge"):
            dialogue.add(.setup, "challenge")
            dialogue.answer(Space.authentication, isLast: false)
        case name.isSame("response"): dialogue.add(.setup, "response")
        case name.isSame("success"):
            dialogue.add(.setup, "success")
            dialogue.answer(Space.authentication)
            dialogue.succeed()
        case name.isSame("failure"):
            dialogue.add(.error, "failure")
            dialogue.answer(Space.authentication)
            dialogue.fail(XMLTag(content, at: element.end)?.name, content)
        case name.hasSuffix("error"):
            dialogue.add(.error, "error")
            dialogue.fail(XMLTag(content, at: element.end)?.name, content)
        case name.isSame("r"), name.isSame("a"):
            // Stream management asks how much was received (XEP-0198).
            dialogue.add(.heartbeat, name.isSame("r") ? "r" : "a")
            if name.isSame("r") { dialogue.ask(Space.stanza, key: name) } else { _ = dialogue.answer(Space.stanza, key: Self.request.span) }
        case name.isSame("enable"), name.isSame("enabled"), name.isSame("resume"), name.isSame("resumed"), name.isSame("failed"):
            dialogue.add(.setup, "stream management")
            dialogue.word(name)
        default: return false
        }
        return true
    }

    private static let request = Array("r".utf8)
}

extension Dialogue {
    fileprivate mutating func name(_ range: Range<Int>?, _ content: Span<UInt8>) {
        if let range { name(XMLText(content.extracting(range)).span) }
    }

    fileprivate mutating func id(_ range: Range<Int>?, _ content: Span<UInt8>) {
        if let range { id(XMLText(content.extracting(range)).span) }
    }

    fileprivate mutating func detail(_ range: Range<Int>?, _ content: Span<UInt8>) {
        if let range { detail(XMLText(content.extracting(range)).span) }
    }

    fileprivate mutating func fail(_ range: Range<Int>?, _ content: Span<UInt8>) {
        fail()
        if let range { reason(content.extracting(range)) }
    }
}

extension Span where Element == UInt8 {
    fileprivate func isSame(_ word: StaticString) -> Bool { count == word.utf8CodeUnitCount && matches(word) }
}
