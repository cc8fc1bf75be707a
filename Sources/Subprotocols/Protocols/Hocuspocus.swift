import BinaryValues
import Bytes
import WebSocket

/// Hocuspocus (tiptap.dev): the messages of Yjs, each with the name of its document before it, and some of its own.
struct Hocuspocus: Dialect {
    static let name: StaticString = "hocuspocus"

    static func recognise(_ handshake: HandshakeFacts) -> Recognition { .none }

    static let openings = Openings.binary

    /// A provider sends a token first, be it an empty one.
    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool {
        guard !message.isText, message.side == .client else { return false }
        var reader = ByteCursor()
        guard let document = reader.counted(content), !document.isEmpty, isName(content.extracting(document)),
            reader.varint(content) == Kind.auth, reader.varint(content) == 0, reader.counted(content) != nil
        else { return false }
        // Later versions add that of the provider.
        return reader.isAtEnd(content) || (reader.counted(content) != nil && reader.isAtEnd(content))
    }

    private static func isName(_ name: Span<UInt8>) -> Bool {
        for index in 0..<name.count where name[index] < 0x20 || name[index] == 0x7F { return false }
        return UTF8Validator.isValid(name)
    }

    private enum Kind {
        static let sync: UInt64 = 0
        static let auth: UInt64 = 2
        static let syncReply: UInt64 = 4
    }

    private static let authentication: UInt8 = 2
    private static let ping: UInt8 = 3

    init(_ handshake: HandshakeFacts) {}

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard !dialogue.message.isText else { return .foreign }
        var reader = ByteCursor()
        guard let document = reader.counted(content), Self.isName(content.extracting(document)), let kind = reader.varint(content) else {
            return dialogue.message.misfit
        }
        let name = content.extracting(document)
        guard decode(kind, name, &reader, content, &dialogue) else { return dialogue.message.misfit }
        if kind != Kind.sync, kind != Kind.syncReply, !dialogue.meaning.isEmpty { dialogue.name(name) }
        return .fits
    }

    private func decode(
        _ kind: UInt64, _ name: Span<UInt8>, _ reader: inout ByteCursor, _ content: Span<UInt8>, _ dialogue: inout Dialogue
    ) -> Bool {
        switch kind {
        case Kind.sync, Kind.syncReply: return YjsMessage.decodeSync(&reader, content, &dialogue, name: name)
        case Kind.auth: return decodeAuthentication(name, &reader, content, &dialogue)
        case 1, 3: return YjsMessage.decode(kind, &reader, content, &dialogue)
        case 5, 6:
            dialogue.add(.event, kind == 5 ? "stateless" : "broadcast stateless")
            guard let payload = reader.counted(content) else { return false }
            dialogue.value(json: content.extracting(payload))
        case 7:
            dialogue.add(.setup, "close")
            if let reason = reader.counted(content) { dialogue.reason(content.extracting(reason)) }
        case 8:
            dialogue.add(.event, "sync status")
            guard let isSaved = reader.varint(content) else { return false }
            if isSaved == 1 { dialogue.succeed() } else { dialogue.fail() }
        case 9:
            dialogue.add(.heartbeat, "ping")
            dialogue.ask(Self.ping, key: name)
        case 10:
            dialogue.add(.heartbeat, "pong")
            if dialogue.answer(Self.ping, key: name) { dialogue.succeed() }
        default: return false
        }
        return true
    }

    private func decodeAuthentication(
        _ name: Span<UInt8>, _ reader: inout ByteCursor, _ content: Span<UInt8>, _ dialogue: inout Dialogue
    ) -> Bool {
        guard let step = reader.varint(content), let text = reader.counted(content) else { return false }
        switch step {
        case 0:
            // A server may ask for the token anew.
            dialogue.add(.setup, "token")
            if dialogue.message.side == .client { dialogue.ask(Self.authentication, key: name) }
        case 1:
            dialogue.add(.error, "permission denied")
            dialogue.answer(Self.authentication, key: name)
            dialogue.fail(content.extracting(text))
        case 2:
            dialogue.add(.setup, "authenticated")
            dialogue.answer(Self.authentication, key: name)
            dialogue.detail(content.extracting(text))
            dialogue.succeed()
        default: return false
        }
        return true
    }
}
