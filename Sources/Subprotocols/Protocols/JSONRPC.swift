import Bytes
import JSON
import WebSocket

/// JSON-RPC 2.0 (jsonrpc.org/specification), as language servers and Ethereum nodes speak it; either side may call the other.
struct JSONRPC: Dialect {
    static let name: StaticString = "json-rpc"

    static func recognise(_ handshake: HandshakeFacts) -> Recognition {
        handshake.agreed == "jsonrpc" || handshake.agreed == "json-rpc" || handshake.agreed == "jsonrpc-2.0" ? .likely : .none
    }

    static let tellingMembers: [StaticString] = ["jsonrpc"]

    static let openings: Openings = [.object, .array]

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool {
        // Some send it in binary messages.
        guard message.isText || Self.beginsLikeJSON(content) else { return false }
        var elements = JSONElements(content)
        let start = elements.isArray ? elements.next(content)?.range.lowerBound : 0
        guard let start else { return false }
        var call = Call(content, at: start)
        call.readRest(content)
        return call.isVersioned && call.isWhole && (call.method?.isText ?? (call.id != nil && (call.hasResult || call.error != nil)))
    }

    init(_ handshake: HandshakeFacts) {}

    /// The members of a call or an answer.
    private struct Call {
        private var members: JSONMembers
        var isVersioned = false
        var id: JSONValue?
        var method: JSONValue?
        var error: JSONValue?
        var hasResult = false
        var isWhole: Bool { members.isWhole }

        /// Reads until it is clear what it is.
        @inline(__always)
        init(_ content: Span<UInt8>, at start: Int) {
            if let rest = JSONMembers(content, at: start, past: #"{"jsonrpc":"2.0""#) {
                members = rest
                isVersioned = true
                if takeMost(content) { return }
            } else {
                members = JSONMembers(content, at: start)
            }
            read(content, isBrief: true)
        }

        /// Takes the members that most messages have next, in the order in which most have them; true if they say what it is.
        @inline(__always)
        private mutating func takeMost(_ content: Span<UInt8>) -> Bool {
            if members.take(#","id":"#, content) { id = members.value(content) }
            if members.take(#","method":"#, content) {
                method = members.value(content)
                return id != nil && method != nil
            }
            hasResult = members.take(#","result":"#, content)
            return hasResult && id != nil
        }

        mutating func readRest(_ content: Span<UInt8>) { read(content, isBrief: false) }

        @inline(__always)
        private mutating func read(_ content: Span<UInt8>, isBrief: Bool) {
            while let name = members.next(content) {
                switch name.range.count {
                case 2: if content.has(name, "id") { id = members.value(content) }
                case 5: if content.has(name, "error") { error = members.value(content) }
                case 6:
                    if content.has(name, "method") {
                        method = members.value(content)
                    } else if content.has(name, "result") {
                        hasResult = true
                        if isBrief, id != nil, isVersioned { return }
                    }
                case 7: if content.has(name, "jsonrpc"), let value = members.value(content) { isVersioned = content.has(value, "2.0") }
                default: continue
                }
                if isBrief, isVersioned, id != nil, method != nil { return }
            }
        }
    }

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard dialogue.message.isText || Self.beginsLikeJSON(content) else { return .foreign }
        guard !content.isEmpty else { return dialogue.message.misfit }
        if content[0] == UInt8(ascii: "{") { return decode(content, at: 0, &dialogue) }
        var elements = JSONElements(content)
        guard elements.isArray else { return decode(content, at: 0, &dialogue) }
        var count = 0
        while let element = elements.next(content) {
            guard decode(content, at: element.range.lowerBound, &dialogue) == .fits else { return .foreign }
            count += 1
        }
        return count > 0 && elements.isWhole ? .fits : dialogue.message.isWhole ? .foreign : .unknown
    }

    private func decode(_ content: Span<UInt8>, at start: Int, _ dialogue: inout Dialogue) -> Fit {
        let call = Call(content, at: start)
        guard call.isVersioned else { return dialogue.message.isWhole ? .foreign : .unknown }
        if let method = call.method {
            guard method.isText else { return .foreign }
            if let id = call.id, id.kind != .null {
                dialogue.add(.request, "request")
                dialogue.name(method, in: content)
                dialogue.id(id, in: content)
                dialogue.ask(Self.space(id))
            } else {
                notify(method, content, at: start, &dialogue)
            }
            return .fits
        }
        if let error = call.error, error.kind != .null {
            dialogue.add(.error, "error")
            answer(call, content, &dialogue)
            var parts = JSONMembers(content, at: error.range.lowerBound)
            var code: JSONValue?
            var text: JSONValue?
            while let name = parts.next(content) {
                if content.has(name, "code") { code = parts.value(content) }
                if content.has(name, "message") { text = parts.value(content) }
            }
            dialogue.fail(code, text, in: content)
            return .fits
        }
        guard call.hasResult, call.id != nil else { return dialogue.message.isWhole ? .foreign : .unknown }
        dialogue.add(.response, "response")
        answer(call, content, &dialogue)
        dialogue.succeed()
        return .fits
    }

    private func answer(_ call: Call, _ content: Span<UInt8>, _ dialogue: inout Dialogue) {
        dialogue.id(call.id, in: content)
        if let id = call.id { dialogue.answer(Self.space(id)) }
    }

    /// A notification; of Ethereum's, `params.subscription` says which subscription it belongs to.
    private func notify(_ method: JSONValue, _ content: Span<UInt8>, at start: Int, _ dialogue: inout Dialogue) {
        dialogue.add(.event, "notification")
        dialogue.name(method, in: content)
        guard content.extracting(method.range).hasSuffix("subscription") else { return }
        var members = JSONMembers(content, at: start)
        while let name = members.next(content) {
            guard content.has(name, "params") else { continue }
            guard let params = members.value(content) else { return }
            var inner = JSONMembers(content, at: params.range.lowerBound)
            while let name = inner.next(content) {
                if content.has(name, "subscription") { return dialogue.detail(inner.value(content), in: content) }
            }
            return
        }
    }

    private static func beginsLikeJSON(_ content: Span<UInt8>) -> Bool {
        !content.isEmpty && (content[0] == UInt8(ascii: "{") || content[0] == UInt8(ascii: "["))
    }

    /// Texts and numbers are different ids: "1" does not answer 1.
    private static func space(_ id: JSONValue) -> UInt8 { id.isText ? 1 : 0 }
}

extension Span where Element == UInt8 {
    func hasSuffix(_ word: StaticString) -> Bool { matches(word, at: count - word.utf8CodeUnitCount) }
}
