import Bytes
import Subprotocols
import Waits
import WebSocket

/// Operations as JSON Lines and HAR have them.
extension ByteBuffer {
    /// An array, an object for each operation of a message.
    /// - Parameter key: what stands before it.
    @inline(__always)
    mutating func append(_ key: StaticString = "", operationsOf meaning: borrowing Meaning) {
        // One alone is read where it is, and not copied.
        if meaning.operations.count == 1 { return append(key, meaning.operations.latest, 0, of: meaning) }
        append(key)
        appendAll(meaning)
    }

    @inline(never)
    private mutating func appendAll(_ meaning: borrowing Meaning) {
        let count = meaning.operations.count
        if count == 0 { append("[]") }
        for index in 0..<count { append("", meaning.operations[index], index, of: meaning) }
    }

    /// An element of the array, with the array's bracket before the first and after the last.
    /// - Parameter operation: read member by member.
    @inline(__always)
    private mutating func append(
        _ key: StaticString, _ operation: @autoclosure () -> Operation, _ index: Int, of meaning: borrowing Meaning
    ) {
        let textCount =
            operation().word.count &+ operation().name.count &+ operation().detail.count &+ operation().id.count &+ operation().reason.count
        // Invariant: keys and names are below 340 bytes, four numbers of 20 at most; texts are counted.
        var line = unsafe writer(upTo: 420 &+ key.utf8CodeUnitCount &+ LineWriter.lossyByteCount(Int(textCount), in: 5))
        line.append(key)
        if index == 0 { line.append(#"[{"protocol":""#) } else { line.append(#",{"protocol":""#) }
        line.append(operation(), of: meaning)
        let isPlain = operation().value.isEmpty && !meaning.hasWaits
        if isPlain { if index &+ 1 == meaning.operations.count { line.append("}]") } else { line.append("}") } }
        commit(line)
        if !isPlain { appendEnd(operation().value, index, of: meaning) }
    }

    /// What few operations have.
    @inline(never)
    private mutating func appendEnd(_ value: Operation.Text, _ index: Int, of meaning: borrowing Meaning) {
        if !value.isEmpty {
            append(json: #","value":"#)
            append(meaning.bytes(of: value))
        }
        if let wait = meaning.wait(of: index) { append(wait) }
        append(UInt8(ascii: "}"))
        if index == meaning.operations.count &- 1 { append(UInt8(ascii: "]")) }
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
    /// Room that so many bytes take in some texts, which may be anything: what is not UTF-8 becomes three times as long.
    @inline(__always)
    static func lossyByteCount(_ count: Int, in textCount: Int) -> Int {
        escapedByteCount(3 &* count) &+ (textCount &- 1) &* escapedByteCount(0)
    }

    /// The members of an operation after the beginning of its first, without what few have.
    @inline(__always)
    fileprivate mutating func append(_ operation: @autoclosure () -> Operation, of meaning: borrowing Meaning) {
        append(word: meaning.name)
        append(#"","type":""#)
        if operation().word.isEmpty { append(word: operation().type) } else { append(lossy: operation().word, meaning) }
        append(#"","name":""#, operation().name, meaning)
        append(#"","detail":""#, operation().detail, meaning)
        append(#"","id":""#, operation().id, meaning)
        append(operation().role)
        // The numbers of what came by polling are negative here: for messages there is nothing more to ask.
        if Int64(bitPattern: operation().request) > 0 {
            append(#","request":"#, operation().request)
            if let latency = operation().latency { append(latency: latency) }
        } else if let latency = operation().latency {
            append(#","polledRequest":"#, operation().request - MessageFacts.polled)
            append(latency: latency)
        }
        if let status = operation().status {
            if status == .ok { append(#","status":"ok""#) } else { append(#","status":"error""#) }
        }
        if !operation().reason.isEmpty {
            append(#","reason":""#, operation().reason, meaning)
            append(UInt8(ascii: "\""))
        }
        if Int64(bitPattern: operation().firstMessage) > 0 { append(#","firstMessage":"#, operation().firstMessage) }
    }

    @inline(__always)
    private mutating func append(latency: Int64) {
        append(#","latency":"#)
        TimeText.appendSeconds(latency, to: &self)
    }

    /// The member `role`, after a text.
    // As a whole for each, which takes no look at how long a name is.
    @inline(__always)
    private mutating func append(_ role: Operation.Role) {
        switch role {
        case .request: append(#"","role":"request""#)
        case .response: append(#"","role":"response""#)
        case .event: append(#"","role":"event""#)
        case .stream: append(#"","role":"stream""#)
        case .heartbeat: append(#"","role":"heartbeat""#)
        case .setup: append(#"","role":"setup""#)
        case .error: append(#"","role":"error""#)
        }
    }

    /// A key with what stands before it, and a text; nothing where that is empty.
    @inline(__always)
    private mutating func append(_ key: StaticString, _ text: Operation.Text, _ meaning: borrowing Meaning) {
        guard !text.isEmpty else { return }
        append(key)
        append(lossy: text, meaning)
    }

    /// A text within quotes, which is not empty; there is room for it as if it were no UTF-8.
    @inline(__always)
    private mutating func append(lossy text: Operation.Text, _ meaning: borrowing Meaning) {
        if text.count <= ByteBuffer.blockByteCount {
            let block = meaning.block(of: text)
            if Self.isPlain(block, count: Int(text.count)) { return append(block, count: Int(text.count)) }
        }
        append(lossy: meaning.bytes(of: text))
    }

    @inline(never)
    private mutating func append(lossy text: Span<UInt8>) {
        if Self.isPlain(text) { return append(short: text) }
        guard UTF8Validator.isValid(text) else {
            return append(escaping: Array(String(decoding: text.copied(), as: UTF8.self).utf8).span)
        }
        append(escaping: text)
    }
}
