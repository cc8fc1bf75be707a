import BinaryValues
import Bytes
import WebSocket

/// Yjs over WebSocket (y-protocols, `PROTOCOL.md`; y-websocket): messages of a type and what it says, counted with varints.
struct Yjs: Dialect {
    static let name: StaticString = "yjs"

    static func recognise(_ handshake: HandshakeFacts) -> Recognition { .none }

    static let openings = Openings.binary

    /// Both sides begin with what they have: sync step 1, whose state vector fills the message.
    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool {
        guard !message.isText, message.number <= 2, content.count >= 4, content[0] == 0, content[1] == 0 else { return false }
        var reader = ByteCursor(position: 2)
        guard let vector = reader.counted(content), reader.isAtEnd(content) else { return false }
        return isStateVector(content.extracting(vector))
    }

    /// A count, then a client and its clock for each.
    private static func isStateVector(_ vector: Span<UInt8>) -> Bool {
        var reader = ByteCursor()
        guard let count = reader.varint(vector), count <= UInt64(vector.count) else { return false }
        for _ in 0..<count { guard reader.varint(vector) != nil, reader.varint(vector) != nil else { return false } }
        return reader.isAtEnd(vector)
    }

    init(_ handshake: HandshakeFacts) {}

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard !dialogue.message.isText else { return .foreign }
        var reader = ByteCursor()
        guard let type = reader.varint(content), YjsMessage.decode(type, &reader, content, &dialogue), reader.isAtEnd(content) else {
            return dialogue.message.misfit
        }
        return .fits
    }
}

/// What Yjs and Hocuspocus say alike.
enum YjsMessage {
    static let sync: UInt8 = 1

    /// False where it is none.
    static func decode(_ type: UInt64, _ reader: inout ByteCursor, _ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Bool {
        switch type {
        case 0: return decodeSync(&reader, content, &dialogue)
        case 1:
            dialogue.add(.event, "awareness")
            return reader.counted(content) != nil
        case 2:
            // The only thing that the protocol has to say of it.
            guard reader.varint(content) == 0, let reason = reader.counted(content) else { return false }
            dialogue.add(.error, "permission denied")
            dialogue.fail(content.extracting(reason))
            return true
        case 3:
            dialogue.add(.event, "query awareness")
            return true
        default: return false
        }
    }

    /// Step 1 asks for what the other side has, and step 2 answers it.
    static func decodeSync(
        _ reader: inout ByteCursor, _ content: Span<UInt8>, _ dialogue: inout Dialogue, name: Span<UInt8> = Span()
    ) -> Bool {
        guard let step = reader.varint(content), reader.counted(content) != nil else { return false }
        switch step {
        case 0: dialogue.add(.request, "sync step 1")
        case 1: dialogue.add(.response, "sync step 2")
        case 2: dialogue.add(.event, "update")
        default: return false
        }
        if !name.isEmpty { dialogue.name(name) }
        if step == 0 { dialogue.ask(sync, key: name) }
        if step == 1, dialogue.answer(sync, key: name) { dialogue.succeed() }
        return true
    }
}
