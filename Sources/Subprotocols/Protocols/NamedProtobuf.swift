import BinaryValues
import Bytes
import WebSocket

/// Messages of protobuf with a schema of the user's, where the handshake says that they are some, or names no protocol that is known.
struct NamedProtobuf: Dialect {
    static let name = ProtobufShape.name

    static func recognise(_ handshake: HandshakeFacts) -> Recognition { .none }

    static let openings: Openings = []

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool { false }

    private let schema: MessageSchema?

    init(_ handshake: HandshakeFacts) { schema = nil }
    init(_ schema: MessageSchema) { self.schema = schema }

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard let schema, !dialogue.message.isText, dialogue.message.isWhole else { return .unknown }
        var json = ByteBuffer()
        let place = dialogue.message.side == .client ? schema.client : schema.server
        // What does not fit is shown as any other protobuf.
        let value =
            schema.schema.append(content, as: place, to: &json, limit: Meaning.valueLimit) ?? ProtobufShape.append(content, to: &json)
        guard let value else { return .unknown }
        dialogue.add(.event, "message")
        dialogue.value(json.span, value)
        return .fits
    }
}
