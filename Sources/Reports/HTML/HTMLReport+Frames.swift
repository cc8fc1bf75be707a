import Bytes
import Inspection
import Rules
import WebSocket

// What waits of frames, messages and findings.
extension HTMLReport {
    /// What a row says of a frame, as bits of a number; the script has the same (`model.js`).
    private enum Bit {
        static let server: UInt64 = 1 << 4
        static let final: UInt64 = 1 << 5
        static let compressed: UInt64 = 1 << 6
        static let incomplete: UInt64 = 1 << 7
        static let endsMessage: UInt64 = 1 << 8
        static let redacted: UInt64 = 1 << 9
        static let ofText: UInt64 = 1 << 10
    }

    /// Appends a row of four numbers: the frame's and its time, counted from the row before; its bits; the length of its payload.
    mutating func append(_ frame: Frame, endsMessage: Bool, _ entry: HTMLConnection) {
        var bits = UInt64(frame.header.opcode.rawValue)
        if frame.from == .server { bits |= Bit.server }
        if frame.header.isFinal { bits |= Bit.final }
        if frame.isCompressed { bits |= Bit.compressed }
        if !frame.isComplete { bits |= Bit.incomplete }
        if endsMessage { bits |= Bit.endsMessage }
        if frame.isRedacted { bits |= Bit.redacted }
        if frame.messageOpcode == .text { bits |= Bit.ofText }
        // The first row of a piece counts from nothing, so that it can be read without those before it.
        if entry.rows.beginsPiece { (entry.lastFrame, entry.lastTime) = (0, 0) }
        let time = entry.ticks(at: frame.time)
        scratch.removeAll()
        scratch.append(decimal: frame.number &- entry.lastFrame)
        scratch.append(UInt8(ascii: ","))
        scratch.append(decimal: Int(time &- entry.lastTime))
        scratch.append(UInt8(ascii: ","))
        scratch.append(decimal: bits)
        scratch.append(UInt8(ascii: ","))
        scratch.append(decimal: frame.header.length)
        (entry.lastFrame, entry.lastTime) = (frame.number, time)
        let before = entry.rows.byteCount
        entry.rows.append(scratch.span)
        entry.rows.trim(to: size.rowShare)
        size.waiting.rows += entry.rows.byteCount - before
        tightenIfNeeded()
    }

    // MARK: Messages

    /// Begins an element in `scratch`; false where there is nothing to say.
    mutating func beginMessage(
        _ message: Message, _ content: Span<UInt8>, endedBy frame: Frame, hasMore: Bool = false, _ entry: HTMLConnection
    ) -> Bool {
        let isWhole = message.isComplete && message.frameCount == 1 && !message.isCompressed
        guard !content.isEmpty || !isWhole || frame.roundTrip != nil || hasMore else { return false }
        scratch.removeAll()
        scratch.append(#"{"frame":"#, frame.number)
        appendContent(of: message, content, isCut: !message.isRedacted && UInt64(content.count) < message.lengthAtHand(endedBy: frame))
        if let roundTrip = frame.roundTrip {
            scratch.append(json: #","roundTrip":"#)
            TimeText.appendSeconds(roundTrip, to: &scratch)
        }
        if frame.header.opcode == .close, frame.isComplete, content.count >= 2 {
            let body = CloseBody(content)
            if let code = body.code {
                scratch.append(#","code":"#, UInt64(code.rawValue))
                if let name = code.name { scratch.append(#","codeName":"#, name) }
            }
            scratch.append(#","reason":"#, string: body.reason)
        }
        return true
    }

    mutating func endMessage(_ entry: HTMLConnection) {
        scratch.append(UInt8(ascii: "}"))
        let before = entry.messages.byteCount
        entry.messages.append(scratch.span)
        entry.messages.trim(to: size.messageShare)
        size.waiting.messages += entry.messages.byteCount - before
        tightenIfNeeded()
    }

    /// Appends a message of which the last frame never came.
    mutating func append(abandoned message: Message, _ content: Span<UInt8>, _ entry: HTMLConnection) {
        scratch.removeAll()
        scratch.append(#"{"abandoned":true,"from":"#, message.from.name)
        scratch.append(json: #","at":"#)
        scratch.append(decimal: Int(entry.ticks(at: message.time)))
        appendContent(of: message, content, isCut: false)
        endMessage(entry)
    }

    private mutating func appendContent(of message: Message, _ content: Span<UInt8>, isCut: Bool) {
        scratch.append(#","message":"#, message.number)
        let limit = min(options.payloadLimit, max(size.messageShare / 4, 1_024))
        var shown = min(content.count, max(0, limit))
        let isText = PayloadText.isText(content, of: message, isCut: isCut)
        let isShort = isCut || shown < content.count
        if isText {
            if isShort { shown = PayloadText.wholeCharacters(content, upTo: shown) }
            scratch.append(json: #","text":""#)
            scratch.append(escaping: content.extracting(0..<shown), hasUnknown: message.unknownByteCount > 0)
        } else {
            scratch.append(json: #","base64":""#)
            scratch.append(base64: content.extracting(0..<shown))
        }
        scratch.append(UInt8(ascii: "\""))
        if isShort { scratch.append(#","cutAt":"#, UInt64(shown)) }
        if message.frameCount != 1 || message.isCompressed || isShort { scratch.append(#","length":"#, message.length) }
        if message.frameCount != 1 { scratch.append(#","frames":"#, message.frameCount) }
        if message.isCompressed { scratch.append(#","wireLength":"#, message.wireLength) }
        if message.unknownByteCount > 0 { scratch.append(#","unknown":"#, message.unknownByteCount) }
        if !message.isComplete { scratch.append(json: #","complete":false"#) }
        if message.isRedacted { scratch.append(json: #","redacted":true"#) }
    }

    // MARK: Findings

    /// Bytes of findings that are kept of a connection.
    private static let findingByteCount = 64 << 10

    mutating func append(_ finding: Finding, from side: Side?, at time: Timestamp, frame: UInt64?, _ entry: HTMLConnection) {
        scratch.removeAll()
        scratch.append(#"{"rule":"#, string: finding.rule.rawValue)
        scratch.append(json: #","at":"#)
        scratch.append(decimal: Int(entry.ticks(at: time)))
        if let side { scratch.append(#","from":"#, side.name) }
        if let frame { scratch.append(#","frame":"#, frame) }
        if let expected = finding.expected { scratch.append(#","expected":"#, string: expected) }
        if let found = finding.found { scratch.append(#","found":"#, string: found) }
        scratch.append(UInt8(ascii: "}"))
        let before = entry.findings.byteCount
        entry.findings.append(scratch.span)
        entry.findings.trim(to: min(Self.findingByteCount, size.messageShare))
        size.waiting.others += entry.findings.byteCount - before
        tightenIfNeeded()
    }
}
