import Bytes
import Subprotocols
import Waits
import WebSocket

/// Operations as JSON Lines and HAR have them.
extension ByteBuffer {
    /// An array, an object for each operation of a message.
    /// - Parameter key: what stands before it.
    mutating func append(_ key: StaticString = "", operationsOf meaning: borrowing Meaning) {
        let count = meaning.operations.count
        if count == 0 { return append("[]") }
        // One alone is read where it is, and not copied.
        if count == 1 { return append(key, meaning.operations.latest, 0, of: meaning) }
        for index in 0..<count { append(index == 0 ? key : "", meaning.operations[index], index, of: meaning) }
    }

    /// An element of the array, with the array's bracket before the first and after the last.
    @inline(__always)
    private mutating func append(_ key: StaticString, _ operation: borrowing Operation, _ index: Int, of meaning: borrowing Meaning) {
        // Invariant: keys and names are below 340 bytes, four numbers of 20 at most; texts are counted.
        var line = unsafe writer(upTo: 420 + key.utf8CodeUnitCount + Self.room(for: operation))
        line.append(word: key)
        line.append(index == 0 ? #"[{"protocol":""# : #",{"protocol":""#)
        line.append(operation, of: meaning)
        let isPlain = operation.value.isEmpty && !meaning.hasWaits
        if isPlain { line.append(index &+ 1 == meaning.operations.count ? "}]" : "}") }
        commit(line)
        if !isPlain { appendEnd(operation.value, index, of: meaning) }
    }

    /// What few operations have.
    private mutating func appendEnd(_ value: Operation.Text, _ index: Int, of meaning: borrowing Meaning) {
        if !value.isEmpty {
            append(json: #","value":"#)
            append(meaning.bytes(of: value))
        }
        if let wait = meaning.wait(of: index) { append(wait) }
        append(UInt8(ascii: "}"))
        if index == meaning.operations.count &- 1 { append(UInt8(ascii: "]")) }
    }

    /// Bytes that the texts of an operation may take.
    @inline(__always)
    private static func room(for operation: borrowing Operation) -> Int {
        let count = operation.word.count &+ operation.name.count &+ operation.detail.count &+ operation.id.count &+ operation.reason.count
        return LineWriter.lossyByteCount(Int(count)) + 4 * LineWriter.lossyByteCount(0)
    }

    /// The member `delivery`.
    mutating func append(_ delivery: Delivery) {
        append(json: #","delivery":{"seconds":"#)
        TimeText.appendSeconds(delivery.nanoseconds, to: &self)
        append(delivery.wait)
        append(UInt8(ascii: "}"))
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

    /// The members of an operation after the beginning of its first, without what few have.
    @inline(__always)
    fileprivate mutating func append(_ operation: borrowing Operation, of meaning: borrowing Meaning) {
        append(word: meaning.name)
        append(#"","type":""#)
        if operation.word.isEmpty { append(word: operation.type) } else { append(lossy: meaning.bytes(of: operation.word)) }
        append(#"","name":""#, operation.name, meaning)
        append(#"","detail":""#, operation.detail, meaning)
        append(#"","id":""#, operation.id, meaning)
        append(#"","role":""#)
        append(word: operation.role.name)
        append(UInt8(ascii: "\""))
        if operation.request > 0 { append(#","request":"#, operation.request) }
        if let latency = operation.latency {
            append(#","latency":"#)
            TimeText.appendSeconds(latency, to: &self)
        }
        if let status = operation.status {
            if status == .ok { append(#","status":"ok""#) } else { append(#","status":"error""#) }
        }
        if !operation.reason.isEmpty {
            append(#","reason":""#, operation.reason, meaning)
            append(UInt8(ascii: "\""))
        }
        if operation.firstMessage > 0 { append(#","firstMessage":"#, operation.firstMessage) }
    }

    /// A text within quotes; there is room for `lossyByteCount`.
    @inline(__always)
    mutating func append(lossy text: Span<UInt8>) {
        if Self.isPlain(text) { append(short: text) } else { append(special: text) }
    }

    @inline(never)
    private mutating func append(special text: Span<UInt8>) {
        guard UTF8Validator.isValid(text) else {
            return append(escaping: Array(String(decoding: text.copied(), as: UTF8.self).utf8).span)
        }
        append(escaping: text)
    }

    /// A key with what stands before it, and a text; nothing where that is empty.
    @inline(__always)
    fileprivate mutating func append(_ key: StaticString, _ text: Operation.Text, _ meaning: borrowing Meaning) {
        guard !text.isEmpty else { return }
        append(key)
        append(lossy: meaning.bytes(of: text))
    }
}
