import Bytes
import Subprotocols
import Waits
import WebSocket

/// Operations as JSON Lines and HAR have them.
extension ByteBuffer {
    /// An array, an object for each operation of a message.
    mutating func append(operationsOf meaning: borrowing Meaning) {
        append(UInt8(ascii: "["))
        for index in meaning.operations.indices {
            append(json: index == 0 ? #"{"protocol":""# : #",{"protocol":""#)
            append(meaning.name)
            append(meaning.operations[index], of: meaning)
            if let wait = meaning.wait(of: index) { append(wait) }
            append(UInt8(ascii: "}"))
        }
        append(UInt8(ascii: "]"))
    }

    private mutating func append(_ operation: Operation, of meaning: borrowing Meaning) {
        append(json: #"","type":""#)
        if operation.word.isEmpty { append(operation.type) } else { append("", meaning.bytes(of: operation.word)) }
        if !operation.name.isEmpty { append(#"","name":""#, meaning.bytes(of: operation.name)) }
        if !operation.detail.isEmpty { append(#"","detail":""#, meaning.bytes(of: operation.detail)) }
        if !operation.id.isEmpty { append(#"","id":""#, meaning.bytes(of: operation.id)) }
        append(json: #"","role":""#)
        append(operation.role.name)
        append(UInt8(ascii: "\""))
        if operation.request > 0 { append(#","request":"#, operation.request) }
        if let latency = operation.latency {
            append(json: #","latency":"#)
            TimeText.appendSeconds(latency, to: &self)
        }
        if let status = operation.status {
            append(json: status == .ok ? #","status":"ok""# : #","status":"error""#)
        }
        if !operation.reason.isEmpty {
            append(#","reason":""#, meaning.bytes(of: operation.reason))
            append(UInt8(ascii: "\""))
        }
        if operation.firstMessage > 0 { append(#","firstMessage":"#, operation.firstMessage) }
        if !operation.value.isEmpty {
            append(json: #","value":"#)
            append(meaning.bytes(of: operation.value))
        }
    }

    private mutating func append(_ wait: Wait) {
        append(json: #","wait":["#)
        for (index, part) in wait.parts.enumerated() {
            append(json: index == 0 ? #"{"cause":""# : #",{"cause":""#)
            append(part.cause.name)
            append(json: #"","seconds":"#)
            TimeText.appendSeconds(part.nanoseconds, to: &self)
            if let side = part.side { append(json: side == .client ? #","side":"client""# : #","side":"server""#) }
            if part.firstPacket > 0 {
                append(#","packets":["#, part.firstPacket)
                if part.lastPacket != part.firstPacket { append(",", part.lastPacket) }
                append(UInt8(ascii: "]"))
            }
            if part.message > 0 { append(#","message":"#, part.message) }
            if part.connection > 0 { append(#","connection":"#, part.connection) }
            append(UInt8(ascii: "}"))
        }
        append(UInt8(ascii: "]"))
    }

    /// A key with what stands before it, and a text that may be anything.
    private mutating func append(_ key: StaticString, _ text: Span<UInt8>) {
        append(json: key)
        append(lossy: text)
    }

    /// A text within quotes; what is not UTF-8 becomes U+FFFD.
    mutating func append(lossy text: Span<UInt8>) {
        guard UTF8Validator.isValid(text) else {
            return append(escaping: Array(String(decoding: text.copied(), as: UTF8.self).utf8).span)
        }
        append(escaping: text)
    }
}
