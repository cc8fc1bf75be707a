import Bytes
import Digests
import Inspection
import WebSocket

// The payload members — `text`, `base64` or `sha256`, and `truncated` — and `close`.
extension JSONLinesReport {
    /// Of a frame: what it carried itself. An empty payload is an empty `text` or `base64`, as its kind has it.
    @inline(__always)
    mutating func appendPayload(_ payload: Span<UInt8>, of frame: Frame, ending message: Message?) {
        let isCut = !frame.isRedacted && UInt64(payload.count) < frame.capturedLength
        defer { if frame.isRedacted { output.append(json: #","redacted":true"#) } }
        switch options.payload {
        case .full: appendBytes(payload, isText: PayloadText.isText(payload, of: frame, ending: message, isCut: isCut), isCut: isCut)
        case .none: break
        case .digest:
            // Compressed bytes are no application bytes; those are digested where the message is complete.
            if !frame.isCompressed { appendDigest(payload, isCut: isCut, isKnown: frame.isComplete && !frame.isRedacted) }
        }
    }

    /// True of what nearly all frames carry: text that is shown as it is, short enough to be written together with what stands before.
    @inline(__always)
    func isPlainText(_ payload: Span<UInt8>, of frame: Frame, ending message: Message?) -> Bool {
        guard options.payload == .full, options.payloadLimit == nil, !frame.isRedacted else { return false }
        guard UInt64(payload.count) == frame.capturedLength, payload.count <= ByteBuffer.escapeStride else { return false }
        return PayloadText.isText(payload, of: frame, ending: message, isCut: false)
    }

    /// Of a message: its application bytes.
    /// - Parameter captured: captured bytes of its last frame; nil when that never came.
    mutating func appendPayload(_ content: Span<UInt8>, of message: Message, captured: UInt64?) {
        let isCut = !message.isRedacted && UInt64(content.count) < message.lengthAtHand(captured: captured)
        defer { if message.isRedacted { output.append(json: #","redacted":true"#) } }
        let unknown = message.unknownByteCount
        switch options.payload {
        case .full: appendBytes(content, isText: PayloadText.isText(content, of: message, isCut: isCut), isCut: isCut, unknown: unknown)
        case .none: break
        case .digest: appendDigest(content, isCut: isCut, isKnown: message.isComplete && unknown == 0 && !message.isRedacted)
        }
    }

    // MARK: Members

    /// - Parameter isCut: more bytes were captured than `bytes`.
    @inline(__always)
    mutating func appendBytes(_ bytes: Span<UInt8>, isText: Bool, isCut: Bool, unknown: UInt64 = 0) {
        var shown = min(bytes.count, max(options.payloadLimit ?? .max, 0))
        let isTruncated = isCut || shown < bytes.count
        if isText {
            if isTruncated { shown = PayloadText.wholeCharacters(bytes, upTo: shown) }
            output.append(json: #","text":""#)
            output.append(escaping: bytes.extracting(0..<shown), hasUnknown: unknown > 0)
        } else {
            output.append(json: #","base64":""#)
            output.append(base64: bytes.extracting(0..<shown))
        }
        output.append(UInt8(ascii: "\""))
        if isTruncated { output.append(json: #","truncated":true"#) }
    }

    /// Nothing is better than the digest of a part, so where bytes are missing there is none.
    private mutating func appendDigest(_ bytes: Span<UInt8>, isCut: Bool, isKnown: Bool) {
        if isCut { return output.append(json: #","truncated":true"#) }
        guard isKnown else { return }
        if digest == nil { digest = SHA256() }
        digest?.update(bytes)
        guard let sum = digest?.finish() else { return }
        output.append(json: #","sha256":""#)
        for byte in sum { output.append(hex: UInt64(byte), digits: 2) }
        output.append(UInt8(ascii: "\""))
    }

    /// What a Close frame says (RFC 6455 §5.5.1); an empty object where its body has no code, nothing where part of it is missing.
    @inline(__always)
    mutating func appendClose(_ payload: Span<UInt8>, of frame: Frame) {
        guard frame.header.opcode == .close, frame.isComplete else { return }
        guard payload.count >= 2 || UInt64(payload.count) == frame.header.length else { return }
        appendClose(CloseBody(payload))
    }

    @inline(never)
    private mutating func appendClose(_ body: CloseBody) {
        output.append(json: #","close":{"#)
        if let code = body.code {
            output.append(#""code":"#, UInt64(code.rawValue))
            if let name = code.name { output.append(#","name":"#, name) }
            if !body.reason.isEmpty { output.append(#","reason":"#, string: body.reason) }
        }
        output.append(UInt8(ascii: "}"))
    }
}
