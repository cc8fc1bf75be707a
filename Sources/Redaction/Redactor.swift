import Bytes
import Inspection
import Rules
import WebSocket

/// Stands before a report and lets it see no secrets: heads, payloads and findings come to it with markers in their place.
///
/// What cannot be searched with certainty is removed whole: what is compressed on the wire, binary, incomplete, or a part of a message.
/// A whole message is searched inflated and joined, when its last frame comes.
public struct Redactor<Downstream: EventSink & ~Copyable>: EventSink, ~Copyable {
    public var downstream: Downstream
    public private(set) var removed = Removed()
    private let names: SecretNames
    /// What is known of each open connection.
    private var open: [UInt64: Concealed] = [:]
    private var payloadRoom = ByteBuffer()
    private var contentRoom = ByteBuffer()

    public init(_ downstream: consuming Downstream, names: SecretNames) {
        self.downstream = downstream
        self.names = names
    }

    // MARK: Events

    public mutating func opened(_ connection: Connection) {
        let concealed = Concealed(connection, names, &removed)
        open[connection.number] = concealed
        downstream.opened(concealed.connection)
    }

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        let concealed = concealed(connection)
        var shownFrame = frame
        var shownMessage = message
        var payloadRoom = ByteBuffer()
        var contentRoom = ByteBuffer()
        swap(&payloadRoom, &self.payloadRoom)
        swap(&contentRoom, &self.contentRoom)
        payloadRoom.removeAll()
        contentRoom.removeAll()
        if frame.header.opcode.isControl {
            shownFrame.isRedacted = concealed.conceal(control: frame, payload, to: &payloadRoom, &removed)
            contentRoom.append(contentsOf: payloadRoom)
            shownMessage?.isRedacted = shownFrame.isRedacted
        } else {
            if let message {
                let isWhole = message.isComplete && message.isValidText && UInt64(content.count) == message.length
                let isRedacted = concealed.conceal(isWhole, content, message.isCompressed, to: &contentRoom, &removed)
                shownMessage?.isRedacted = isRedacted
                if isRedacted { shownMessage?.isValidText = message.opcode == .text }
            }
            if let message, !message.isCompressed, message.frameCount == 1 {
                payloadRoom.append(contentsOf: contentRoom)
                shownFrame.isRedacted = shownMessage?.isRedacted ?? false
            } else if !payload.isEmpty {
                // A part of a message, or bytes that only a decompressor can read.
                payloadRoom.append(Marker.text)
                shownFrame.isRedacted = true
            }
        }
        shownFrame.findings = frame.findings.map { concealed.conceal($0, &removed) }
        downstream.frame(
            shownFrame, payload: payloadRoom.span, ending: shownMessage, content: contentRoom.span, of: concealed.connection)
        swap(&payloadRoom, &self.payloadRoom)
        swap(&contentRoom, &self.contentRoom)
    }

    public mutating func abandoned(_ message: Message, content: Span<UInt8>, of connection: Connection) {
        let concealed = concealed(connection)
        var shown = message
        var room = ByteBuffer()
        shown.isRedacted = concealed.conceal(false, content, message.isCompressed, to: &room, &removed)
        downstream.abandoned(shown, content: room.span, of: concealed.connection)
    }

    public mutating func found(_ finding: Finding, from side: Side?, in connection: Connection?, at time: Timestamp) {
        guard let connection else { return downstream.found(finding, from: side, in: nil, at: time) }
        let concealed = concealed(connection)
        downstream.found(concealed.conceal(finding, &removed), from: side, in: concealed.connection, at: time)
    }

    public mutating func exchanged(_ exchange: Exchange) {
        var finder = SecretFinder(names)
        var shown = exchange
        shown.target = Concealed.mark(exchange.target, &removed) { finder.find(inTarget: $0) }
        shown.requestBody.forgetContent()
        shown.responseBody.forgetContent()
        downstream.exchanged(shown)
    }

    public mutating func ended(_ connection: Connection) {
        let concealed = concealed(connection)
        concealed.end(connection, &removed)
        downstream.ended(concealed.connection)
        open[connection.number] = nil
    }

    /// What is known of a connection; made anew of one that is over.
    private mutating func concealed(_ connection: Connection) -> Concealed {
        if let known = open[connection.number] { return known }
        var uncounted = Removed()
        return Concealed(connection, names, &uncounted)
    }
}
