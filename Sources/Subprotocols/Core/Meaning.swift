import Bytes
import JSON
import Waits

/// What a message means: its operations, and their texts.
public struct Meaning: ~Copyable {
    /// The protocol.
    public internal(set) var name: StaticString
    public internal(set) var operations = OperationList()
    /// Operations beyond `operationLimit`, which are only counted.
    public internal(set) var omittedCount = 0
    /// Where the latencies of operations went, by their places in `operations`, where that was asked for.
    @usableFromInline var waits: [(operation: Int, wait: Wait)] = []
    /// How long the message was on its way, where that was asked for and is any time.
    public var delivery: Delivery?
    @usableFromInline var text = ByteBuffer()

    /// Operations of a message that are kept.
    public static let operationLimit = 256
    /// Bytes of a name, an id or a reason that are kept.
    public static let textLimit = 512
    /// Bytes that a value may have; a longer one is left out.
    public static let valueLimit = 64 << 10

    public init(_ name: StaticString) { self.name = name }

    @inlinable public var isEmpty: Bool { operations.isEmpty }

    /// The bytes of a text: UTF-8 if the peer sent such.
    @_lifetime(borrow self)
    @inlinable @inline(__always)
    public func bytes(of text: Operation.Text) -> Span<UInt8> { self.text.span.extracting(text.range) }

    /// Something is known of where latencies went.
    @inlinable public var hasWaits: Bool { !waits.isEmpty }

    /// Where the latency of an operation went; nil if that was not asked for, or is not known.
    public func wait(of operation: Int) -> Wait? { waits.first { $0.operation == operation }?.wait }

    /// A text of the operation that was added last.
    @_lifetime(borrow self)
    @inline(__always)
    func last(_ text: (Operation) -> Operation.Text) -> Span<UInt8> { bytes(of: text(operations.latest)) }

    // MARK: Making

    /// A text that stands elsewhere.
    @inline(__always)
    mutating func copy(_ bytes: Span<UInt8>) -> Operation.Text {
        let count = bytes.count
        if count == 0 { return Operation.Text() }
        guard count <= Self.textLimit else { return copy(long: bytes) }
        let start = textEnd
        text.append(short: bytes)
        return Operation.Text(start: Int32(truncatingIfNeeded: start), count: Int32(truncatingIfNeeded: count))
    }

    private mutating func copy(long bytes: Span<UInt8>) -> Operation.Text {
        let start = textEnd
        append(bytes)
        return text(from: start)
    }

    /// What a JSON value says: a text without its quotes and escapes, anything else as written.
    @inline(__always)
    mutating func copy(_ value: JSONValue, in content: Span<UInt8>) -> Operation.Text {
        guard case .text(hasEscapes: true) = value.kind else { return copy(content.extracting(value.range)) }
        let start = textEnd
        append(value, in: content)
        return text(from: start)
    }

    mutating func add(_ wait: Wait, to operation: Int) { waits.append((operation, wait)) }

    /// Forgets everything.
    @inline(__always)
    mutating func removeAll() {
        operations.removeAll()
        if delivery != nil { delivery = nil }
        if !waits.isEmpty { waits.removeAll(keepingCapacity: true) }
        omittedCount = 0
        text.removeAll(keepingAtMost: Self.keptByteCount)
    }

    private static let keptByteCount = 8 << 10

    /// Begins a text that is appended piece by piece.
    var textEnd: Int { text.count }

    /// What was appended since `start`, cut at `limit` bytes.
    @inline(__always)
    mutating func text(from start: Int, limit: Int = textLimit) -> Operation.Text {
        if text.count &- start > limit { cut(from: start, limit) }
        return Operation.Text(start: Int32(truncatingIfNeeded: start), count: Int32(truncatingIfNeeded: text.count &- start))
    }

    private mutating func cut(from start: Int, _ limit: Int) {
        text.truncate(to: start + limit)
        // Not in the middle of a character.
        var end = text.count
        while end > start, text.span[end - 1] & 0xC0 == 0x80 { end -= 1 }
        if end > start, text.span[end - 1] >= 0xC0 { end -= 1 }
        text.truncate(to: end)
    }

    mutating func append(_ bytes: Span<UInt8>) { text.append(bytes.extracting(first: Self.valueLimit)) }
    mutating func append(_ byte: UInt8) { text.append(byte) }
    mutating func append(_ word: StaticString) { text.append(word) }
    mutating func append(decimal number: UInt64) { text.append(decimal: number) }

    /// Appends what a JSON value says: a text without its quotes and escapes, anything else as written.
    mutating func append(_ value: JSONValue, in content: Span<UInt8>) {
        let written = content.extracting(value.range).extracting(first: Self.valueLimit)
        if case .text(hasEscapes: true) = value.kind { JSONText.append(written, to: &text) } else { text.append(written) }
    }

    /// Appends with `write`.
    mutating func append(_ write: (inout ByteBuffer) -> Void) { write(&text) }

    mutating func truncate(to end: Int) { text.truncate(to: end) }
}

// A reader who may see less gets another meaning.
extension Meaning {
    /// The same, with each text as `replace` writes it: `replace` is given a text, and room to write what is to be shown.
    public func replacing(_ replace: (Span<UInt8>, inout ByteBuffer) -> Void) -> Meaning {
        var other = Meaning(name)
        other.omittedCount = omittedCount
        other.waits = waits
        other.delivery = delivery
        for var operation in operations {
            operation.word = other.take(bytes(of: operation.word), replace)
            operation.requestWord = other.take(bytes(of: operation.requestWord), replace)
            operation.name = other.take(bytes(of: operation.name), replace)
            operation.detail = other.take(bytes(of: operation.detail), replace)
            operation.id = other.take(bytes(of: operation.id), replace)
            operation.reason = other.take(bytes(of: operation.reason), replace)
            // With something replaced in it, it need not be JSON any more.
            let before = bytes(of: operation.value)
            let start = other.text.count
            operation.value = other.take(before, replace)
            if !other.bytes(of: operation.value).isSame(as: before) {
                other.text.truncate(to: start)
                operation.value = Operation.Text()
            }
            other.operations.append(operation)
        }
        return other
    }

    private mutating func take(_ bytes: Span<UInt8>, _ replace: (Span<UInt8>, inout ByteBuffer) -> Void) -> Operation.Text {
        if bytes.isEmpty { return Operation.Text() }
        let start = text.count
        replace(bytes, &text)
        return Operation.Text(start: Int32(start), count: Int32(text.count - start))
    }
}

extension Span where Element == UInt8 {
    fileprivate func isSame(as other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count where self[index] != other[index] { return false }
        return true
    }
}
