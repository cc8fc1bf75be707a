import Bytes
import Inspection
import Rules
import WebSocket

// The lines `frame` and `message`. Members that may be absent bring their own comma, so every line begins with some that never are.
extension JSONLinesReport {
    mutating func append(
        _ frame: Frame, _ payload: Span<UInt8>, ending message: Message?, _ content: Span<UInt8>, of connection: Connection
    ) {
        beginLine()
        let header = frame.header
        let isPlain = isPlainText(payload, of: frame, ending: message)
        // Invariant: keys and names are below 320 bytes, eight numbers of 20 and two instants below 240; the rest is counted.
        var line = unsafe output.writer(
            upTo: 560 + LineWriter.byteCount(of: frame.packets) + (isPlain ? LineWriter.escapedByteCount(payload.count) : 0))
        line.append(#"{"type":"frame","connection":"#, connection.number)
        line.append(#","frame":"#, frame.number)
        line.append(#","time":""#)
        time.append(frame.time, frame.endTime, digits: Int(connection.fractionDigits), to: &line)
        line.append(from: frame.from)
        line.append(first: header)
        if header.isMasked {
            line.append(#","masked":true,"mask":""#)
            line.append(hex: header.maskingKey)
            line.append(#"","length":"#, header.length)
        } else {
            line.append(#","masked":false,"length":"#, header.length)
        }
        line.append(#","headerLength":"#, UInt64(header.byteCount))
        if frame.capturedLength < header.length { line.append(#","captured":"#, frame.capturedLength) }
        line.append(#","offset":"#, frame.offset)
        line.append(packets: frame.packets)
        if frame.message > 0 { line.append(#","message":"#, frame.message) }
        if isPlain {
            line.append(#","text":""#)
            line.append(escaping: payload)
            line.append(UInt8(ascii: "\""))
        }
        output.commit(line)
        if !isPlain { appendPayload(payload, of: frame, ending: message) }
        appendClose(payload, of: frame)
        appendRoundTrip(of: frame)
        if let message { append(completed: message, content, by: frame, of: connection) }
        if !frame.findings.isEmpty { append(frame.findings) }
        if !frame.isComplete { output.append(json: #","complete":false"#) }
        if connection.status == .inferred { output.append(json: #","certain":false"#) }
        output.append(json: "}\n")
    }

    /// What a frame ends with that is not the whole message, or not as it was sent.
    @inline(__always)
    private mutating func append(completed message: Message, _ content: Span<UInt8>, by frame: Frame, of connection: Connection) {
        guard message.isCompressed || message.frameCount > 1 else { return }
        output.append(#","completes":{"length":"#, message.length)
        output.append(#","wireLength":"#, message.wireLength)
        output.append(#","frames":"#, message.frameCount)
        appendPayload(content, of: message, captured: frame.capturedLength)
        appendCertainty(of: message, in: connection)
        output.append(UInt8(ascii: "}"))
    }

    /// A message that was recorded, of which neither frames nor packets are known.
    mutating func append(recorded message: Message, _ content: Span<UInt8>, endedBy frame: Frame, of connection: Connection) {
        beginLine()
        // Invariant: keys and names are below 240 bytes, three numbers of 20 and an instant below 120.
        var line = unsafe output.writer(upTo: 360)
        line.append(#"{"type":"message","connection":"#, connection.number)
        line.append(#","message":"#, message.number)
        line.append(#","time":""#)
        time.append(message.time, digits: Int(connection.fractionDigits), to: &line)
        line.append(UInt8(ascii: "\""))
        line.append(from: message.from)
        line.append(message.opcode)
        line.append(#","length":"#, message.length)
        output.commit(line)
        appendPayload(content, of: message, captured: frame.capturedLength)
        appendClose(content, of: frame)
        appendRoundTrip(of: frame)
        if !frame.findings.isEmpty { append(frame.findings) }
        end(message, of: connection)
    }

    /// - Parameter frame: the message's last.
    mutating func append(_ message: Message, _ content: Span<UInt8>, endedBy frame: Frame, of connection: Connection) {
        begin(message, content, captured: frame.capturedLength, of: connection)
        appendClose(content, of: frame)
        appendRoundTrip(of: frame)
        if !frame.findings.isEmpty { append(frame.findings) }
        end(message, of: connection)
    }

    /// A message of which the last frame never came.
    mutating func append(unended message: Message, _ content: Span<UInt8>, of connection: Connection) {
        begin(message, content, captured: nil, of: connection)
        end(message, of: connection)
    }

    /// - Parameter captured: captured bytes of its last frame.
    @inline(__always)
    private mutating func begin(_ message: Message, _ content: Span<UInt8>, captured: UInt64?, of connection: Connection) {
        beginLine()
        // Invariant: keys and names are below 240 bytes, seven numbers of 20 and two instants below 220.
        var line = unsafe output.writer(upTo: 460 + LineWriter.byteCount(of: message.packets))
        line.append(#"{"type":"message","connection":"#, connection.number)
        line.append(#","message":"#, message.number)
        line.append(#","time":""#)
        time.append(message.time, message.endTime, digits: Int(connection.fractionDigits), to: &line)
        line.append(from: message.from)
        line.append(message.opcode)
        line.append(#","length":"#, message.length)
        line.append(#","wireLength":"#, message.wireLength)
        line.append(#","compressed":"#, message.isCompressed)
        line.append(#","frames":"#, message.frameCount)
        line.append(packets: message.packets)
        output.commit(line)
        appendPayload(content, of: message, captured: captured)
    }

    @inline(__always)
    private mutating func end(_ message: Message, of connection: Connection) {
        appendCertainty(of: message, in: connection)
        output.append(json: "}\n")
    }

    // MARK: Members of both

    @inline(__always)
    private mutating func appendRoundTrip(of frame: Frame) {
        guard let nanoseconds = frame.roundTrip else { return }
        output.append(json: #","roundTrip":"#)
        TimeText.appendSeconds(nanoseconds, to: &output)
    }

    private mutating func appendCertainty(of message: Message, in connection: Connection) {
        if message.unknownByteCount > 0 { output.append(#","unknown":"#, message.unknownByteCount) }
        if !message.isComplete { output.append(json: #","complete":false"#) }
        if message.unknownByteCount > 0 || connection.status == .inferred { output.append(json: #","certain":false"#) }
    }
}

extension TimeText {
    /// The value of `time`, and `endTime` where that is another.
    @inline(__always)
    fileprivate mutating func append(_ start: Timestamp, _ end: Timestamp, digits: Int, to line: inout LineWriter) {
        append(start, digits: digits, to: &line)
        if end != start {
            line.append(#"","endTime":""#)
            append(end, digits: digits, to: &line)
        }
        line.append(UInt8(ascii: "\""))
    }
}
