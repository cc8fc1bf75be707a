import Bytes
import WebSocket

/// SIP over WebSocket (RFC 7118, RFC 3261): a request or a response a message, as text or binary; either side asks.
struct SIP: Dialect {
    static let name: StaticString = "sip"

    static func recognise(_ handshake: HandshakeFacts) -> Recognition { handshake.agreed == "sip" ? .certain : .none }

    static let openings: Openings = []

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool { false }

    private static let keepAlive: UInt8 = 1

    init(_ handshake: HandshakeFacts) {}

    /// The headers that tell which transaction a message is of, and its first line.
    private struct Head {
        var firstLine: Range<Int>
        var callID: Range<Int>?
        /// A number and the method.
        var sequence: Range<Int>?

        /// Nil where there is no line.
        init?(_ content: Span<UInt8>) {
            guard let end = content.index(of: 0x0A) else { return nil }
            firstLine = 0..<(end > 0 && content[end - 1] == 0x0D ? end - 1 : end)
            var start = end + 1
            while let end = content.index(of: 0x0A, from: start) {
                var line = start..<(end > start && content[end - 1] == 0x0D ? end - 1 : end)
                if line.isEmpty { return }
                start = end + 1
                // A line that begins with a blank goes on with the one before (RFC 3261 §7.3.1).
                while start < content.count, content[start] == 0x20 || content[start] == 0x09,
                    let end = content.index(of: 0x0A, from: start)
                {
                    line = line.lowerBound..<(content[end - 1] == 0x0D ? end - 1 : end)
                    start = end + 1
                }
                guard let colon = content.extracting(0..<line.upperBound).index(of: UInt8(ascii: ":"), from: line.lowerBound) else {
                    continue
                }
                let name = content.trimmed(line.lowerBound..<colon)
                let value = content.trimmed(colon + 1..<line.upperBound)
                // Names have short forms (RFC 3261 §7.3.3).
                if content.isName(name, "call-id") || content.isName(name, "i") {
                    callID = callID ?? value
                } else if content.isName(name, "cseq") {
                    sequence = sequence ?? value
                }
            }
        }
    }

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        if content.matches("\r\n\r\n"), content.count == 4 {
            dialogue.add(.heartbeat, "ping")
            dialogue.ask(Self.keepAlive)
            return .fits
        }
        if content.matches("\r\n"), content.count == 2 {
            dialogue.add(.heartbeat, "pong")
            if dialogue.answer(Self.keepAlive) { dialogue.succeed() }
            return .fits
        }
        guard let head = Head(content), let sequence = head.sequence, let callID = head.callID else { return dialogue.message.misfit }
        var key = ByteBuffer()
        key.append(words: content.extracting(callID))
        key.append(UInt8(ascii: " "))
        let start = key.count
        key.append(words: content.extracting(sequence))
        let id = key.span.extracting(start..<key.count)
        let line = content.extracting(head.firstLine)
        if line.matches("SIP/2.0 ") { return decode(response: line, id, key.span, &dialogue) }
        return decode(request: line, id, key.span, &dialogue)
    }

    private func decode(
        request line: Span<UInt8>, _ id: Span<UInt8>, _ key: Span<UInt8>, _ dialogue: inout Dialogue
    ) -> Fit {
        guard line.hasSuffix(" SIP/2.0"), let space = line.index(of: UInt8(ascii: " ")), space < line.count - 8 else {
            return dialogue.message.misfit
        }
        let method = line.extracting(0..<space)
        // An ACK ends what INVITE began, and is not answered (RFC 3261 §17.1.1.3).
        let isAsking = !(method.count == 3 && method.matches("ACK"))
        dialogue.add(isAsking ? .request : .event, "request")
        dialogue.word(method)
        dialogue.name(line.extracting(space + 1..<line.count - 8))
        dialogue.id(id)
        if isAsking { dialogue.ask(key: key) }
        return .fits
    }

    /// Those of 1xx are not final (RFC 3261 §7.2).
    private func decode(
        response line: Span<UInt8>, _ id: Span<UInt8>, _ key: Span<UInt8>, _ dialogue: inout Dialogue
    ) -> Fit {
        guard line.count >= 11, let code = line.extracting(8..<11).decimal else { return dialogue.message.misfit }
        dialogue.add(code < 200 ? .stream : code < 400 ? .response : .error, "response")
        dialogue.word(line.extracting(8..<line.count))
        dialogue.id(id)
        dialogue.answer(key: key, isLast: code >= 200)
        if code >= 400 {
            dialogue.fail(line.extracting(8..<line.count))
        } else {
            dialogue.succeed()
        }
        return .fits
    }
}

extension Span where Element == UInt8 {
    /// A range without the blanks at its ends.
    fileprivate func trimmed(_ range: Range<Int>) -> Range<Int> {
        var (low, high) = (range.lowerBound, range.upperBound)
        while low < high, self[low] == 0x20 || self[low] == 0x09 { low += 1 }
        while low < high, self[high - 1] == 0x20 || self[high - 1] == 0x09 { high -= 1 }
        return low..<high
    }

    /// True of a header's name, in letters of any case; `word` is in small ones.
    fileprivate func isName(_ range: Range<Int>, _ word: StaticString) -> Bool {
        guard range.count == word.utf8CodeUnitCount else { return false }
        // Invariant: an index below the count of both.
        for index in 0..<range.count {
            let byte = self[range.lowerBound + index]
            let small = byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
            if unsafe small != word.utf8Start[index] { return false }
        }
        return true
    }
}

extension ByteBuffer {
    /// Appends words with one blank between them, whatever stands there.
    fileprivate mutating func append(words text: Span<UInt8>) {
        var (hasWord, isBlank) = (false, false)
        for index in 0..<text.count {
            let byte = text[index]
            if byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A {
                isBlank = true
                continue
            }
            if hasWord, isBlank { append(UInt8(ascii: " ")) }
            (hasWord, isBlank) = (true, false)
            append(byte)
        }
    }
}
