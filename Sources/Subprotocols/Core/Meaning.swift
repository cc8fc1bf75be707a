import Bytes
import JSON
import Waits

/// What a message means: its operations, and their texts.
///
/// It is a pointer to its state, which stays where it is: a meaning is lent without a copy, and of an operation is read what is asked for.
/// Several may share a state, which then is that of the message that was taken last: among many connections, a state of its own for each
/// would cost most messages cache misses.
@safe
public struct Meaning: ~Copyable {
    @usableFromInline
    struct State: ~Copyable {
        @usableFromInline var operations = OperationList()
        @usableFromInline var omittedCount = 0
        /// By places in `operations`.
        @usableFromInline var waits: [(operation: Int, wait: Wait)] = []
        @usableFromInline var delivery: Delivery?
        /// The texts of operations, each of them padded.
        @usableFromInline var text = ByteBuffer()

        init() {}
    }

    /// Where a state lives.
    // Invariant: what it points to is initialized as long as it lives.
    @safe
    @usableFromInline
    final class Room {
        fileprivate let pointer: UnsafeMutablePointer<State>

        fileprivate init() {
            unsafe pointer = .allocate(capacity: 1)
            unsafe pointer.initialize(to: State())
        }

        deinit {
            unsafe pointer.deinitialize(count: 1)
            unsafe pointer.deallocate()
        }
    }

    /// The protocol.
    public internal(set) var name: StaticString

    private let room: Room
    // Invariant: what it points to is initialized as long as its room lives, and reached through meanings alone, on one thread.
    @usableFromInline let pointer: UnsafeMutablePointer<State>

    @usableFromInline var state: State {
        @inlinable @inline(__always) unsafeAddress { unsafe UnsafePointer(pointer) }
        @inlinable @inline(__always) unsafeMutableAddress { unsafe pointer }
    }

    public internal(set) var operations: OperationList {
        @inlinable @inline(__always) unsafeAddress { unsafe UnsafePointer(Self.address(of: &pointer.pointee.operations)) }
        @inlinable @inline(__always) unsafeMutableAddress { unsafe Self.address(of: &pointer.pointee.operations) }
    }

    /// Operations beyond `operationLimit`, which are paired, and then only counted: kept are those before them, and the last of all.
    public internal(set) var omittedCount: Int {
        @inlinable @inline(__always) get { state.omittedCount }
        set { state.omittedCount = newValue }
    }

    /// How long the message was on its way, where that was asked for and is any time.
    public var delivery: Delivery? {
        @inlinable @inline(__always) get { state.delivery }
        set { state.delivery = newValue }
    }

    // Invariant: asked of a part of the state alone, which does not move.
    @inlinable @inline(__always)
    static func address<Part>(of part: inout Part) -> UnsafeMutablePointer<Part> {
        unsafe withUnsafeMutablePointer(to: &part) { unsafe $0 }
    }

    /// Operations of a message that are kept.
    public static let operationLimit = 4_096
    /// Bytes of a name, an id or a reason that are kept.
    public static let textLimit = 512
    /// Bytes that a value may have; a longer one is left out.
    public static let valueLimit = 64 << 10

    public init(_ name: StaticString) { self.init(name, in: Room()) }

    /// One that shares its state with another: what is said in either is said in both, until the next message.
    public init(_ name: StaticString, sharing other: borrowing Meaning) { self.init(name, in: other.room) }

    private init(_ name: StaticString, in room: Room) {
        self.name = name
        self.room = room
        unsafe pointer = room.pointer
    }

    @inlinable public var isEmpty: Bool { operations.isEmpty }

    /// Bytes that all texts take.
    public var textByteCount: Int { state.text.count }

    /// The bytes of a text: UTF-8 if the peer sent such.
    @_lifetime(borrow self)
    @inlinable @inline(__always)
    public func bytes(of text: Operation.Text) -> Span<UInt8> { state.text.span.extracting(text.range) }

    /// The first sixteen bytes of a text, whatever stands after it if it has less.
    @inlinable @inline(__always)
    public func block(of text: Operation.Text) -> SIMD16<UInt8> { state.text.block(at: Int(text.start)) }

    /// The first eight bytes of a text as a number.
    @inline(__always)
    func word(of text: Operation.Text) -> UInt64 { state.text.word(at: Int(text.start)) }

    /// Something is known of where latencies went.
    @inlinable public var hasWaits: Bool { !state.waits.isEmpty }

    /// Where the latency of an operation went; nil if that was not asked for, or is not known.
    public func wait(of operation: Int) -> Wait? { state.waits.first { $0.operation == operation }?.wait }

    /// A text of the operation that was added last.
    @_lifetime(borrow self)
    @inline(__always)
    func last(_ text: (Operation) -> Operation.Text) -> Span<UInt8> { bytes(of: text(operations.latest)) }

    // MARK: Making

    /// A text that stands elsewhere.
    @inline(__always)
    mutating func copy(_ range: Range<Int>, of bytes: Span<UInt8>) -> Operation.Text {
        let count = range.upperBound &- range.lowerBound
        guard count <= Self.textLimit else { return copy(long: bytes.extracting(range)) }
        let start = textEnd
        state.text.append(padded: range, of: bytes)
        return Operation.Text(start: Int32(truncatingIfNeeded: start), count: Int32(truncatingIfNeeded: count))
    }

    /// A padded text of another buffer that is no longer than the limit.
    @inline(__always)
    mutating func copy(_ range: Range<Int>, of texts: borrowing ByteBuffer) -> Operation.Text {
        let start = textEnd
        state.text.append(padded: range, of: texts)
        return Operation.Text(
            start: Int32(truncatingIfNeeded: start), count: Int32(truncatingIfNeeded: range.upperBound &- range.lowerBound))
    }

    @inline(never)
    private mutating func copy(long bytes: Span<UInt8>) -> Operation.Text {
        let start = textEnd
        append(bytes)
        return text(from: start)
    }

    /// What a JSON value says: a text without its quotes and escapes, anything else as written.
    @inline(__always)
    mutating func copy(_ value: JSONValue, in content: Span<UInt8>) -> Operation.Text {
        if case .text(hasEscapes: true) = value.kind { copy(escaped: value, in: content) } else { copy(value.range, of: content) }
    }

    @inline(never)
    private mutating func copy(escaped value: JSONValue, in content: Span<UInt8>) -> Operation.Text {
        let start = textEnd
        append(value, in: content)
        return text(from: start)
    }

    /// Puts another operation in the place of the last one, and counts that.
    @inline(never)
    mutating func replaceLatest(_ role: Operation.Role, _ type: StaticString) {
        omittedCount += 1
        if let start = operations.latest.textStart { truncate(to: Int(start)) }
        operations.latest.begin(role, type)
    }

    mutating func add(_ wait: Wait, to operation: Int) { state.waits.append((operation, wait)) }

    /// Forgets everything.
    @inline(__always)
    mutating func removeAll() {
        operations.removeAll()
        if state.delivery != nil { state.delivery = nil }
        if !state.waits.isEmpty { state.waits.removeAll(keepingCapacity: true) }
        state.omittedCount = 0
        state.text.removeAll(keepingAtMost: Self.keptByteCount)
    }

    private static let keptByteCount = 8 << 10

    /// Begins a text that is appended piece by piece.
    var textEnd: Int { state.text.count }

    /// What was appended since `start`, cut at `limit` bytes.
    @inline(__always)
    mutating func text(from start: Int, limit: Int = textLimit) -> Operation.Text {
        if state.text.count &- start > limit { cut(from: start, limit) }
        state.text.pad()
        return Operation.Text(start: Int32(truncatingIfNeeded: start), count: Int32(truncatingIfNeeded: state.text.count &- start))
    }

    private mutating func cut(from start: Int, _ limit: Int) {
        state.text.truncate(to: start + limit)
        // Not in the middle of a character.
        var end = state.text.count
        while end > start, state.text.span[end - 1] & 0xC0 == 0x80 { end -= 1 }
        if end > start, state.text.span[end - 1] >= 0xC0 { end -= 1 }
        state.text.truncate(to: end)
    }

    mutating func append(_ bytes: Span<UInt8>) { state.text.append(bytes.extracting(first: Self.valueLimit)) }
    mutating func append(_ byte: UInt8) { state.text.append(byte) }
    mutating func append(_ word: StaticString) { state.text.append(word) }
    mutating func append(decimal number: UInt64) { state.text.append(decimal: number) }

    /// Appends what a JSON value says: a text without its quotes and escapes, anything else as written.
    mutating func append(_ value: JSONValue, in content: Span<UInt8>) {
        let written = content.extracting(value.range).extracting(first: Self.valueLimit)
        if case .text(hasEscapes: true) = value.kind { JSONText.append(written, to: &state.text) } else { state.text.append(written) }
    }

    /// Appends with `write`.
    mutating func append(_ write: (inout ByteBuffer) -> Void) { write(&state.text) }

    mutating func truncate(to end: Int) { state.text.truncate(to: end) }
}

// A reader who may see less gets another meaning.
extension Meaning {
    /// The same, to be kept.
    public func copy() -> Meaning { replacing { $1.append($0) } }

    /// The same, with each text as `replace` writes it: `replace` is given a text, and room to write what is to be shown.
    public func replacing(_ replace: (Span<UInt8>, inout ByteBuffer) -> Void) -> Meaning {
        var other = Meaning(name)
        other.omittedCount = omittedCount
        other.state.waits = state.waits
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
            let start = other.textEnd
            operation.value = other.take(before, replace)
            if !other.bytes(of: operation.value).isSame(as: before) {
                other.truncate(to: start)
                operation.value = Operation.Text()
            }
            other.operations.append(operation)
        }
        return other
    }

    private mutating func take(_ bytes: Span<UInt8>, _ replace: (Span<UInt8>, inout ByteBuffer) -> Void) -> Operation.Text {
        if bytes.isEmpty { return Operation.Text() }
        let start = textEnd
        append { replace(bytes, &$0) }
        return text(from: start, limit: .max)
    }
}

extension Span where Element == UInt8 {
    func isSame(as other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count where self[index] != other[index] { return false }
        return true
    }
}
