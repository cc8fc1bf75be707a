import Bytes
import Subprotocols
import Waits
import WebSocket

/// Operations as JSON Lines and HAR have them.
extension ByteBuffer {
    /// An array, an object for each operation of a message.
    mutating func append(operationsOf meaning: borrowing Meaning) {
        append(UInt8(ascii: "["))
        for index in 0..<meaning.operations.count {
            if index > 0 { append(UInt8(ascii: ",")) }
            append(operation: index, of: meaning)
            if let wait = meaning.wait(of: index) { append(wait) }
            append(UInt8(ascii: "}"))
        }
        append(UInt8(ascii: "]"))
    }

    /// An object without its end.
    private mutating func append(operation index: Int, of meaning: borrowing Meaning) {
        let operation = meaning.operations[index]
        // Invariant: keys and names are below 320 bytes, four numbers of 20 at most; texts are counted.
        var line = unsafe writer(upTo: 400 + Self.room(for: operation))
        line.append(#"{"protocol":""#)
        line.append(word: meaning.name)
        line.append(#"","type":""#)
        if operation.word.isEmpty { line.append(word: operation.type) } else { line.append(lossy: meaning.bytes(of: operation.word)) }
        line.append(#"","name":""#, operation.name, meaning)
        line.append(#"","detail":""#, operation.detail, meaning)
        line.append(#"","id":""#, operation.id, meaning)
        line.append(#"","role":""#)
        line.append(word: operation.role.name)
        line.append(UInt8(ascii: "\""))
        if operation.request > 0 { line.append(#","request":"#, operation.request) }
        if let latency = operation.latency {
            line.append(#","latency":"#)
            TimeText.appendSeconds(latency, to: &line)
        }
        if let status = operation.status {
            if status == .ok { line.append(#","status":"ok""#) } else { line.append(#","status":"error""#) }
        }
        if !operation.reason.isEmpty {
            line.append(#","reason":""#, operation.reason, meaning)
            line.append(UInt8(ascii: "\""))
        }
        if operation.firstMessage > 0 { line.append(#","firstMessage":"#, operation.firstMessage) }
        commit(line)
        if !operation.value.isEmpty {
            append(json: #","value":"#)
            append(meaning.bytes(of: operation.value))
        }
    }

    /// Bytes that the texts of an operation may take.
    private static func room(for operation: Operation) -> Int {
        let count = operation.word.count + operation.name.count + operation.detail.count + operation.id.count + operation.reason.count
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

    /// A text within quotes; there is room for `lossyByteCount`.
    mutating func append(lossy text: Span<UInt8>) {
        if Self.isPlain(text) { return unsafe text.withUnsafeBytes { unsafe append(short: $0) } }
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

    /// A word of this program's own.
    @inline(__always)
    fileprivate mutating func append(word: StaticString) {
        // Invariant: a static string has as many bytes as it says.
        unsafe append(short: UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }

    /// Bytes that are few as a rule: two stores that may overlap, and no call.
    @inline(__always)
    private mutating func append(short bytes: UnsafeRawBufferPointer) {
        let count = bytes.count
        check(count)
        guard let source = bytes.baseAddress, count > 0 else { return }
        unsafe append { target in
            // Invariant: every load and store is of bytes below the count.
            if count > 16 {
                unsafe target.copyMemory(from: source, byteCount: count)
            } else if count >= 8 {
                unsafe Self.copyEnds(as: UInt64.self, source, count, to: target)
            } else if count >= 4 {
                unsafe Self.copyEnds(as: UInt32.self, source, count, to: target)
            } else if count >= 2 {
                unsafe Self.copyEnds(as: UInt16.self, source, count, to: target)
            } else {
                unsafe target.storeBytes(of: source.load(as: UInt8.self), as: UInt8.self)
            }
            return unsafe target + count
        }
    }

    /// Copies the first bytes and the last ones, which may be the same.
    @unsafe @inline(__always)
    private static func copyEnds<Word: FixedWidthInteger & BitwiseCopyable>(
        as type: Word.Type, _ source: UnsafeRawPointer, _ count: Int, to target: UnsafeMutableRawPointer
    ) {
        let rest = count &- MemoryLayout<Word>.size
        let last = unsafe source.loadUnaligned(fromByteOffset: rest, as: type)
        unsafe target.storeBytes(of: source.loadUnaligned(as: type), as: type)
        unsafe target.storeBytes(of: last, toByteOffset: rest, as: type)
    }
}
