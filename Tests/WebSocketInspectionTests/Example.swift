import WebSocketInspection

/// Gathers the text messages of each connection, and how it ended.
struct Conversations: EventSink {
    var lines: [String] = []

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        guard let message, message.opcode == .text else { return }
        var text = ""
        for index in content.indices { text.unicodeScalars.append(Unicode.Scalar(content[index])) }
        lines.append("#\(connection.number) \(frame.from): \(text)")
    }

    mutating func note(_ event: Event) {
        if case .ended(let end) = event { lines.append("#\(end.connection.number) \(end.verdict.text)") }
    }

    var hasEnough: Bool { false }
}

func conversations(in files: [String]) throws -> [String] {
    var sink = Conversations()
    try Inspector.inspect(files: files, into: &sink)
    return sink.lines
}
