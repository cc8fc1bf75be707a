import Bytes
import JSON
import WebSocket

/// JSON-RPC 2.0 (jsonrpc.org/specification), as language servers and Ethereum nodes speak it; either side may call the other.
struct JSONRPC: Dialect {
    static let name: StaticString = "json-rpc"

    static func recognise(_ handshake: HandshakeFacts) -> Recognition {
        handshake.agreed == "jsonrpc" || handshake.agreed == "json-rpc" || handshake.agreed == "jsonrpc-2.0" ? .likely : .none
    }

    static let tellingMembers: [[StaticString]] = [["jsonrpc"]]

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

    /// Hashes of method and side of the last notifications that were looked at whole, and have `params` last.
    // Three words, as many as fit where a dialect of any type is kept without a box.
    private var known: (UInt64, UInt64, UInt64) = (0, 0, 0)

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
        /// Nothing stands after that value.
        var endsWithParams = false
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
                endsWithParams = false
                switch name.range.count {
                case 2: if content.has(name, "id") { id = members.value(content) }
                case 5: if content.has(name, "error") { error = members.value(content) }
                case 6:
                    if content.has(name, "method") {
                        method = members.value(content)
                    } else if content.has(name, "result") {
                        hasResult = true
                        // An error may stand behind a result that is null.
                        if isBrief, id != nil, isVersioned, !members.beginsNull(content) { return }
                    } else if params == nil, content.has(name, "params") {
                        params = members.valueStart
                        endsWithParams = true
                    }
                case 7: if content.has(name, "jsonrpc"), let value = members.value(content) { isVersioned = content.has(value, "2.0") }
                default: continue
                }
                if isBrief, isVersioned, id != nil, method != nil { return }
            }
        }
    }

    mutating func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard dialogue.message.isText || Self.beginsLikeJSON(content) else { return .foreign }
        guard !content.isEmpty else { return dialogue.message.misfit }
        return content[0] == UInt8(ascii: "{") ? decode(content, at: 0, &dialogue) : decodeAll(content, &dialogue)
    }

    /// Decodes a batch, or what has blanks before it.
    @inline(never)
    private mutating func decodeAll(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
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
    private mutating func decode(_ content: Span<UInt8>, at start: Int, _ dialogue: inout Dialogue) -> Fit {
        if let members = JSONMembers(content, at: start, past: #"{"jsonrpc":"2.0""#) {
            return decode(usual: members, nil, isSpaced: false, at: start, content, &dialogue)
        }
        return decodeOther(content, at: start, &dialogue)
    }

    /// Decodes a call that does not begin with the version, or has blanks after its colons.
    // Three beginnings are those of widespread libraries; any other is read as well, at almost twice the cost.
    @inline(never)
    private mutating func decodeOther(_ content: Span<UInt8>, at start: Int, _ dialogue: inout Dialogue) -> Fit {
        if let members = JSONMembers(content, at: start, past: #"{"jsonrpc": "2.0""#) {
            return decode(usual: members, nil, isSpaced: true, at: start, content, &dialogue)
        }
        var members = JSONMembers(content, at: start)
        if members.take(#""id":"#, content) {
            guard let id = members.shortValue(content) else { return decode(anyAt: start, content, &dialogue) }
            let isSpaced = members.take(whole: #", "jsonrpc": "2.0""#, content)
            guard isSpaced || members.take(whole: #","jsonrpc":"2.0""#, content) else { return decode(anyAt: start, content, &dialogue) }
            return decode(usual: members, id, isSpaced: isSpaced, at: start, content, &dialogue)
        }
        if members.take(#""method":"#, content), let method = members.shortValue(content), method.isText {
            if members.take(#","params":"#, content) { members.skipValue(content) }
            if members.take(#","id":"#, content), let id = members.shortValue(content), members.take(whole: #","jsonrpc":"2.0""#, content) {
                request(method, id, content, &dialogue)
                return .fits
            }
        }
        return decode(anyAt: start, content, &dialogue)
    }

    /// Decodes a call that begins with its version, and of which the members follow that most have next, as most write them.
    /// - Parameters:
    ///   - rest: after the version.
    ///   - first: the id, where it stands before the version.
    ///   - isSpaced: with blanks after commas and colons.
    @inline(__always)
    private mutating func decode(
        usual rest: JSONMembers, _ first: JSONValue?, isSpaced: Bool, at start: Int, _ content: Span<UInt8>, _ dialogue: inout Dialogue
    ) -> Fit {
        var members = rest
        var id = first
        if id == nil, isSpaced ? members.take(#", "id":"#, content) : members.take(#","id":"#, content) {
            id = members.shortValue(content)
            if id == nil { return decode(anyAt: start, content, &dialogue) }
        }
        if isSpaced ? members.take(#", "method":"#, content) : members.take(#","method":"#, content) {
            guard let method = members.shortValue(content), method.isText else { return decode(anyAt: start, content, &dialogue) }
            guard let id = id ?? Self.lastID(content, dialogue) else {
                var next = members
                let hasParams = isSpaced ? next.take(#", "params":"#, content) : next.take(#","params":"#, content)
                if hasParams, isKnown(method, content, dialogue) {
                    notify(method, next.valueStart, isWhole: true, areLast: true, content, &dialogue)
                    return .fits
                }
                return decode(members, nil, method, content, &dialogue)
            }
            request(method, id, content, &dialogue)
            return .fits
        }
        var next = members
        if isSpaced ? next.take(#", "result":"#, content) : next.take(#","result":"#, content) {
            // An error may stand behind another result than one of these, and behind one that is null, as some servers write it.
            if next.beginsNull(content), !content.matches("null}", at: next.valueStart) {
                return decode(members, id, nil, content, &dialogue)
            }
            let isNested = next.beginsNested(content)
            if let id = id ?? (isNested ? Self.lastID(content, dialogue) : nil) {
                succeed(id, content, &dialogue)
                return .fits
            }
        }
        return decode(members, id, nil, content, &dialogue)
    }

    // MARK: From the end

    // What is long is not looked at where both ends of a message say what it is.

    /// The id of a whole message, where that is its last member.
    private static func lastID(_ content: Span<UInt8>, _ dialogue: borrowing Dialogue) -> JSONValue? {
        guard dialogue.message.isWhole, let last = JSONEnding(content), content.has(last.name, "id") else { return nil }
        return last.value
    }

    /// Whether a whole message with `params`, of which nothing was seen after them when they came with this method before, is built alike.
    private func isKnown(_ method: JSONValue, _ content: Span<UInt8>, _ dialogue: borrowing Dialogue) -> Bool {
        guard dialogue.message.isWhole, Self.endsNested(content) else { return false }
        let hash = Self.hash(method, content, dialogue.message.side)
        return hash == known.0 || hash == known.1 || hash == known.2
    }

    /// Notes that a notification was looked at whole, and ends with `params`.
    private mutating func know(_ method: JSONValue, _ content: Span<UInt8>, _ dialogue: borrowing Dialogue) {
        guard Self.endsNested(content) else { return }
        let hash = Self.hash(method, content, dialogue.message.side)
        if hash != known.0 { known = (hash, known.0, known.1) }
    }

    private static func hash(_ method: JSONValue, _ content: Span<UInt8>, _ side: Side) -> UInt64 {
        RequestKey(content.extracting(method.range), 0, seed: RequestKey.seed).word ^ (side == .client ? 0 : 1 << 63)
    }

    /// The last member of an object is an object or an array.
    private static func endsNested(_ content: Span<UInt8>) -> Bool {
        let count = content.count
        return count > 2 && content[count &- 1] == UInt8(ascii: "}") && content[count &- 2] | 0x20 == UInt8(ascii: "}")
    }

    @inline(never)
    private mutating func decode(anyAt start: Int, _ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        decode(Call(content, at: start, isBrief: true), content, &dialogue)
    }

    @inline(never)
    private mutating func decode(
        _ rest: JSONMembers, _ id: JSONValue?, _ method: JSONValue?, _ content: Span<UInt8>, _ dialogue: inout Dialogue
    ) -> Fit {
        decode(Call(content, rest: rest, id: id, method: method), content, &dialogue)
    }

    private mutating func decode(_ call: Call, _ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard call.isVersioned else { return dialogue.message.isWhole ? .foreign : .unknown }
        if let method = call.method {
            guard method.isText else { return .foreign }
            if let id = call.id, id.kind != .null {
                request(method, id, content, &dialogue)
            } else {
                if call.isWhole, call.endsWithParams { know(method, content, dialogue) }
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

    private func notify(_ method: JSONValue, _ call: Call, _ content: Span<UInt8>, _ dialogue: inout Dialogue) {
        var call = call
        if call.params == nil, Self.isSubscription(method, content) { call.read(content, isBrief: false) }
        notify(method, call.params, isWhole: call.isWhole, areLast: call.endsWithParams, content, &dialogue)
    }

    /// A notification; of Ethereum's, `params.subscription` says which subscription it belongs to.
    /// - Parameters:
    ///   - params: where they begin.
    ///   - isWhole: there is all of the call.
    ///   - areLast: nothing stands after them.
    private func notify(
        _ method: JSONValue, _ params: Int?, isWhole: Bool, areLast: Bool, _ content: Span<UInt8>, _ dialogue: inout Dialogue
    ) {
        dialogue.add(.event, "notification")
        dialogue.name(method, in: content)
        guard Self.isSubscription(method, content), let params else { return }
        // Where the message is cut, it may be within them.
        guard isWhole || JSONMembers.hasValue(content, at: params) else { return }
        if let value = Self.subscription(content, at: params, areLast: isWhole && areLast) { dialogue.detail(value, in: content) }
    }

    private static func isSubscription(_ method: JSONValue, _ content: Span<UInt8>) -> Bool {
        content.extracting(method.range).hasSuffix("subscription")
    }

    private static func subscription(_ content: Span<UInt8>, at params: Int, areLast: Bool) -> JSONValue? {
        var inner = JSONMembers(content, at: params)
        guard let first = inner.next(content) else { return nil }
        if content.has(first, "subscription") { return inner.value(content) }
        if areLast, endsNested(content), let last = JSONEnding(content.extracting(0..<content.count - 1)),
            content.has(last.name, "subscription")
        {
            return last.value
        }
        while let name = inner.next(content) {
            if content.has(name, "subscription") { return inner.value(content) }
        }
        return nil
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
