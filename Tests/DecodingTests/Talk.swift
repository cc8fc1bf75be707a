import Bytes
import Capture
import Foundation
import HTTP
import Inspection
import Packets
import Testing
import WebSocket

/// What two peers say to each other in a protocol, without the packets that it came in.
struct Talk: Sendable, CustomTestStringConvertible {
    struct Said: Sendable {
        var side: Side
        var content: [UInt8]
        var isText: Bool
    }

    var name: String
    var subprotocol: String?
    var target = "/"
    var host = "example.com"
    var messages: [Said] = []

    var testDescription: String { name }

    init(_ name: String, subprotocol: String? = nil, target: String = "/", host: String = "example.com") {
        self.name = name
        self.subprotocol = subprotocol
        self.target = target
        self.host = host
    }

    /// The same with a message more, of text.
    func saying(_ side: Side, _ text: String) -> Talk { adding(Said(side: side, content: Array(text.utf8), isText: true)) }

    /// The same with a binary message more.
    func saying(_ side: Side, _ bytes: [UInt8]) -> Talk { adding(Said(side: side, content: bytes, isText: false)) }

    private func adding(_ message: Said) -> Talk {
        var talk = self
        talk.messages.append(message)
        return talk
    }
}

// MARK: - Recorded

extension Talk {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("fixtures/subprotocols")

    /// The first connection of each capture in `fixtures/subprotocols`, cut short where it is long.
    static let recorded: [Talk] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()) ?? []
        return names.compactMap { name in
            let path = folder.appendingPathComponent("\(name)/capture.pcapng").path
            return FileManager.default.fileExists(atPath: path) ? try? recorded(name, path) : nil
        }
    }()

    private static func recorded(_ name: String, _ path: String) throws -> Talk? {
        var listener = Listener()
        var inspector = Inspector()
        var reader = try CaptureReader(ByteSource(path: path), name: name)
        while let header = try reader.next() { inspector.inspect(header, reader.bytes, into: &listener) }
        inspector.finish(into: &listener)
        guard let talk = listener.talk else { return nil }
        var named = Talk(name, subprotocol: talk.subprotocol, target: talk.target, host: talk.host)
        named.messages = Array(talk.messages.filter { $0.content.count < 20_000 }.prefix(60))
        return named
    }

    /// Hears the first connection that was opened.
    private struct Listener: EventSink {
        var talk: Talk?
        var number: UInt64 = 0
        var hasEnough: Bool { false }

        mutating func frame(
            _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
        ) {
            guard let message, !message.opcode.isControl, connection.number == number else { return }
            talk?.messages.append(Said(side: message.from, content: content.copied(), isText: message.opcode == .text))
        }

        mutating func frame(plain: PlainFrame, payload: Span<UInt8>, of connection: Connection) {
            frame(Frame(plain), payload: payload, ending: Message(plain), content: payload, of: connection)
        }

        mutating func note(_ event: Event) {
            guard case .opened(let connection) = event, connection.status == .open, talk == nil else { return }
            number = connection.number
            talk = Talk(
                "", subprotocol: connection.subprotocol, target: connection.request?.target ?? "/",
                host: connection.request?.headers.value(of: "Host") ?? "")
        }
    }
}
