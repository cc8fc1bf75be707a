import Bytes
import Inspection
import WebSocket

extension JSONLinesReport {
    /// Writes the line of a plain frame of text, which says what `append` says, in one go.
    public mutating func frame(plain frame: PlainFrame, payload: Span<UInt8>, of connection: Connection) {
        let count = payload.count
        guard writesPlainFrames, frame.isValidText, UInt64(count) == frame.header.length, count <= ByteBuffer.escapeStride,
            connection.status != .inferred
        else { return self.frame(spelledOut: frame, payload: payload, of: connection) }
        shownCount += 1
        let header = frame.header
        // Invariant: keys and names are below 320 bytes, eight numbers of 20 and an instant below 200.
        var line = unsafe output.writer(upTo: 520 + LineWriter.escapedByteCount(count))
        line.append(#"{"type":"frame","connection":"#, connection.number)
        line.append(#","frame":"#, frame.number)
        line.append(#","time":""#)
        time.append(frame.time, digits: Int(connection.fractionDigits), to: &line)
        line.append(UInt8(ascii: "\""))
        line.append(from: frame.from)
        if header.isMasked {
            line.append(#","fin":true,"rsv":0,"opcode":1,"kind":"text","masked":true,"mask":""#)
            line.append(hex: header.maskingKey)
            line.append(#"","length":"#, header.length)
        } else {
            line.append(#","fin":true,"rsv":0,"opcode":1,"kind":"text","masked":false,"length":"#, header.length)
        }
        line.append(#","headerLength":"#, UInt64(header.byteCount))
        line.append(#","offset":"#, frame.offset)
        line.append(#","packets":["#, frame.packet)
        line.append(#"],"message":"#, frame.message)
        line.append(#","text":""#)
        line.append(escaping: payload)
        line.append("\"}\n")
        output.commit(line)
    }
}
