import Bytes
import WebSocket

/// STOMP 1.0 to 1.2 (stomp.github.io): a command, headers, an empty line, a body, and NUL.
///
/// Frames may be split over WebSocket messages and packed into them.
final class STOMP: Dialect {
    static let name: StaticString = "stomp"

    static func recognise(_ handshake: HandshakeFacts) -> Recognition {
        switch handshake.agreed {
        case "v10.stomp", "v11.stomp", "v12.stomp", "stomp": .certain
        default: .none
        }
    }

    static let openings: Openings = [.otherText, .binary]

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool {
        guard message.side == .client, content.matches("CONNECT\n") || content.matches("STOMP\n") || content.matches("CONNECT\r\n"),
            content[content.count - 1] == 0 || content.hasSuffix("\0\n")
        else { return false }
        let frame = Headers(content)
        return frame?.value("accept-version", content) != nil || frame?.value("host", content) != nil
    }

    private var client = Carry()
    private var server = Carry()

    private static let receipt: UInt8 = 1
    private static let subscription: UInt8 = 2
    private static let connect: UInt8 = 3

    init(_ handshake: HandshakeFacts) {}

    /// Where the parts of a frame are.
    private struct Headers {
        var command: Range<Int>
        var lines: Range<Int>
        var body: Int

        /// Nil while the empty line is not there.
        init?(_ text: Span<UInt8>) {
            guard let first = text.index(of: 0x0A) else { return nil }
            command = 0..<(first > 0 && text[first - 1] == 0x0D ? first - 1 : first)
            var start = first + 1
            lines = start..<start
            while let end = text.index(of: 0x0A, from: start) {
                if end == start || (end == start + 1 && text[start] == 0x0D) {
                    body = end + 1
                    return
                }
                lines = lines.lowerBound..<end + 1
                start = end + 1
            }
            return nil
        }

        /// The first of a header's values counts.
        func value(_ name: StaticString, _ text: Span<UInt8>) -> Range<Int>? {
            var start = lines.lowerBound
            while start < lines.upperBound, let end = text.index(of: 0x0A, from: start) {
                let nameEnd = start + name.utf8CodeUnitCount
                if nameEnd < end, text[nameEnd] == UInt8(ascii: ":"), text.matches(name, at: start) {
                    return nameEnd + 1..<(text[end - 1] == 0x0D ? end - 1 : end)
                }
                start = end + 1
            }
            return nil
        }
    }

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        let isClient = dialogue.message.side == .client
        if isClient ? client.isEmpty : server.isEmpty {
            // Nearly always a message has whole frames.
            var position = 0
            let fit = decode(
                content, &position, dialogue.message.number, &dialogue)
            guard fit == .fits else { return fit }
            let rest = content.extracting(position..<content.count)
            if !rest.isEmpty, dialogue.message.isWhole {
                if isClient { client.append(rest, of: dialogue.message) } else { server.append(rest, of: dialogue.message) }
            }
            return .fits
        }
        return isClient ? Self.proceed(&client, content, self, &dialogue) : Self.proceed(&server, content, self, &dialogue)
    }

    private static func proceed(_ carry: inout Carry, _ content: Span<UInt8>, _ stomp: STOMP, _ dialogue: inout Dialogue) -> Fit {
        carry.append(content, of: dialogue.message)
        if carry.isLost || !dialogue.message.isWhole {
            carry.lose()
            carry.resume()
            return .unknown
        }
        var position = 0
        let fit = stomp.decode(carry.bytes.span, &position, carry.firstMessage, &dialogue)
        if fit != .fits { carry.lose() } else { carry.remove(position, at: dialogue.message) }
        carry.resume()
        return fit
    }

    /// Decodes the frames that are whole, and heartbeats between them.
    private func decode(
        _ text: Span<UInt8>, _ position: inout Int, _ firstMessage: UInt64, _ dialogue: inout Dialogue
    ) -> Fit {
        var isFirst = true
        while position < text.count {
            if text[position] == 0x0A || text[position] == 0x0D {
                if isFirst, text.count <= 2 { dialogue.add(.heartbeat, "heartbeat") }
                position += 1
                continue
            }
            isFirst = false
            let frame = text.extracting(position..<text.count)
            guard Self.mayBeCommand(frame) else { return .foreign }
            guard let headers = Headers(frame) else { return .fits }
            let end: Int
            if let range = headers.value("content-length", frame), let length = frame.extracting(range).decimal {
                guard length < frame.count - headers.body else { return .fits }
                end = headers.body + length
                guard frame[end] == 0 else { return .foreign }
            } else {
                guard let nul = frame.index(of: 0, from: headers.body) else { return .fits }
                end = nul
            }
            guard decode(frame, headers, &dialogue) else { return .foreign }
            if firstMessage != dialogue.message.number, position == 0 { dialogue.change { $0.firstMessage = firstMessage } }
            position += end + 1
        }
        return .fits
    }

    /// Commands are short, and in upper case.
    private static func mayBeCommand(_ frame: Span<UInt8>) -> Bool {
        for index in 0..<min(frame.count, 12) {
            switch frame[index] {
            case 0x0A, 0x0D: return index > 2
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): continue
            default: return false
            }
        }
        return frame.count < 12
    }

    private func decode(_ frame: Span<UInt8>, _ headers: Headers, _ dialogue: inout Dialogue) -> Bool {
        let command = frame.extracting(headers.command)
        func header(_ name: StaticString) -> Range<Int> { headers.value(name, frame) ?? 0..<0 }
        switch command.count {
        case 7 where command.matches("CONNECT"), 5 where command.matches("STOMP"):
            dialogue.add(.setup, command.count == 5 ? "STOMP" : "CONNECT")
            dialogue.detail(frame.extracting(header("host")))
            dialogue.ask(Self.connect)
        case 9 where command.matches("CONNECTED"):
            dialogue.add(.setup, "CONNECTED")
            dialogue.answer(Self.connect)
            dialogue.succeed()
        case 4 where command.matches("SEND"):
            send("SEND", frame, headers, &dialogue)
            askReceipt(frame, headers, &dialogue)
        case 9 where command.matches("SUBSCRIBE"):
            send("SUBSCRIBE", frame, headers, &dialogue)
            dialogue.id(frame.extracting(header("id")))
            dialogue.ask(Self.subscription, mustBeAnswered: false)
            askReceipt(frame, headers, &dialogue)
        case 11 where command.matches("UNSUBSCRIBE"):
            send("UNSUBSCRIBE", frame, headers, &dialogue)
            dialogue.id(frame.extracting(header("id")))
            dialogue.cancel(Self.subscription, of: .client)
            askReceipt(frame, headers, &dialogue)
        case 3 where command.matches("ACK"), 4 where command.matches("NACK"):
            send(command.count == 3 ? "ACK" : "NACK", frame, headers, &dialogue)
            dialogue.id(frame.extracting(headers.value("id", frame) ?? header("message-id")))
            askReceipt(frame, headers, &dialogue)
        case 5 where command.matches("BEGIN"), 6 where command.matches("COMMIT"), 5 where command.matches("ABORT"):
            send(command.matches("BEGIN") ? "BEGIN" : command.matches("COMMIT") ? "COMMIT" : "ABORT", frame, headers, &dialogue)
            dialogue.id(frame.extracting(header("transaction")))
            askReceipt(frame, headers, &dialogue)
        case 10 where command.matches("DISCONNECT"):
            send("DISCONNECT", frame, headers, &dialogue)
            dialogue.change { $0.role = .setup }
            askReceipt(frame, headers, &dialogue)
        case 7 where command.matches("MESSAGE"):
            dialogue.add(.event, "MESSAGE")
            dialogue.name(frame.extracting(header("destination")))
            dialogue.id(frame.extracting(header("subscription")))
        case 7 where command.matches("RECEIPT"):
            dialogue.add(.response, "RECEIPT")
            dialogue.id(frame.extracting(header("receipt-id")))
            dialogue.answer(Self.receipt)
            dialogue.succeed()
        case 5 where command.matches("ERROR"):
            dialogue.add(.error, "ERROR")
            dialogue.id(frame.extracting(header("receipt-id")))
            if !dialogue.answer(Self.receipt) { dialogue.answer(Self.connect, key: frame.extracting(0..<0)) }
            dialogue.fail(frame.extracting(header("message")))
        default: return false
        }
        return true
    }

    private func send(_ type: StaticString, _ frame: Span<UInt8>, _ headers: Headers, _ dialogue: inout Dialogue) {
        let receipt = headers.value("receipt", frame)
        dialogue.add(receipt != nil || type.utf8CodeUnitCount == 9 ? .request : .event, type)
        if let destination = headers.value("destination", frame) { dialogue.name(frame.extracting(destination)) }
        if let receipt { dialogue.id(frame.extracting(receipt)) }
    }

    /// Waits for the receipt that a client wants.
    private func askReceipt(_ frame: Span<UInt8>, _ headers: Headers, _ dialogue: inout Dialogue) {
        if let receipt = headers.value("receipt", frame) { dialogue.ask(Self.receipt, key: frame.extracting(receipt)) }
    }
}

extension Span where Element == UInt8 {
    /// A number in decimal, of at most 18 digits.
    var decimal: Int? {
        guard !isEmpty, count <= 18 else { return nil }
        var value = 0
        for index in 0..<count {
            guard self[index] >= UInt8(ascii: "0"), self[index] <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int(self[index] - UInt8(ascii: "0"))
        }
        return value
    }
}
