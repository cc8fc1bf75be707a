import Bytes
import Inspection
import Rules
import WebSocket

// The lines `frame` and `message`. Members that may be absent bring their own comma, so every line begins with some that never are.
extension JSONLinesReport {
    mutating func append(
        _ frame: Frame, _ payload: Span<UInt8>, ending message: Message?, _ content: Span<UInt8>, of connection: Connection
    ) {
        let header = frame.header
        let opcode = header.opcode
        beginLine()
        output.append(#"{"type":"frame","connection":"#, connection.number)
        output.append(#","frame":"#, frame.number)
        appendTimes(frame.time, frame.endTime, of: connection)
        output.append(#","from":"#, frame.from.name)
        output.append(#","fin":"#, header.isFinal)
        output.append(#","rsv":"#, UInt64(header.reserved))
        output.append(#","opcode":"#, UInt64(opcode.rawValue))
        output.append(#","kind":"#, opcode.name)
        if header.isMasked {
            output.append(json: #","masked":true,"mask":""#)
            output.append(hex: UInt64(header.maskingKey), digits: 8)
            output.append(#"","length":"#, header.length)
        } else {
            output.append(#","masked":false,"length":"#, header.length)
        }
        output.append(#","headerLength":"#, UInt64(header.byteCount))
        if frame.capturedLength < header.length { output.append(#","captured":"#, frame.capturedLength) }
        output.append(#","offset":"#, frame.offset)
        output.append(packets: frame.packets)
        if frame.message > 0 { output.append(#","message":"#, frame.message) }
        appendPayload(payload, of: frame, ending: message)
        appendClose(payload, of: frame)
        appendRoundTrip(of: frame)
        if let message, message.isCompressed || message.frameCount > 1 {
            output.append(#","completes":{"length":"#, message.length)
            output.append(#","wireLength":"#, message.wireLength)
            output.append(#","frames":"#, message.frameCount)
            appendPayload(content, of: message, endedBy: frame)
            appendCertainty(of: message, in: connection)
            output.append(UInt8(ascii: "}"))
        }
        if !frame.findings.isEmpty { append(frame.findings) }
        if !frame.isComplete { output.append(json: #","complete":false"#) }
        if connection.status == .inferred { output.append(json: #","certain":false"#) }
        output.append(json: "}\n")
    }

    /// - Parameter frame: the message's last; nil when it never came.
    mutating func append(_ message: Message, _ content: Span<UInt8>, endedBy frame: Frame?, of connection: Connection) {
        beginLine()
        output.append(#"{"type":"message","connection":"#, connection.number)
        output.append(#","message":"#, message.number)
        appendTimes(message.time, message.endTime, of: connection)
        output.append(#","from":"#, message.from.name)
        output.append(#","opcode":"#, UInt64(message.opcode.rawValue))
        output.append(#","kind":"#, message.opcode.name)
        output.append(#","length":"#, message.length)
        output.append(#","wireLength":"#, message.wireLength)
        output.append(#","compressed":"#, message.isCompressed)
        output.append(#","frames":"#, message.frameCount)
        output.append(packets: message.packets)
        appendPayload(content, of: message, endedBy: frame)
        if let frame {
            appendClose(content, of: frame)
            appendRoundTrip(of: frame)
            if !frame.findings.isEmpty { append(frame.findings) }
        }
        appendCertainty(of: message, in: connection)
        output.append(json: "}\n")
    }

    // MARK: Members of both

    @inline(__always)
    private mutating func appendTimes(_ start: Timestamp, _ end: Timestamp, of connection: Connection) {
        let digits = Int(connection.fractionDigits)
        output.append(json: #","time":""#)
        time.append(start, digits: digits, to: &output)
        if end != start {
            output.append(json: #"","endTime":""#)
            time.append(end, digits: digits, to: &output)
        }
        output.append(UInt8(ascii: "\""))
    }

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
