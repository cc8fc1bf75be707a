import Bytes
import JSON
import WebSocket

/// Jupyter's kernel channels (Jupyter Server, "WebSocket kernel wire protocols"; jupyter-client, "Messaging"): the default protocol, which is
/// JSON, and `v1.kernel.websocket.jupyter.org`, which is a table of offsets and the parts of a message.
struct Jupyter: Dialect {
    static let name: StaticString = "jupyter"

    private static let v1 = "v1.kernel.websocket.jupyter.org"

    static let isToldByURL = true

    static func recognise(_ handshake: HandshakeFacts) -> Recognition {
        if handshake.agreed == v1 { return .certain }
        return handshake.path.hasSuffix("/channels") && handshake.path.utf8.count > 22 && handshake.path.contains("/api/kernels/")
            ? .likely : .none
    }

    static let tellingMembers: [[StaticString]] = [["parent_header", "header", "channel"]]

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool {
        guard message.isText else { return false }
        let text = Parts(json: content)
        return text.isWhole && text.hasChannel && text.header.flatMap { JSONMembers.find("msg_type", of: $0, in: content) } != nil
    }

    private let isV1: Bool

    /// A kernel waits for one input at a time, and a reply need not say to what: jupyter_client leaves its parent header empty.
    private static let input: UInt8 = 1
    private static let inputKey: [UInt8] = []

    init(_ handshake: HandshakeFacts) { isV1 = handshake.agreed == Self.v1 }

    /// The parts of a message: those of JSON where they stand.
    private struct Parts {
        var header: JSONValue?
        var parent: JSONValue?
        var content: JSONValue?
        var channel: JSONValue?
        var isWhole = false
        var hasChannel: Bool { channel?.isText ?? false }

        init(json text: Span<UInt8>) {
            var members = JSONMembers(text)
            while let name = members.next(text) {
                if text.has(name, "header") {
                    header = members.value(text)
                } else if text.has(name, "parent_header") {
                    parent = members.value(text)
                } else if text.has(name, "content") {
                    content = members.value(text)
                } else if text.has(name, "channel") {
                    channel = members.value(text)
                }
            }
            isWhole = members.isWhole
        }

        /// A count of offsets, the offsets, and the parts between them: channel, header, parent, metadata, content, buffers.
        init?(table bytes: Span<UInt8>) {
            guard bytes.count >= 8 else { return nil }
            let count = bytes.uint64LE(at: 0)
            // Channel to content have six borders; buffers have more.
            guard count >= 6, count <= UInt64(bytes.count) / 8 - 1 else { return nil }
            var borders: [Int] = []
            for index in 1...6 {
                let offset = bytes.uint64LE(at: 8 * index)
                guard offset <= UInt64(bytes.count), Int(offset) >= borders.last ?? Int(8 * (count + 1)) else { return nil }
                borders.append(Int(offset))
            }
            channel = JSONValue(kind: .text(hasEscapes: false), range: borders[0]..<borders[1])
            header = JSONValue(kind: .object, range: borders[1]..<borders[2])
            parent = JSONValue(kind: .object, range: borders[2]..<borders[3])
            content = JSONValue(kind: .object, range: borders[4]..<borders[5])
            isWhole = true
        }
    }

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        if dialogue.message.isText { return isV1 ? .foreign : decode(Parts(json: content), content, &dialogue) }
        guard isV1 else { return decode(buffered: content, &dialogue) }
        guard let parts = Parts(table: content) else { return dialogue.message.misfit }
        let fit = decode(parts, content, &dialogue)
        if fit == .fits, let part = parts.content { dialogue.value(json: content.extracting(part.range)) }
        return fit
    }

    /// A message with buffers in the default protocol: a count of parts and their offsets, 32 bits each, then the parts, of which the first is
    /// the message.
    private func decode(buffered content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard content.count >= 8 else { return dialogue.message.misfit }
        let (count, start) = (Int(content.uint32BE(at: 0)), Int(content.uint32BE(at: 4)))
        guard count >= 1, count < content.count / 4, start == 4 * (count + 1), start <= content.count else {
            return dialogue.message.misfit
        }
        let end = count > 1 ? Int(content.uint32BE(at: 8)) : content.count
        guard end >= start, end <= content.count else { return dialogue.message.misfit }
        let text = content.extracting(start..<end)
        let parts = Parts(json: text)
        let fit = decode(parts, text, &dialogue)
        if fit == .fits, let part = parts.content { dialogue.value(json: text.extracting(part.range)) }
        return fit
    }

    private func decode(_ parts: Parts, _ text: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard let header = parts.header, let type = JSONMembers.find("msg_type", of: header, in: text), type.isText else {
            return dialogue.message.misfit
        }
        let word = text.extracting(type.range)
        let own = JSONMembers.find("msg_id", of: header, in: text)
        let parent = parts.parent.flatMap { JSONMembers.find("msg_id", of: $0, in: text) }
        let status = parts.content.flatMap { JSONMembers.find("status", of: $0, in: text) }
        if word.hasSuffix("_request") {
            dialogue.add(.request, "request")
            describe(type, own, parts, text, &dialogue)
            if text.has(type, "input_request") { dialogue.ask(Self.input, key: Self.inputKey.span) } else { dialogue.ask() }
        } else if word.hasSuffix("_reply") {
            let isError = status.map { text.has($0, "error") } ?? false
            dialogue.add(isError ? .error : .response, "reply")
            describe(type, parent, parts, text, &dialogue)
            if text.has(type, "input_reply") { dialogue.answer(Self.input, key: Self.inputKey.span) } else { dialogue.answer() }
            let content = parts.content
            if isError {
                dialogue.fail(
                    content.flatMap { JSONMembers.find("ename", of: $0, in: text) },
                    content.flatMap { JSONMembers.find("evalue", of: $0, in: text) }, in: text)
            } else if status != nil {
                dialogue.succeed()
            }
        } else {
            // What a kernel publishes belongs to the request that it works on, and is not its answer. It may come after the reply.
            dialogue.add(parent == nil ? .event : .stream, "publication")
            describe(type, parent, parts, text, &dialogue)
            if parent == nil || !dialogue.follow() { dialogue.change { $0.role = .event } }
        }
        return .fits
    }

    /// The type of the message is chosen by whoever extends a kernel.
    private func describe(
        _ type: JSONValue, _ id: JSONValue?, _ parts: Parts, _ text: Span<UInt8>, _ dialogue: inout Dialogue
    ) {
        dialogue.word(type, in: text)
        dialogue.detail(parts.channel, in: text)
        dialogue.id(id, in: text)
    }
}
