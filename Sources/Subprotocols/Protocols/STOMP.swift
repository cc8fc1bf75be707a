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

    private var client = Carry<Frame>()
    private var server = Carry<Frame>()
    private var hasEscapes: Bool

    private static let receipt: UInt8 = 1
    private static let subscription: UInt8 = 2
    private static let connect: UInt8 = 3

    /// Where the parts of a frame are.
    private struct Headers {
        var command: Range<Int>
        var lines: Range<Int>
        var body: Int

        /// Nil while the empty line is not there.
        init?(_ text: Span<UInt8>) {
            var search = HeaderSearch()
            guard let found = search.proceed(in: text) else { return nil }
            self = found
        }

        init(command: Range<Int>, lines: Range<Int>, body: Int) {
            self.command = command
            self.lines = lines
            self.body = body
        }

        /// The first of a header's values counts.
        func value(_ name: StaticString, _ text: Span<UInt8>) -> Range<Int>? {
            var start = lines.lowerBound
            while start < lines.upperBound, let end = text.index(of: STOMP.lineFeed, from: start) {
                let nameEnd = start + name.utf8CodeUnitCount
                if nameEnd < end, text[nameEnd] == UInt8(ascii: ":"), text.matches(name, at: start) {
                    return nameEnd + 1..<(text[end - 1] == STOMP.carriageReturn ? end - 1 : end)
                }
                start = end + 1
            }
            return nil
        }
    }

    /// Looks for the empty line after the headers.
    private struct HeaderSearch {
        private var command: Range<Int>?
        private var firstLine = 0
        private var lineStart = 0
        private var looked = 0

        /// Nil while it is not there; the text may then have grown.
        mutating func proceed(in text: Span<UInt8>) -> Headers? {
            while let end = text.index(of: STOMP.lineFeed, from: looked) {
                let textEnd = end > lineStart && text[end - 1] == STOMP.carriageReturn ? end - 1 : end
                if let command, textEnd == lineStart {
                    return Headers(command: command, lines: firstLine..<lineStart, body: end + 1)
                }
                lineStart = end + 1
                if command == nil { (command, firstLine) = (0..<textEnd, lineStart) }
                looked = lineStart
            }
            looked = text.count
            return nil
        }
    }

    /// A frame, or the end of a line between two.
    private struct Frame: PacketSearch {
        /// None while they are not all there, and between frames.
        private(set) var headers: Headers?
        private var search = HeaderSearch()
        private var seenCount = 0
        /// As a header says.
        private var bodyLength: Int?

        mutating func end(in piece: Span<UInt8>, of head: Span<UInt8>) -> PacketEnd {
            let before = seenCount
            seenCount += piece.count
            if headers == nil {
                guard !head.isEmpty else { return .later }
                if head[0] == STOMP.lineFeed { return .at(1) }
                if head[0] == STOMP.carriageReturn { return .at(head.count > 1 && head[1] == STOMP.lineFeed ? 2 : 1) }
                guard Self.mayBegin(head) else { return .foreign }
                headers = search.proceed(in: head)
                guard let headers else { return head.count < seenCount ? .foreign : .later }
                bodyLength = headers.value("content-length", head).flatMap { head.extracting($0).decimal }
            }
            guard let headers else { return .later }
            guard let bodyLength else {
                return piece.index(of: 0, from: max(0, headers.body - before)).map { .at($0 + 1) } ?? .later
            }
            guard bodyLength < seenCount - headers.body else { return .later }
            let end = headers.body + bodyLength - before
            return piece[end] == 0 ? .at(end + 1) : .foreign
        }

        /// Commands are short, and in upper case.
        private static func mayBegin(_ frame: Span<UInt8>) -> Bool {
            for index in 0..<min(frame.count, 12) {
                switch frame[index] {
                case STOMP.lineFeed, STOMP.carriageReturn: return index > 2
                case UInt8(ascii: "A")...UInt8(ascii: "Z"): continue
                default: return false
                }
            }
            return frame.count < 12
        }
    }

    private static let lineFeed: UInt8 = 0x0A
    private static let carriageReturn: UInt8 = 0x0D

    init(_ handshake: HandshakeFacts) { hasEscapes = handshake.agreed != "v10.stomp" }

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        dialogue.message.side == .client
            ? client.take(content, &dialogue) { decode($0, $1, &$2, in: content) }
            : server.take(content, &dialogue) { decode($0, $1, &$2, in: content) }
    }

    private func decode(_ bytes: Span<UInt8>, _ frame: Frame, _ dialogue: inout Dialogue, in content: Span<UInt8>) -> Bool {
        if let headers = frame.headers { return decode(bytes, headers, &dialogue) }
        // What ends a line is a heartbeat where there is nothing else.
        if content.count <= 2, bytes[bytes.count - 1] == Self.lineFeed { dialogue.add(.heartbeat, "heartbeat") }
        return true
    }

    private func decode(_ frame: Span<UInt8>, _ headers: Headers, _ dialogue: inout Dialogue) -> Bool {
        let command = frame.extracting(headers.command)
        // In these two frames, headers have no escapes (1.2, "Value Encoding").
        let isPlain = command.matches("CONNECT")
        func header(_ name: StaticString) -> STOMPText {
            STOMPText(frame.extracting(headers.value(name, frame) ?? 0..<0), hasEscapes: hasEscapes && !isPlain)
        }
        switch command.count {
        case 7 where command.matches("CONNECT"), 5 where command.matches("STOMP"):
            dialogue.add(.setup, command.count == 5 ? "STOMP" : "CONNECT")
            dialogue.detail(header("host").span)
            dialogue.ask(Self.connect)
        case 9 where command.matches("CONNECTED"):
            dialogue.add(.setup, "CONNECTED")
            dialogue.answer(Self.connect)
            dialogue.succeed()
            hasEscapes = !isOld(header("version").span)
        case 4 where command.matches("SEND"):
            send("SEND", frame, headers, &dialogue)
            askReceipt(frame, headers, &dialogue)
        case 9 where command.matches("SUBSCRIBE"):
            send("SUBSCRIBE", frame, headers, &dialogue)
            dialogue.id(header("id").span)
            dialogue.ask(Self.subscription, mustBeAnswered: false)
            askReceipt(frame, headers, &dialogue)
        case 11 where command.matches("UNSUBSCRIBE"):
            send("UNSUBSCRIBE", frame, headers, &dialogue)
            dialogue.id(header("id").span)
            dialogue.cancel(Self.subscription, of: .client)
            askReceipt(frame, headers, &dialogue)
        case 3 where command.matches("ACK"), 4 where command.matches("NACK"):
            send(command.count == 3 ? "ACK" : "NACK", frame, headers, &dialogue)
            dialogue.id(header(headers.value("id", frame) == nil ? "message-id" : "id").span)
            askReceipt(frame, headers, &dialogue)
        case 5 where command.matches("BEGIN"), 6 where command.matches("COMMIT"), 5 where command.matches("ABORT"):
            send(command.matches("BEGIN") ? "BEGIN" : command.matches("COMMIT") ? "COMMIT" : "ABORT", frame, headers, &dialogue)
            dialogue.id(header("transaction").span)
            askReceipt(frame, headers, &dialogue)
        case 10 where command.matches("DISCONNECT"):
            send("DISCONNECT", frame, headers, &dialogue)
            dialogue.change { $0.role = .setup }
            askReceipt(frame, headers, &dialogue)
        case 7 where command.matches("MESSAGE"):
            dialogue.add(.event, "MESSAGE")
            dialogue.name(header("destination").span)
            dialogue.id(header("subscription").span)
        case 7 where command.matches("RECEIPT"):
            dialogue.add(.response, "RECEIPT")
            let receipt = header("receipt-id")
            dialogue.id(receipt.span)
            dialogue.answer(Self.receipt, key: receipt.span)
            dialogue.succeed()
        case 5 where command.matches("ERROR"):
            dialogue.add(.error, "ERROR")
            let receipt = header("receipt-id")
            dialogue.id(receipt.span)
            if !dialogue.answer(Self.receipt, key: receipt.span) { dialogue.answer(Self.connect, key: frame.extracting(0..<0)) }
            dialogue.fail(header("message").span)
        default: return false
        }
        return true
    }

    private func send(_ type: StaticString, _ frame: Span<UInt8>, _ headers: Headers, _ dialogue: inout Dialogue) {
        let receipt = headers.value("receipt", frame)
        dialogue.add(receipt != nil || type.utf8CodeUnitCount == 9 ? .request : .event, type)
        if let destination = headers.value("destination", frame) { dialogue.name(text(destination, frame).span) }
        if let receipt { dialogue.id(text(receipt, frame).span) }
    }

    /// Waits for the receipt that a client wants.
    private func askReceipt(_ frame: Span<UInt8>, _ headers: Headers, _ dialogue: inout Dialogue) {
        if let receipt = headers.value("receipt", frame) { dialogue.ask(Self.receipt, key: text(receipt, frame).span) }
    }

    private func text(_ range: Range<Int>, _ frame: Span<UInt8>) -> STOMPText {
        STOMPText(frame.extracting(range), hasEscapes: hasEscapes)
    }

    /// STOMP 1.0 has no escapes. Its servers do not say which version they speak.
    private func isOld(_ version: Span<UInt8>) -> Bool { version.isEmpty || version.matches("1.0") }
}

/// The value of a header without its escapes.
struct STOMPText: ~Copyable {
    private var plain = ByteBuffer()

    var span: Span<UInt8> {
        @_lifetime(borrow self) get { plain.span }
    }

    init(_ written: Span<UInt8>, hasEscapes: Bool) {
        var position = 0
        while position < written.count {
            let byte = written[position]
            let next = position + 1 < written.count ? written[position + 1] : 0
            if hasEscapes, byte == UInt8(ascii: "\\"), let meant = Self.escapes(next) {
                plain.append(meant)
                position += 2
            } else {
                plain.append(byte)
                position += 1
            }
        }
    }

    private static func escapes(_ letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "c"): UInt8(ascii: ":")
        case UInt8(ascii: "\\"): letter
        default: nil
        }
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
