import Bytes
import Inspection
import Rules
import Subprotocols
import WebSocket

/// What waits of a connection until it ends: an object because the report adds to it in place.
final class HAREntry {
    /// Elements of `_webSocketMessages`, as JSON.
    var messages = HARList()
    /// Elements of `_webSocketControls`.
    var controls = HARList()
    /// Elements of `_findings`.
    var findings = HARList()
    var omittedCount: UInt64 = 0
    /// What its messages took on the wire is not known.
    let isRecorded: Bool

    init(isRecorded: Bool = false) { self.isRecorded = isRecorded }

    var byteCount: Int { messages.byteCount + controls.byteCount + findings.byteCount }

    /// Adds a message as Chromium writes it: text as it is, anything else in base 64.
    ///
    /// - Parameter frame: its last; nil when it never came.
    func append(_ message: Message, _ content: Span<UInt8>, endedBy frame: Frame?, _ options: HARReport.Options) {
        messages.separate()
        appendHead(message.from, message.time, message.endTime, message.opcode, to: &messages.json)
        let isCut = !message.isRedacted && UInt64(content.count) < message.lengthAtHand(endedBy: frame)
        let isText = message.opcode == .text && PayloadText.isText(content, of: message, isCut: isCut)
        messages.json.append(json: #","data":""#)
        let shown = options.leavesOutPayloads ? 0 : min(content.count, max(options.payloadLimit ?? .max, 0))
        if isText {
            let count = shown < content.count || isCut ? PayloadText.wholeCharacters(content, upTo: shown) : shown
            messages.json.append(escaping: content.extracting(0..<count), hasUnknown: message.unknownByteCount > 0)
        } else if message.opcode == .text {
            messages.append(lossyText: content.extracting(0..<shown))
        } else {
            messages.json.append(base64: content.extracting(0..<shown))
        }
        messages.json.append(json: "\"")
        if message.opcode == .text, !isText, shown > 0 {
            messages.json.append(json: #","_base64":""#)
            messages.json.append(base64: content.extracting(0..<shown))
            messages.json.append(json: "\"")
        }
        messages.json.append(#","_length":"#, message.length)
        if !isRecorded { messages.json.append(#","_wireLength":"#, message.wireLength) }
        if message.frameCount != 1 { messages.json.append(#","_frames":"#, message.frameCount) }
        if isCut || shown < content.count { messages.json.append(json: #","_truncated":true"#) }
        if message.unknownByteCount > 0 { messages.json.append(#","_unknown":"#, message.unknownByteCount) }
        if !message.isComplete { messages.json.append(json: #","_complete":false"#) }
        if message.isRedacted { messages.json.append(json: #","_redacted":true"#) }
        messages.json.append(json: "}")
    }

    /// Says what the message that was added last means.
    func append(_ meaning: borrowing Meaning) {
        messages.json.truncate(to: messages.json.count - 1)
        messages.json.append(json: #","_operations":"#)
        messages.json.append(operationsOf: meaning)
        messages.json.append(json: "}")
    }

    /// Adds a ping, pong or close, which Chromium leaves out.
    func appendControl(_ frame: Frame, _ payload: Span<UInt8>, _ options: HARReport.Options) {
        controls.separate()
        appendHead(frame.from, frame.time, frame.endTime, frame.header.opcode, to: &controls.json)
        controls.json.append(#","kind":"#, frame.header.opcode.name)
        if frame.header.opcode == .close {
            let body = CloseBody(payload)
            if let code = body.code { controls.json.append(#","code":"#, UInt64(code.rawValue)) }
            if !body.reason.isEmpty, !options.leavesOutPayloads { controls.json.append(#","reason":"#, string: body.reason) }
        } else if !payload.isEmpty, !options.leavesOutPayloads {
            let isText = PayloadText.isPrintable(payload, isCut: false)
            controls.json.append(json: isText ? #","text":""# : #","base64":""#)
            if isText { controls.json.append(escaping: payload) } else { controls.json.append(base64: payload) }
            controls.json.append(json: "\"")
        }
        if let nanoseconds = frame.roundTrip {
            controls.json.append(json: #","roundTrip":"#)
            TimeText.appendSeconds(nanoseconds, to: &controls.json)
        }
        if !frame.isComplete { controls.json.append(json: #","complete":false"#) }
        controls.json.append(json: "}")
    }

    private func appendHead(_ side: Side, _ start: Timestamp, _ end: Timestamp, _ opcode: Opcode, to json: inout ByteBuffer) {
        json.append(#"{"type":"#, side == .client ? "send" : "receive")
        json.append(json: #","time":"#)
        TimeText.appendSeconds(start.nanoseconds, to: &json)
        if end != start {
            json.append(json: #","_endTime":"#)
            TimeText.appendSeconds(end.nanoseconds, to: &json)
        }
        json.append(#","opcode":"#, UInt64(opcode.rawValue))
    }
}

/// The elements of a JSON array that grows, in pieces: one buffer of all would be moved again and again, and take twice the memory.
struct HARList: ~Copyable {
    /// Findings without a connection that are kept, in bytes.
    static let strayByteCount = 1 << 20
    /// Bytes after which a piece takes no further element.
    private static let pieceByteCount = 256 << 10

    /// What an array can hold of a buffer.
    private final class Piece {
        var json: ByteBuffer
        init(_ json: consuming ByteBuffer) { self.json = json }
    }

    /// Whole elements, in order.
    private var pieces: [Piece] = []
    private var pieceBytes = 0
    /// The piece that is written to: the last element, and perhaps some before it.
    var json = ByteBuffer()

    var isEmpty: Bool { byteCount == 0 }
    var byteCount: Int { pieceBytes + json.count }

    mutating func separate() {
        guard !isEmpty else { return }
        json.append(json: ",")
        guard json.count >= Self.pieceByteCount else { return }
        pieceBytes += json.count
        var full = ByteBuffer()
        swap(&full, &json)
        pieces.append(Piece(full))
    }

    /// Appends all elements, and lets go of each piece after that.
    /// - Parameter drain: takes away what `output` has by now.
    mutating func move(to output: inout ByteBuffer, drain: (inout ByteBuffer) -> Void) {
        pieces.reverse()
        while let piece = pieces.popLast() {
            output.append(contentsOf: piece.json)
            drain(&output)
        }
        pieceBytes = 0
        output.append(contentsOf: json)
        json.removeAll(keepingAtMost: 0)
        drain(&output)
    }

    /// What is not UTF-8 becomes U+FFFD.
    mutating func append(lossyText bytes: Span<UInt8>) {
        var text = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
        // Invariant: the span ends with the closure; a Swift string is always UTF-8.
        text.withUTF8 { unsafe json.append(escaping: Span(_unsafeElements: $0)) }
    }

    mutating func append(
        _ finding: Finding, from side: Side?, at time: Timestamp, frame: UInt64? = nil, connection: UInt64? = nil
    ) {
        separate()
        json.append(#"{"rule":"#, string: finding.rule.rawValue)
        json.append(#","severity":"#, finding.rule.severity.name)
        json.append(json: #","time":"#)
        TimeText.appendSeconds(time.nanoseconds, to: &json)
        if let connection { json.append(#","connection":"#, connection) }
        if let side { json.append(#","from":"#, side.name) }
        if let frame { json.append(#","frame":"#, frame) }
        json.append(#","text":"#, finding.rule.entry.sentence)
        if let expected = finding.expected { json.append(#","expected":"#, string: expected) }
        if let found = finding.found { json.append(#","found":"#, string: found) }
        json.append(json: "}")
    }
}
