import Bytes
import JSON
import WebSocket

/// Market feeds as Binance has them: `{id, method, params}` and `{id, status, result}`, and streams by name.
struct MarketFeed: Dialect {
    static let name: StaticString = "binance"

    static let isToldByURL = true

    static func recognise(_ handshake: HandshakeFacts) -> Recognition {
        let host = handshake.host.utf8Span.span
        var start = 0
        while let point = host.index(of: UInt8(ascii: "."), from: start) {
            if point - start == 7, host.matches("binance", at: start) { return .likely }
            start = point + 1
        }
        return .none
    }

    static let tellingMembers: [[StaticString]] = [["stream", "data"], ["method", "params", "id"]]

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool {
        guard message.isText else { return false }
        if message.side == .server {
            // A connection that names its streams in the URL needs no request.
            guard let stream = JSONMembers.find("stream", in: content), stream.isText else { return false }
            return content.extracting(stream.range).index(of: UInt8(ascii: "@")) != nil
                && JSONMembers.find("data", in: content)?.kind == .object
        }
        guard let method = JSONMembers.find("method", in: content), JSONMembers.find("id", in: content) != nil else { return false }
        return content.has(method, "SUBSCRIBE") && JSONMembers.find("params", in: content)?.kind == .array
            && JSONMembers.find("jsonrpc", in: content) == nil
    }

    init(_ handshake: HandshakeFacts) {}

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard dialogue.message.isText else { return .foreign }
        var members = JSONMembers(content)
        guard members.isObject else { return dialogue.message.misfit }
        var (id, method, error, stream, event): (JSONValue?, JSONValue?, JSONValue?, JSONValue?, JSONValue?) = (nil, nil, nil, nil, nil)
        var (code, text): (JSONValue?, JSONValue?) = (nil, nil)
        var hasResult = false
        while let name = members.next(content) {
            switch name.range.count {
            case 1: if content.has(name, "e") { event = members.value(content) }
            case 2: if content.has(name, "id") { id = members.value(content) }
            case 3: if content.has(name, "msg") { text = members.value(content) }
            case 4: if content.has(name, "code") { code = members.value(content) }
            case 5: if content.has(name, "error") { error = members.value(content) }
            case 6:
                if content.has(name, "method") { method = members.value(content) }
                if content.has(name, "result") { hasResult = true }
                if content.has(name, "stream") { stream = members.value(content) }
            default: continue
            }
        }
        if let method, method.isText {
            dialogue.add(.request, "request")
            dialogue.name(method, in: content)
            dialogue.id(id, in: content)
            if id != nil { dialogue.ask() }
        } else if let error {
            dialogue.add(.error, "error")
            dialogue.id(id, in: content)
            if id != nil { dialogue.answer() }
            dialogue.fail(JSONMembers.find("code", of: error, in: content), JSONMembers.find("msg", of: error, in: content), in: content)
        } else if hasResult {
            dialogue.add(.response, "result")
            dialogue.id(id, in: content)
            dialogue.answer()
            dialogue.succeed()
        } else if let code, let text, code.kind == .number {
            // Without an `error` around them. To some feeds 0 says that all is well, to Binance that a property is not known.
            let isError = !content.extracting(code.range).matches("0") || id == nil
            dialogue.add(isError ? .error : .response, isError ? "error" : "result")
            dialogue.id(id, in: content)
            if id != nil { dialogue.answer() }
            if isError { dialogue.fail(code, text, in: content) }
        } else if let name = stream ?? event, name.isText {
            dialogue.add(.event, stream == nil ? "event" : "stream")
            dialogue.name(name, in: content)
        } else {
            return dialogue.message.misfit
        }
        return .fits
    }
}
