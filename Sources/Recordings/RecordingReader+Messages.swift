import Bytes
import WebSocket

// Messages, as Chromium's developer tools write them into HAR files and most others after them:
// `{"type": "send", "time": 1795815009.118, "opcode": 1, "data": "hello"}`, where data of any other opcode than 1 are base64.
extension RecordingReader {
    mutating func takeMessage(_ isFirst: Bool) throws(RecordingError) {
        var isFirst = isFirst
        guard try stream.nextElement(&isFirst) else {
            state = .entry(isFirst: false)
            return
        }
        state = .messages(isFirst: false)
        try takeMessage()
    }

    /// A message of a file that has one in each line (Playwright).
    mutating func takeAttached() throws(RecordingError) {
        guard try stream.peek() != nil else { return endAttachment() }
        try takeMessage()
    }

    private struct Parts {
        var type = ""
        var opcode: UInt8?
        var time: Timestamp?
        var hasData = false
        /// Bytes that `data` has, or would have without the limit.
        var dataLength: UInt64 = 0
        /// The content stands in `spare` as it was sent, and not as text.
        var hasExactData = false
        var exactLength: UInt64 = 0
        var statedLength: UInt64?
        var code: UInt16?
        var reason: String?
        var roundTrip: Int64?
        var isRedacted = false
        var isComplete = true
    }

    private mutating func takeMessage() throws(RecordingError) {
        guard try stream.enterObject() else {
            facts.unknownCount += 1
            return
        }
        var parts = Parts()
        data.removeAll()
        spare.removeAll()
        // Base64 is longer than what it stands for.
        let limit = limits.messageByteCount / 3 * 4 + 8
        var isFirst = true
        while let member = try stream.nextMember(&isFirst) {
            if member == .type {
                parts.type = try stream.shortText(limit: 32) ?? ""
            } else if member == .time {
                parts.time = try stream.takeScalar().flatMap(RecordedTime.sinceEpoch)
            } else if member == .opcode {
                parts.opcode = try stream.takeScalar().flatMap { UInt8(String(decoding: $0, as: UTF8.self)) }
            } else if member == .data || member == .text {
                data.removeAll()
                if let length = try stream.text(into: &data, limit: limit) { (parts.hasData, parts.dataLength) = (true, length) }
            } else if member == .exactData {
                spare.removeAll()
                if let length = try stream.text(into: &spare, limit: limit) { (parts.hasExactData, parts.exactLength) = (true, length) }
            } else if member == .statedLength {
                // No frame is longer (RFC 6455 §5.2).
                parts.statedLength = try stream.takeScalar().flatMap { UInt64(String(decoding: $0, as: UTF8.self)) }
                    .map { min($0, UInt64(Int64.max)) }
            } else if member == .code {
                parts.code = try stream.takeScalar().flatMap { UInt16(String(decoding: $0, as: UTF8.self)) }
            } else if member == .reason {
                parts.reason = try stream.shortText(limit: 128)
            } else if member == .roundTrip {
                parts.roundTrip = try stream.takeScalar().flatMap { RecordedTime.seconds($0) }
            } else if member == .isRedacted {
                parts.isRedacted = try stream.takeScalar() == Array("true".utf8)
            } else if member == .isComplete {
                parts.isComplete = try stream.takeScalar() != Array("false".utf8)
            } else {
                try stream.skip()
            }
        }
        take(parts)
    }

    private mutating func take(_ parts: Parts) {
        let side: Side
        switch parts.type {
        case "send", "sent": side = .client
        case "receive", "received": side = .server
        case "error":
            // Chromium puts here why a connection failed.
            let text = unsafe data.span.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
            if entry.failure == nil { entry.failure = text }
            return order.fail(text)
        default:
            facts.unknownCount += 1
            return
        }
        guard let number = parts.opcode.map({ $0 < 16 ? $0 : 1 }) ?? (parts.hasData ? 1 : nil) else {
            facts.unknownCount += 1
            return
        }
        let opcode = Opcode(rawValue: number)
        let length = decode(opcode, parts)
        var message = RecordedMessage(from: side, opcode: opcode, time: parts.time, length: max(length, parts.statedLength ?? 0))
        message.isRedacted = parts.isRedacted
        message.isComplete = parts.isComplete
        message.roundTrip = parts.roundTrip
        facts.messageCount += 1
        entry.messageCount += 1
        var content = ByteBuffer()
        swap(&content, &data)
        order.append(message, content.span.extracting(first: limits.messageByteCount))
        swap(&content, &data)
    }

    /// Makes `data` the content as it was sent.
    /// - Returns: how many bytes it has.
    private mutating func decode(_ opcode: Opcode, _ parts: Parts) -> UInt64 {
        if opcode == .close, let code = parts.code {
            data.removeAll()
            data.append(UInt8(truncatingIfNeeded: code >> 8))
            data.append(UInt8(truncatingIfNeeded: code))
            data.append(string: parts.reason ?? "")
            return UInt64(data.count)
        }
        var length = parts.dataLength
        if parts.hasExactData {
            swap(&data, &spare)
            length = parts.exactLength
        } else if opcode == .text || opcode.isControl {
            return length
        }
        spare.removeAll()
        let isCut = length > UInt64(data.count)
        var decoded = ByteBuffer()
        swap(&decoded, &spare)
        let isBase64 = Base64Content.append(data.span, isCut: isCut, to: &decoded)
        swap(&decoded, &spare)
        guard isBase64 else {
            facts.undecodedCount += 1
            return length
        }
        swap(&data, &spare)
        return isCut ? length / 4 * 3 : UInt64(data.count)
    }
}
