import Bytes
import Inspection
import Rules
import Subprotocols
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
    private var open = ConnectionTable<Concealed>()
    private var payloadRoom = ByteBuffer()
    private var contentRoom = ByteBuffer()

    public init(_ downstream: consuming Downstream, names: SecretNames) {
        self.downstream = downstream
        self.names = names
    }

    // MARK: Events

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        conceal(frame, payload, message, content, connection) { downstream, frame, payload, message, content, connection in
            downstream.frame(frame, payload: payload, ending: message, content: content, of: connection)
        }
    }

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message, content: Span<UInt8>, meaning: borrowing Meaning,
        of connection: Connection
    ) {
        let concealed = concealed(connection)
        let shown = meaning.replacing { concealed.mark($0, to: &$1, &removed) }
        conceal(frame, payload, message, content, connection) { downstream, frame, payload, message, content, connection in
            guard let message else { return }
            downstream.frame(frame, payload: payload, ending: message, content: content, meaning: shown, of: connection)
        }
    }

    private mutating func conceal(
        _ frame: Frame, _ payload: Span<UInt8>, _ message: Message?, _ content: Span<UInt8>, _ connection: Connection,
        _ handOn: (inout Downstream, Frame, Span<UInt8>, Message?, Span<UInt8>, Connection) -> Void
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
        if !frame.isUnremarkable { shownFrame.findings = frame.findings.map { concealed.conceal($0, &removed) } }
        handOn(&downstream, shownFrame, payloadRoom.span, shownMessage, contentRoom.span, concealed.connection)
        swap(&payloadRoom, &self.payloadRoom)
        swap(&contentRoom, &self.contentRoom)
    }

    public mutating func note(_ event: Event) {
        switch event {
        case .opened(let connection):
            let concealed = Concealed(connection, names, &removed)
            open[connection] = concealed
            downstream.note(.opened(concealed.connection))
        case .abandoned(var message, let content, let connection):
            let concealed = concealed(connection)
            var room = ByteBuffer()
            message.isRedacted = concealed.conceal(false, content.span, message.isCompressed, to: &room, &removed)
            downstream.note(.abandoned(message, content: room.span.copied(), of: concealed.connection))
        case .found(let finding, let side, let connection, let time):
            guard let connection else { return downstream.note(event) }
            let concealed = concealed(connection)
            downstream.note(.found(concealed.conceal(finding, &removed), from: side, in: concealed.connection, at: time))
        case .spoke(let note, let connection, let time):
            let concealed = concealed(connection)
            downstream.note(.spoke(concealed.conceal(note, &removed), in: concealed.connection, at: time))
        case .encrypted, .attempted, .shared, .located: downstream.note(event)
        case .polled: break
        case .exchanged(let exchange): downstream.note(.exchanged(conceal(exchange)))
        case .ended(let end):
            let concealed = concealed(end.connection)
            downstream.note(.ended(concealed.conceal(end, &removed)))
            removed.omittedCount += concealed.omittedCount
            open[end.connection] = nil
        }
    }

    /// Secrets are hidden all the same: connections are told apart by what is shown of them.
    public mutating func noteOmitted(_ event: Event) {
        var uncounted = Removed()
        switch event {
        case .opened(let connection): downstream.noteOmitted(.opened(Concealed(connection, names, &uncounted).connection))
        case .ended(let end): downstream.noteOmitted(.ended(concealed(end.connection).conceal(end, &uncounted)))
        default: downstream.noteOmitted(event)
        }
    }

    public var hasEnough: Bool { downstream.hasEnough }

    private mutating func conceal(_ exchange: Exchange) -> Exchange {
        var finder = SecretFinder(names)
        var shown = exchange
        shown.target = Concealed.mark(exchange.target, &removed) { finder.find(inTarget: $0) }
        shown.requestBody.forgetContent()
        shown.responseBody.forgetContent()
        return shown
    }

    /// What is known of a connection; made anew of one that is over.
    private mutating func concealed(_ connection: Connection) -> Concealed {
        if let known = open[connection] { return known }
        var uncounted = Removed()
        return Concealed(connection, names, &uncounted)
    }
}
