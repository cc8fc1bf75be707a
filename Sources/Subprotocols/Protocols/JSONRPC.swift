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
        let call = Call(content, at: start, isBrief: false)
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
        /// Where the value of `params` begins.
        var params: Int?
        var isWhole: Bool { members.isWhole }

        /// - Parameter isBrief: it is read until it is clear what it is.
        init(_ content: Span<UInt8>, at start: Int, isBrief: Bool) {
            members = JSONMembers(content, at: start)
            read(content, isBrief: isBrief)
        }

        /// Of a versioned call of which some members have been read, in brief.
        init(_ content: Span<UInt8>, rest: JSONMembers, id: JSONValue?, method: JSONValue?) {
            members = rest
            isVersioned = true
            self.id = id
            self.method = method
            read(content, isBrief: true)
        }

        mutating func read(_ content: Span<UInt8>, isBrief: Bool) {
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
                    } else if params == nil, content.has(name, "params") {
                        params = members.valueStart
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
        return content[0] == UInt8(ascii: "{") ? decode(content, at: 0, &dialogue) : decodeAll(content, &dialogue)
    }

    /// Decodes a batch, or what has blanks before it.
    @inline(never)
    private func decodeAll(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        var elements = JSONElements(content)
        guard elements.isArray else { return decode(content, at: 0, &dialogue) }
        var count = 0
        while let element = elements.next(content) {
            guard decode(content, at: element.range.lowerBound, &dialogue) == .fits else { return .foreign }
            count += 1
        }
        return count > 0 && elements.isWhole ? .fits : dialogue.message.isWhole ? .foreign : .unknown
    }

    @inline(__always)
    private func decode(_ content: Span<UInt8>, at start: Int, _ dialogue: inout Dialogue) -> Fit {
        if let members = JSONMembers(content, at: start, past: #"{"jsonrpc":"2.0""#) {
            return decode(usual: members, isSpaced: false, at: start, content, &dialogue)
        }
        return decodeSpaced(content, at: start, &dialogue)
    }

    @inline(never)
    private func decodeSpaced(_ content: Span<UInt8>, at start: Int, _ dialogue: inout Dialogue) -> Fit {
        guard let members = JSONMembers(content, at: start, past: #"{"jsonrpc": "2.0""#) else {
            return decode(anyAt: start, content, &dialogue)
        }
        return decode(usual: members, isSpaced: true, at: start, content, &dialogue)
    }

    /// Decodes a call that begins with its version, and of which the members follow that most have next, as most write them.
    /// - Parameter isSpaced: with blanks after commas and colons.
    @inline(__always)
    private func decode(
        usual rest: JSONMembers, isSpaced: Bool, at start: Int, _ content: Span<UInt8>, _ dialogue: inout Dialogue
    ) -> Fit {
        var members = rest
        var id: JSONValue?
        if isSpaced ? members.take(#", "id":"#, content) : members.take(#","id":"#, content) {
            id = members.shortValue(content)
            if id == nil { return decode(anyAt: start, content, &dialogue) }
        }
        if isSpaced ? members.take(#", "method":"#, content) : members.take(#","method":"#, content) {
            guard let method = members.shortValue(content), method.isText else { return decode(anyAt: start, content, &dialogue) }
            guard let id else { return decode(members, nil, method, content, &dialogue) }
            request(method, id, content, &dialogue)
            return .fits
        }
        guard let id, isSpaced ? members.take(#", "result":"#, content) : members.take(#","result":"#, content) else {
            return decode(members, id, nil, content, &dialogue)
        }
        succeed(id, content, &dialogue)
        return .fits
    }

    @inline(never)
    private func decode(anyAt start: Int, _ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        decode(Call(content, at: start, isBrief: true), content, &dialogue)
    }

    @inline(never)
    private func decode(
        _ rest: JSONMembers, _ id: JSONValue?, _ method: JSONValue?, _ content: Span<UInt8>, _ dialogue: inout Dialogue
    ) -> Fit {
        decode(Call(content, rest: rest, id: id, method: method), content, &dialogue)
    }

    private func decode(_ call: Call, _ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard call.isVersioned else { return dialogue.message.isWhole ? .foreign : .unknown }
        if let method = call.method {
            guard method.isText else { return .foreign }
            if let id = call.id, id.kind != .null {
                request(method, id, content, &dialogue)
            } else {
                notify(method, call, content, &dialogue)
            }
            return .fits
        }
        if let error = call.error, error.kind != .null {
            fail(error, call.id, content, &dialogue)
            return .fits
        }
        guard call.hasResult, let id = call.id else { return dialogue.message.isWhole ? .foreign : .unknown }
        succeed(id, content, &dialogue)
        return .fits
    }

    @inline(__always)
    private func request(_ method: JSONValue, _ id: JSONValue, _ content: Span<UInt8>, _ dialogue: inout Dialogue) {
        dialogue.add(.request, "request")
        dialogue.name(method, in: content)
        dialogue.id(id, in: content)
        dialogue.ask(Self.space(id))
    }

    @inline(__always)
    private func succeed(_ id: JSONValue, _ content: Span<UInt8>, _ dialogue: inout Dialogue) {
        dialogue.add(.response, "response")
        answer(id, content, &dialogue)
        dialogue.succeed()
    }

    private func fail(_ error: JSONValue, _ id: JSONValue?, _ content: Span<UInt8>, _ dialogue: inout Dialogue) {
        dialogue.add(.error, "error")
        if let id { answer(id, content, &dialogue) }
        var parts = JSONMembers(content, at: error.range.lowerBound)
        var code: JSONValue?
        var text: JSONValue?
        while let name = parts.next(content) {
            if content.has(name, "code") { code = parts.value(content) }
            if content.has(name, "message") { text = parts.value(content) }
        }
        dialogue.fail(code, text, in: content)
    }

    @inline(__always)
    private func answer(_ id: JSONValue, _ content: Span<UInt8>, _ dialogue: inout Dialogue) {
        dialogue.id(id, in: content)
        dialogue.answer(Self.space(id))
    }

    /// A notification; of Ethereum's, `params.subscription` says which subscription it belongs to.
    private func notify(_ method: JSONValue, _ call: Call, _ content: Span<UInt8>, _ dialogue: inout Dialogue) {
        dialogue.add(.event, "notification")
        dialogue.name(method, in: content)
        guard content.extracting(method.range).hasSuffix("subscription") else { return }
        var call = call
        if call.params == nil { call.read(content, isBrief: false) }
        guard let params = call.params else { return }
        // Where the message is cut, it may be within them.
        guard call.isWhole || JSONMembers.hasValue(content, at: params) else { return }
        var inner = JSONMembers(content, at: params)
        while let name = inner.next(content) {
            if content.has(name, "subscription") { return dialogue.detail(inner.value(content), in: content) }
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
