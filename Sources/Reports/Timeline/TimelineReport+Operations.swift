import Bytes
import Inspection
import Subprotocols
import Text
import Waits
import WebSocket

// What messages mean, in the words of their protocol.
extension TimelineReport {
    /// Operations of a message that are named in its row.
    private static let shownOperationCount = 3
    /// Columns that a payload has at least beside them, or it is left out.
    private static let leastPayloadWidth = 24
    /// Columns of a value at most.
    private static let valueWidth = 120

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message, content: Span<UInt8>, meaning: borrowing Meaning,
        of connection: Connection
    ) {
        shownCount += 1
        let isMessage = message.frameCount == 1
        writeFront(frame, at: frame.time, size: isMessage && frame.isCompressed ? message.length : frame.header.length, of: connection)
        collectRemarks(frame, message, connection)
        write(meaning, from: frame.from)
        let body = isMessage || frame.isCompressed ? content : payload
        let form = form(of: frame, message, body)
        let hasRoom = layout.width.map { columns + Self.leastPayloadWidth < $0 } ?? true
        var needsBlock = false
        if form == .close {
            needsBlock = options.showsWholePayload
        } else if options.payload == .preview, writeValues(of: meaning) {
            // They say more than the bytes.
        } else if hasRoom || options.showsWholePayload {
            needsBlock = writePayload(body, form, of: frame)
        }
        writeRemarks()
        endRow()
        if needsBlock { writeBlock(body, form) }
    }

    mutating func write(_ meaning: borrowing Meaning, from side: Side) {
        let ink: Ink = side == .client ? .client : .server
        let shown = min(meaning.operations.count, Self.shownOperationCount)
        for index in 0..<shown {
            if index == 0 { write("  ") } else { write(palette.separator, columns: 3, .dim) }
            let operation = meaning.operations[index]
            if operation.word.isEmpty {
                write(operation.type, operation.role == .heartbeat ? .dim : ink)
            } else {
                write(meaning.bytes(of: operation.word), after: "", ink)
            }
            write(meaning.bytes(of: operation.name), after: " ", .plain)
            // Arguments stand next to what they are given to.
            let detail = meaning.bytes(of: operation.detail)
            write(detail, after: !detail.isEmpty && detail[0] == UInt8(ascii: "(") ? "" : " ", .plain)
            write(meaning.bytes(of: operation.id), after: " #", .dim)
            writeOutcome(of: operation, meaning)
            if let wait = meaning.wait(of: index) { write(wait) }
        }
        let more = meaning.operations.count + meaning.omittedCount - shown
        if more > 0 { writeWords(Part(" and \(more) more", .dim), indent: columns) }
        if let delivery = meaning.delivery {
            writeWords(Part("  on its way \(Quantity.duration(delivery.nanoseconds))", .dim), indent: columns)
            write(delivery.wait)
        }
    }

    /// Writes the values of a format that is not text; false if there are none.
    private mutating func writeValues(of meaning: borrowing Meaning) -> Bool {
        var hasAny = false
        for index in 0..<min(meaning.operations.count, Self.shownOperationCount) where !meaning.operations[index].value.isEmpty {
            let value = meaning.bytes(of: meaning.operations[index].value)
            let room = layout.width.map { max(0, $0 - columns - 2) } ?? Self.valueWidth
            hasAny = true
            guard room >= Self.leastPayloadWidth else { continue }
            write("  ")
            columns += Self.appendCut(value, to: &output, limit: min(room, Self.valueWidth), palette)
        }
        return hasAny
    }

    private mutating func writeOutcome(of operation: Operation, _ meaning: borrowing Meaning) {
        if let latency = operation.latency {
            let time = palette.spelled(Quantity.duration(latency))
            write("  after ", .dim)
            palette.begin(.dim, in: &output)
            output.append(string: time)
            columns += time.unicodeScalars.count
            palette.end(.dim, in: &output)
        }
        guard operation.status == .error || !operation.reason.isEmpty else { return }
        write(operation.status == .error ? "  error" : " ", .warning)
        write(meaning.bytes(of: operation.reason), after: operation.status == .error ? ": " : " ", .warning)
    }

    /// Writes what a wait was for: causes that took a hundredth of it or more.
    private mutating func write(_ wait: Wait) {
        let whole = wait.parts.reduce(0) { $0 + $1.nanoseconds }
        let shown = wait.parts.filter { $0.nanoseconds >= whole / 100 }
        guard !shown.isEmpty else { return }
        writeWords(Part(" (\(shown.map(Self.words).joined(separator: ", ")))", .note), indent: columns)
    }

    /// `393 ms client not reading [packets 18, 19]`.
    private static func words(on part: Wait.Part) -> String {
        let side = part.side.map { "\($0.name)" } ?? ""
        let packets =
            part.cause == .peer || part.firstPacket == 0
            ? ""
            : part.firstPacket == part.lastPacket ? " [packet \(part.lastPacket)]" : " [packets \(part.firstPacket), \(part.lastPacket)]"
        let cause =
            switch part.cause {
            case .window: "\(side) not reading\(packets)"
            case .resent: "resent by \(side)\(packets)"
            case .headOfLine: "message \(part.message)\(part.connection > 0 ? " of #\(part.connection)" : "") before it"
            case .peer: side
            case .network, .transfer, .unknown: "\(part.cause.name)"
            }
        return "\(Quantity.duration(part.nanoseconds)) \(cause)"
    }

    /// Writes text from the wire, made safe and cut where it is long.
    private mutating func write(_ text: Span<UInt8>, after separator: StaticString, _ ink: Ink) {
        guard !text.isEmpty else { return }
        write(separator, ink)
        palette.begin(ink, in: &output)
        columns += Self.appendCut(text, to: &output, limit: 60, palette)
        palette.end(ink, in: &output)
    }

    // MARK: Rows of their own

    /// Requests without an answer that have a row.
    private static let shownUnansweredCount = 10

    mutating func write(_ note: ProtocolNote, of connection: Connection, at moment: Timestamp) {
        switch note {
        case .recognised(let name, let evidence):
            // The handshake's row has the subprotocol, and whose rules and programs are used the user knows.
            guard evidence == .url || evidence == .messages else { return }
            writeRow(connection, moment, [Part("\(name), recognised by \(evidence == .url ? "its URL" : "its messages")", .dim)])
        case .polled(let name, let session): write(session, name, of: connection, at: moment)
        case .abandoned(let name, let message):
            writeRow(
                connection, moment, [Part("\(palette.note) message \(message) is not \(name): no more is decoded", .note)])
        case .unanswered(_, let requests):
            for request in requests.named.prefix(Self.shownUnansweredCount) { write(request, requests.isCertain, connection, moment) }
            let more = UInt64(max(0, requests.named.count - Self.shownUnansweredCount)) + requests.omittedCount
            if more > 0 { writeRow(connection, moment, [Part("\(Quantity.counted(more, "more request")) without an answer", .note)]) }
            guard requests.unpairedCount > 0 else { return }
            let unpaired = Quantity.counted(requests.unpairedCount, "request")
            writeRow(connection, moment, [Part("\(unpaired) not paired: too many were open at once, or an id was too long", .note)])
        }
    }

    private mutating func write(_ request: Unanswered, _ isCertain: Bool, _ connection: Connection, _ moment: Timestamp) {
        let type = request.word.isEmpty ? "\(request.type)" : String(decoding: request.word.prefix(60), as: UTF8.self)
        var text = "\(palette.note) no answer to \(type)"
        if !request.name.isEmpty { text += " \(String(decoding: request.name.prefix(60), as: UTF8.self))" }
        if !request.id.isEmpty { text += " #\(String(decoding: request.id.prefix(60), as: UTF8.self))" }
        text += ", \(request.source)"
        let waited = moment.nanoseconds(since: Timestamp(nanoseconds: request.time))
        var parts = [Part(text, .warning), Part("\(Quantity.duration(max(waited, 0))) before the end", .dim)]
        if !isCertain { parts.append(Part("messages are missing or not decoded", .note)) }
        writeRow(connection, moment, parts)
    }

    mutating func writeRow(_ connection: Connection, _ moment: Timestamp, _ parts: [Part]) {
        beginRow(connection, at: moment)
        write("  ")
        writeParts(parts, indent: columns + 2)
        endRow()
    }
}
