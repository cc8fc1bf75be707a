import BinaryValues
import Bytes
import JSON
import WebSocket

/// WAMP 2 (wamp-proto.org) with JSON, MessagePack or CBOR: arrays that begin with the number of the message's type; where it is batched,
/// several in a message.
final class WAMP: Dialect {
    static let name: StaticString = "wamp"

    static func recognise(_ handshake: HandshakeFacts) -> Recognition {
        handshake.agreed == "wamp.2.json" || handshake.agreed == "wamp.2.json.batched" || format(handshake) != nil ? .certain : .none
    }

    /// Nil for JSON.
    private static func format(_ handshake: HandshakeFacts) -> BinaryFormat? {
        switch handshake.agreed {
        case "wamp.2.msgpack", "wamp.2.msgpack.batched": .messagePack
        case "wamp.2.cbor", "wamp.2.cbor.batched": .cbor
        default: nil
        }
    }

    static let openings: Openings = []

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool { false }

    private let format: BinaryFormat?
    private let isBatched: Bool

    init(_ handshake: HandshakeFacts) {
        format = Self.format(handshake)
        isBatched = handshake.agreed.hasSuffix(".batched")
    }

    /// Spaces beside those of requests, which have the number of their type.
    private enum Space {
        static let session: UInt8 = 1
        static let subscription: UInt8 = 2
        static let registration: UInt8 = 3
        static let goodbye: UInt8 = 4
        static let publish: UInt8 = 16
        static let subscribe: UInt8 = 32
        static let unsubscribe: UInt8 = 34
        static let call: UInt8 = 48
        static let register: UInt8 = 64
        static let unregister: UInt8 = 66
        static let invocation: UInt8 = 68
    }

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard dialogue.message.isText == (format == nil) else { return .foreign }
        return isBatched ? decode(batch: content, &dialogue) : decode(part: content, &dialogue)
    }

    /// Texts end with a byte of their own (24), others have their length in four bytes before them.
    private func decode(batch content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        var start = 0
        var fit = Fit.foreign
        while start < content.count {
            let end: Int
            if format == nil {
                end = content.index(of: 0x18, from: start) ?? content.count
            } else {
                guard content.count - start >= 4 else { return dialogue.message.misfit }
                let count = Int(content.uint32BE(at: start))
                start += 4
                guard count <= content.count - start else { return dialogue.message.misfit }
                end = start + count
            }
            fit = decode(part: content.extracting(start..<end), &dialogue)
            guard fit == .fits else { return fit }
            start = format == nil ? end + 1 : end
        }
        return fit
    }

    private func decode(part content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard let format else { return decode(message: content, &dialogue) }
        var json = ByteBuffer()
        guard let value = BinaryValue.append(format, content, to: &json), value.end == content.count else { return dialogue.message.misfit }
        let fit = decode(message: json.span, &dialogue)
        dialogue.value(json.span, value)
        return fit
    }

    /// - Parameter content: JSON.
    private func decode(message content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        var elements = JSONElements(content)
        guard let type = elements.next(content), type.kind == .number, let code = content.extracting(type.range).decimal else {
            return dialogue.message.misfit
        }
        let first = elements.next(content)
        let second = elements.next(content)
        switch code {
        case 1, 2, 3, 4, 5, 6: return decode(session: code, first, second, content, &dialogue)
        case 8:
            // The type and the id of what failed, details, and what is wrong.
            _ = elements.next(content)
            return fail(first, second, error: elements.next(content), content, &dialogue)
        case 16, 32, 48, 64:
            let name = elements.next(content)
            return ask(code, first, options: second, name, content, &dialogue)
        case 34, 66:
            dialogue.add(.request, code == 34 ? "UNSUBSCRIBE" : "UNREGISTER")
            dialogue.id(first, in: content)
            learned(code == 34 ? Space.subscription : Space.registration, second, content, &dialogue)
            dialogue.ask(code == 34 ? Space.unsubscribe : Space.unregister)
        case 17: answer("PUBLISHED", Space.publish, first, content, &dialogue)
        case 33: answer("SUBSCRIBED", Space.subscribe, first, content, &dialogue, learning: second, Space.subscription)
        case 35: answer("UNSUBSCRIBED", Space.unsubscribe, first, content, &dialogue)
        case 65: answer("REGISTERED", Space.register, first, content, &dialogue, learning: second, Space.registration)
        case 67: answer("UNREGISTERED", Space.unregister, first, content, &dialogue)
        case 36:
            dialogue.add(.event, "EVENT")
            learned(Space.subscription, first, content, &dialogue)
            dialogue.change { $0.id = Operation.Text() }
        case 49, 69:
            dialogue.add(.event, code == 49 ? "CANCEL" : "INTERRUPT")
            dialogue.id(first, in: content)
            // What it ends is answered all the same, with an error.
            dialogue.refer(code == 49 ? Space.call : Space.invocation)
        case 50:
            let isProgress = second.flatMap { JSONMembers.find("progress", of: $0, in: content) }?.kind == .yes
            dialogue.add(isProgress ? .stream : .response, "RESULT")
            dialogue.id(first, in: content)
            dialogue.answer(Space.call, isLast: !isProgress)
            dialogue.succeed()
        case 68:
            dialogue.add(.request, "INVOCATION")
            learned(Space.registration, second, content, &dialogue)
            dialogue.id(first, in: content)
            dialogue.ask(Space.invocation)
        case 70:
            let isProgress = second.flatMap { JSONMembers.find("progress", of: $0, in: content) }?.kind == .yes
            dialogue.add(isProgress ? .stream : .response, "YIELD")
            dialogue.id(first, in: content)
            dialogue.answer(Space.invocation, isLast: !isProgress)
            dialogue.succeed()
        default: return .foreign
        }
        return first == nil ? dialogue.message.misfit : .fits
    }

    private func decode(
        session code: Int, _ first: JSONValue?, _ second: JSONValue?, _ content: Span<UInt8>, _ dialogue: inout Dialogue
    ) -> Fit {
        switch code {
        case 1:
            dialogue.add(.setup, "HELLO")
            dialogue.detail(first, in: content)
            dialogue.ask(Space.session)
        case 2:
            dialogue.add(.setup, "WELCOME")
            dialogue.answer(Space.session)
            dialogue.detail(first, in: content)
            dialogue.succeed()
        case 3:
            dialogue.add(.error, "ABORT")
            dialogue.answer(Space.session)
            dialogue.fail(second, in: content)
        case 4:
            dialogue.add(.setup, "CHALLENGE")
            dialogue.answer(Space.session, isLast: false)
            dialogue.detail(first, in: content)
        case 5: dialogue.add(.setup, "AUTHENTICATE")
        default:
            dialogue.add(.setup, "GOODBYE")
            dialogue.detail(second, in: content)
            if dialogue.answer(Space.goodbye) { dialogue.succeed() } else { dialogue.ask(Space.goodbye, mustBeAnswered: false) }
        }
        return .fits
    }

    private func ask(
        _ code: Int, _ id: JSONValue?, options: JSONValue?, _ name: JSONValue?, _ content: Span<UInt8>, _ dialogue: inout Dialogue
    ) -> Fit {
        guard name?.isText ?? false else { return dialogue.message.misfit }
        // Who publishes is answered only on request.
        let isAcknowledged = code != 16 || options.flatMap { JSONMembers.find("acknowledge", of: $0, in: content) }?.kind == .yes
        dialogue.add(
            isAcknowledged ? .request : .event, code == 16 ? "PUBLISH" : code == 32 ? "SUBSCRIBE" : code == 48 ? "CALL" : "REGISTER")
        dialogue.name(name, in: content)
        dialogue.id(id, in: content)
        if isAcknowledged { dialogue.ask(UInt8(code)) }
        return .fits
    }

    /// - Parameter learning: the id under which the router will speak of it from now on.
    private func answer(
        _ type: StaticString, _ space: UInt8, _ id: JSONValue?, _ content: Span<UInt8>, _ dialogue: inout Dialogue,
        learning: JSONValue? = nil, _ learned: UInt8 = 0
    ) {
        dialogue.add(.response, type)
        dialogue.id(id, in: content)
        dialogue.answer(space)
        dialogue.succeed()
        if let learning { dialogue.ask(learned, key: content.extracting(learning.range), mustBeAnswered: false) }
    }

    /// Gives the operation the name of what the router calls by a number.
    private func learned(_ space: UInt8, _ id: JSONValue?, _ content: Span<UInt8>, _ dialogue: inout Dialogue) {
        guard let id else { return }
        // The router is the server.
        dialogue.answer(space, key: content.extracting(id.range), isLast: false, of: .server)
        dialogue.change {
            $0.request = 0
            $0.latency = nil
        }
    }

    private func fail(
        _ type: JSONValue?, _ id: JSONValue?, error: JSONValue?, _ content: Span<UInt8>, _ dialogue: inout Dialogue
    ) -> Fit {
        guard let type, let code = content.extracting(type.range).decimal, code < 256 else { return dialogue.message.misfit }
        dialogue.add(.error, "ERROR")
        dialogue.id(id, in: content)
        dialogue.answer(UInt8(code))
        dialogue.fail(error, in: content)
        return .fits
    }
}
