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
            if index > 0 { append(UInt8(ascii: ",")) }
            append(operation: index, of: meaning)
            if let wait = meaning.wait(of: index) { append(wait) }
            append(UInt8(ascii: "}"))
        }
        append(UInt8(ascii: "]"))
    }

    /// An object without its end.
    private mutating func append(operation index: Int, of meaning: borrowing Meaning) {
        // Invariant: keys and names are below 320 bytes, four numbers of 20 at most; texts are counted.
        var line = unsafe writer(upTo: 400 + Self.room(for: meaning.operations[index]))
        line.append(#"{"protocol":""#)
        line.append(meaning.name)
        line.append(#"","type":""#)
        if meaning.operations[index].word.isEmpty {
            line.append(meaning.operations[index].type)
        } else {
            line.append(lossy: meaning.bytes(of: meaning.operations[index].word))
        }
        line.append(#"","name":""#, meaning.bytes(of: meaning.operations[index].name))
        line.append(#"","detail":""#, meaning.bytes(of: meaning.operations[index].detail))
        line.append(#"","id":""#, meaning.bytes(of: meaning.operations[index].id))
        line.append(#"","role":""#)
        line.append(meaning.operations[index].role.name)
        line.append(UInt8(ascii: "\""))
        if meaning.operations[index].request > 0 { line.append(#","request":"#, meaning.operations[index].request) }
        if let latency = meaning.operations[index].latency {
            line.append(#","latency":"#)
            TimeText.appendSeconds(latency, to: &line)
        }
        if let status = meaning.operations[index].status {
            if status == .ok { line.append(#","status":"ok""#) } else { line.append(#","status":"error""#) }
        }
        if !meaning.operations[index].reason.isEmpty {
            line.append(#","reason":""#, meaning.bytes(of: meaning.operations[index].reason))
            line.append(UInt8(ascii: "\""))
        }
        if meaning.operations[index].firstMessage > 0 { line.append(#","firstMessage":"#, meaning.operations[index].firstMessage) }
        commit(line)
        if !meaning.operations[index].value.isEmpty {
            append(json: #","value":"#)
            append(meaning.bytes(of: meaning.operations[index].value))
        }
    }

    /// Bytes that the texts of an operation may take.
    private static func room(for operation: Operation) -> Int {
        let count = operation.word.count + operation.name.count + operation.detail.count + operation.id.count + operation.reason.count
        return LineWriter.lossyByteCount(Int(count)) + 4 * LineWriter.lossyByteCount(0)
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

    /// A text within quotes; what is not UTF-8 becomes U+FFFD.
    mutating func append(lossy text: Span<UInt8>) {
        guard UTF8Validator.isValid(text) else {
            return append(escaping: Array(String(decoding: text.copied(), as: UTF8.self).utf8).span)
        }
        append(escaping: text)
    }
}

extension LineWriter {
    /// Room that a text of so many bytes takes, which may be anything: what is not UTF-8 becomes three times as long.
    static func lossyByteCount(_ count: Int) -> Int { escapedByteCount(3 &* count) }

    /// A text within quotes; there is room for `lossyByteCount`.
    mutating func append(lossy text: Span<UInt8>) {
        if Self.isPlain(text) { return append(text) }
        guard UTF8Validator.isValid(text) else {
            return append(escaping: Array(String(decoding: text.copied(), as: UTF8.self).utf8).span)
        }
        append(escaping: text)
    }

    /// A key with what stands before it, and a text; nothing where that is empty.
    @inline(__always)
    fileprivate mutating func append(_ key: StaticString, _ text: Span<UInt8>) {
        guard !text.isEmpty else { return }
        append(key)
        append(lossy: text)
    }
}
