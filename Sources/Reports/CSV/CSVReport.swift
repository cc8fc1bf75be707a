import Bytes
import Digests
import HTTP
import Inspection
import Packets
import Rules
import Subprotocols
import WebSocket

/// Writes frames or messages as a table for spreadsheets and data frames: RFC 4180 with a header, a row each.
///
/// Columns have the names of the members in `Docs/JSON.md`. What belongs to no frame, such as the end of a connection, has no row.
public struct CSVReport: CountingSink, ~Copyable {
    public let options: JSONLinesReport.Options
    /// Whole rows.
    public var output = ByteBuffer()
    public private(set) var shownCount: UInt64 = 0
    /// Frames after which it has enough.
    public var frameLimit = UInt64.max
    var time = TimeText()
    private var digest: SHA256?
    /// The columns of what the message of the row means; empty where that is not known.
    private var operations = ByteBuffer()
    /// The columns of the connection of the row before, and its number.
    private var ends = ByteBuffer()
    private var endsNumber: UInt64 = 0

    /// - Parameter options: as for JSON Lines; the findings and the array are not looked at.
    public init(_ options: JSONLinesReport.Options) { self.options = options }

    /// Writes the header, unless a part before this one did.
    public mutating func begin() {
        if options.part?.isFirst == false { return }
        if options.messages {
            output.append("connection,message,time,endTime,from,kind,opcode,length,wireLength,compressed,frames,packet,text,base64,sha256,")
            output.append("truncated,closeCode,closeReason,roundTrip,findings,unknown,complete,certain,")
            output.append(Self.operationColumns)
        } else {
            output.append("connection,frame,time,endTime,from,kind,opcode,fin,rsv,masked,mask,length,headerLength,captured,offset,message,")
            output.append("compressed,packet,text,base64,sha256,truncated,closeCode,closeReason,roundTrip,findings,complete,certain,")
            output.append(Self.operationColumns)
        }
        output.append(",client,server,url")
        if options.part != nil { output.append(",source") }
        output.endRow()
    }

    private static let operationColumns: StaticString =
        "protocol,operations,role,operation,name,id,request,latency,status"

    // MARK: Events

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        shownCount += 1
        operations.removeAll()
        appendRow(frame, payload, message, content, connection)
    }

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message, content: Span<UInt8>, meaning: borrowing Meaning,
        of connection: Connection
    ) {
        shownCount += 1
        operations.removeAll()
        operations.append(operationFieldsOf: meaning)
        appendRow(frame, payload, message, content, connection)
    }

    private mutating func appendRow(
        _ frame: Frame, _ payload: Span<UInt8>, _ message: Message?, _ content: Span<UInt8>, _ connection: Connection
    ) {
        if !options.messages {
            append(frame, payload, ending: message, of: connection)
        } else if let message {
            append(message, content, endedBy: frame, of: connection)
        }
    }

    public mutating func note(_ event: Event) {
        operations.removeAll()
        guard options.messages, case .abandoned(let message, let content, let connection) = event else { return }
        append(message, content.span, endedBy: nil, of: connection)
    }

    // MARK: Rows

    private mutating func append(_ frame: Frame, _ payload: Span<UInt8>, ending message: Message?, of connection: Connection) {
        let header = frame.header
        output.append(decimal: connection.number)
        output.append(field: frame.number)
        appendTimes(frame.time, frame.endTime, of: connection)
        output.append(field: frame.from.name)
        output.append(field: header.opcode.name)
        output.append(field: UInt64(header.opcode.rawValue))
        appendHeader(of: frame, isRecorded: connection.isRecorded)
        appendPacket(frame.packets)
        let isCut = !frame.isRedacted && UInt64(payload.count) < frame.capturedLength
        let isText = PayloadText.isText(payload, of: frame, ending: message, isCut: isCut)
        appendPayload(payload, isText: isText, isCut: isCut, isDigestible: !frame.isCompressed && frame.isComplete && !frame.isRedacted)
        appendClose(payload, of: frame)
        appendRoundTrip(of: frame)
        append(frame.findings)
        output.append(field: frame.isComplete)
        output.append(field: connection.status != .inferred)
        if operations.isEmpty { output.appendEmptyFields(ByteBuffer.operationFieldCount) } else { output.append(contentsOf: operations) }
        appendEnds(of: connection)
        output.endRow()
    }

    /// The fields from `fin` to `compressed`; of what was recorded, only the length and the message are known.
    private mutating func appendHeader(of frame: Frame, isRecorded: Bool) {
        let header = frame.header
        guard !isRecorded else {
            output.appendEmptyFields(4)
            output.append(field: header.length)
            output.appendEmptyFields(3)
            output.append(field: frame.message)
            return output.appendEmptyFields(1)
        }
        output.append(field: header.isFinal)
        output.append(field: UInt64(header.reserved))
        output.append(field: header.isMasked)
        output.append(UInt8(ascii: ","))
        if header.isMasked { output.append(hex: UInt64(header.maskingKey), digits: 8) }
        output.append(field: header.length)
        output.append(field: UInt64(header.byteCount))
        output.append(field: frame.capturedLength)
        output.append(field: frame.offset)
        output.append(field: frame.message)
        output.append(field: frame.isCompressed)
    }

    private mutating func append(_ message: Message, _ content: Span<UInt8>, endedBy frame: Frame?, of connection: Connection) {
        output.append(decimal: connection.number)
        output.append(field: message.number)
        appendTimes(message.time, message.endTime, of: connection)
        output.append(field: message.from.name)
        output.append(field: message.opcode.name)
        output.append(field: UInt64(message.opcode.rawValue))
        output.append(field: message.length)
        if connection.isRecorded {
            output.appendEmptyFields(3)
        } else {
            output.append(field: message.wireLength)
            output.append(field: message.isCompressed)
            output.append(field: message.frameCount)
        }
        appendPacket(message.packets)
        let isCut = !message.isRedacted && UInt64(content.count) < message.lengthAtHand(endedBy: frame)
        let isText = PayloadText.isText(content, of: message, isCut: isCut)
        let isKnown = message.isComplete && message.unknownByteCount == 0 && !message.isRedacted
        appendPayload(content, isText: isText, isCut: isCut, isDigestible: isKnown, unknown: message.unknownByteCount)
        if let frame {
            appendClose(content, of: frame)
            appendRoundTrip(of: frame)
            append(frame.findings)
        } else {
            output.appendEmptyFields(4)
        }
        output.append(field: message.unknownByteCount)
        output.append(field: message.isComplete)
        output.append(field: message.unknownByteCount == 0 && connection.status != .inferred)
        if operations.isEmpty { output.appendEmptyFields(ByteBuffer.operationFieldCount) } else { output.append(contentsOf: operations) }
        appendEnds(of: connection)
        output.endRow()
    }

    // MARK: Columns

    @inline(__always)
    private mutating func appendTimes(_ start: Timestamp, _ end: Timestamp, of connection: Connection) {
        output.append(UInt8(ascii: ","))
        time.append(start, digits: Int(connection.fractionDigits), to: &output)
        output.append(UInt8(ascii: ","))
        time.append(end, digits: Int(connection.fractionDigits), to: &output)
    }

    private mutating func appendPacket(_ packets: PacketList) {
        if packets.first > 0 { output.append(field: packets.first) } else { output.appendEmptyFields() }
    }

    /// The columns `text`, `base64`, `sha256`, `truncated`; at most one of the first three has a value.
    private mutating func appendPayload(_ bytes: Span<UInt8>, isText: Bool, isCut: Bool, isDigestible: Bool, unknown: UInt64 = 0) {
        var shown = options.payload == .full ? min(bytes.count, max(options.payloadLimit ?? .max, 0)) : bytes.count
        let isTruncated = isCut || shown < bytes.count
        switch options.payload {
        case .none: output.appendEmptyFields(3)
        case .digest:
            output.appendEmptyFields(3)
            if isDigestible, !isCut { appendDigest(bytes) }
        case .full:
            if isText, PayloadText.isTabular(bytes) {
                if isTruncated { shown = PayloadText.wholeCharacters(bytes, upTo: shown) }
                appendText(bytes.extracting(0..<shown), hasUnknown: unknown > 0)
                output.appendEmptyFields(2)
            } else {
                output.appendEmptyFields(2)
                output.append(base64: bytes.extracting(0..<shown))
                output.appendEmptyFields()
            }
        }
        output.append(field: isTruncated && options.payload != .none)
    }

    private mutating func appendText(_ text: Span<UInt8>, hasUnknown: Bool) {
        guard hasUnknown else { return output.append(field: text) }
        output.append(",\"")
        var start = 0
        while let place = text.firstUnknown(from: start) {
            output.append(quoted: text.extracting(start..<place))
            output.append("\u{FFFD}")
            start = place + 1
        }
        output.append(quoted: text.extracting(start..<text.count))
        output.append("\"")
    }

    private mutating func appendDigest(_ bytes: Span<UInt8>) {
        if digest == nil { digest = SHA256() }
        digest?.update(bytes)
        guard let sum = digest?.finish() else { return }
        for byte in sum { output.append(hex: UInt64(byte), digits: 2) }
    }

    private mutating func appendClose(_ payload: Span<UInt8>, of frame: Frame) {
        guard frame.header.opcode == .close, frame.isComplete else { return output.appendEmptyFields(2) }
        let body = CloseBody(payload)
        guard let code = body.code else { return output.appendEmptyFields(2) }
        output.append(field: UInt64(code.rawValue))
        output.append(field: body.reason)
    }

    private mutating func appendRoundTrip(of frame: Frame) {
        output.append(UInt8(ascii: ","))
        if let nanoseconds = frame.roundTrip { TimeText.appendSeconds(nanoseconds, to: &output) }
    }

    /// The ids of the rules, blanks between them.
    private mutating func append(_ findings: [Finding]) {
        output.append(UInt8(ascii: ","))
        for (index, finding) in findings.enumerated() {
            if index > 0 { output.append(UInt8(ascii: " ")) }
            output.append(string: finding.rule.rawValue)
        }
    }

    private mutating func appendEnds(of connection: Connection) {
        if endsNumber != connection.number {
            endsNumber = connection.number
            ends.removeAll()
            ends.append(UInt8(ascii: ","))
            if connection.client.isKnown { ends.append(string: connection.client.description) }
            ends.append(UInt8(ascii: ","))
            if connection.server.isKnown { ends.append(string: connection.server.description) }
            if let url = connection.url { ends.append(field: url) } else { ends.appendEmptyFields() }
            if let part = options.part { ends.append(field: part.source) }
        }
        output.append(contentsOf: ends)
    }
}
