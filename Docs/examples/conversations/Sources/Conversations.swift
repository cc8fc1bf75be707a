import WebSocketInspection

/// Prints the text messages of captures, and how each connection ended: `swift run conversations capture.pcapng`.
@main
struct Conversations: EventSink {
    mutating func frame(_ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection) {
        guard let message, message.opcode == .text else { return }
        var bytes: [UInt8] = []
        for index in content.indices { bytes.append(content[index]) }
        print("#\(connection.number) \(frame.from):", String(decoding: bytes, as: UTF8.self))
    }

    mutating func note(_ event: Event) {
        if case .ended(let end) = event { print("#\(end.connection.number)", end.verdict.text) }
    }

    var hasEnough: Bool { false }

    static func main() throws {
        var sink = Conversations()
        try Inspector.inspect(files: Array(CommandLine.arguments.dropFirst()), into: &sink)
    }
}
