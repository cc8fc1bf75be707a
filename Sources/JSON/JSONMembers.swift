import Bytes

/// The members of an object, one after the other (RFC 8259 §4).
///
///     var members = JSONMembers(text)
///     while let name = members.next(text) { if text.has(name, "id") { id = members.value(text) } }
///
/// Values that nobody asks for are passed over.
public struct JSONMembers {
    @usableFromInline var cursor: JSONCursor
    @usableFromInline var state = State.broken
    /// The object's end was reached, and there was nothing wrong before it.
    @inlinable public var isWhole: Bool { state == .ended }
    /// After the object, once it is whole.
    @inlinable public var end: Int { cursor.position }

    @usableFromInline
    enum State {
        case first
        /// A value begins at the cursor, or ended there.
        case value
        case after
        case ended
        case broken
    }

    /// - Parameter start: where the object begins; blanks before it are skipped.
    @inlinable @inline(__always)
    public init(_ text: Span<UInt8>, at start: Int = 0) {
        cursor = JSONCursor(at: start)
        cursor.skipBlanks(text)
        if cursor.take(UInt8(ascii: "{"), text) { state = .first }
    }

    /// Begins after the first members where the object begins with `opening`, which is they as they are mostly written; nil where it does not.
    @inlinable @inline(__always)
    public init?(_ text: Span<UInt8>, at start: Int, past opening: StaticString) {
        guard text.matches(opening, at: start) else { return nil }
        cursor = JSONCursor(at: start &+ opening.utf8CodeUnitCount)
        state = .after
    }

    /// True if an object begins there.
    @inlinable public var isObject: Bool { state != .broken }

    /// The next member's name, as a text; nil after the last, or where the object is broken.
    @inlinable @inline(__always)
    public mutating func next(_ text: Span<UInt8>) -> JSONValue? {
        if state == .value { skipValue(text) }
        if state == .first || state == .after, let name = cursor.takeShortName(text, afterComma: state == .after) {
            state = .value
            return name
        }
        if state == .after, cursor.take(UInt8(ascii: "}"), text) {
            state = .ended
            return nil
        }
        return takeName(text)
    }

    /// The value of the member named last; nil where it is none.
    @inlinable @inline(__always)
    public mutating func value(_ text: Span<UInt8>) -> JSONValue? {
        shortValue(text) ?? takeValue(text)
    }

    /// The value of the member named last if it is a text without escapes or a number of digits alone, as most are. Where it is not, or is a
    /// number at the end of all bytes, nothing is taken, and `value` says what it is.
    @inlinable @inline(__always)
    public mutating func shortValue(_ text: Span<UInt8>) -> JSONValue? {
        guard state == .value, let value = cursor.takeShort(text) else { return nil }
        state = .after
        return value
    }

    /// Where the value of the member named last begins, once `next` or `take` has given its name.
    @inlinable public var valueStart: Int { cursor.position }

    /// Whether the value of the member named last begins as an object or an array does.
    @inlinable
    public func beginsNested(_ text: Span<UInt8>) -> Bool {
        state == .value && cursor.position < text.count && text[cursor.position] | 0x20 == UInt8(ascii: "{")
    }

    /// Whether the value of the member named last begins as `null` does.
    @inlinable
    public func beginsNull(_ text: Span<UInt8>) -> Bool {
        state == .value && cursor.position < text.count && text[cursor.position] == UInt8(ascii: "n")
    }

    /// Takes the next member's name and the comma before it if they are written as in `opening`: `,"id":`, of the first member `"id":`.
    /// False, and nothing taken, if not.
    ///
    /// For members that mostly stand in an order; the names that `next` gives are in any.
    @inlinable @inline(__always)
    public mutating func take(_ opening: StaticString, _ text: Span<UInt8>) -> Bool {
        guard state == .after || state == .first, text.matches(opening, at: cursor.position) else { return false }
        cursor.position &+= opening.utf8CodeUnitCount
        cursor.skipBlanks(text)
        state = .value
        return true
    }

    /// Takes a member that is written as in `member`: `,"jsonrpc":"2.0"`. False, and nothing taken, if the next one is not.
    @inlinable @inline(__always)
    public mutating func take(whole member: StaticString, _ text: Span<UInt8>) -> Bool {
        guard state == .after, text.matches(member, at: cursor.position) else { return false }
        cursor.position &+= member.utf8CodeUnitCount
        return true
    }

    /// Passes over the value of the member named last.
    public mutating func skipValue(_ text: Span<UInt8>) { state = cursor.skipValue(text) ? .after : .broken }

    /// True if there is a value at `start`, and it ends.
    public static func hasValue(_ text: Span<UInt8>, at start: Int) -> Bool {
        var cursor = JSONCursor(at: start)
        return cursor.takeValue(text) != nil
    }

    /// The next member's name, however it is written.
    @usableFromInline
    mutating func takeName(_ text: Span<UInt8>) -> JSONValue? {
        switch state {
        case .ended, .broken, .value: return nil
        case .first:
            cursor.skipBlanks(text)
            if cursor.take(UInt8(ascii: "}"), text) {
                state = .ended
                return nil
            }
        case .after:
            cursor.skipBlanks(text)
            if !cursor.take(UInt8(ascii: ","), text) {
                state = cursor.take(UInt8(ascii: "}"), text) ? .ended : .broken
                return nil
            }
            cursor.skipBlanks(text)
        }
        guard let name = cursor.takeText(text) else { return fail() }
        cursor.skipBlanks(text)
        guard cursor.take(UInt8(ascii: ":"), text) else { return fail() }
        cursor.skipBlanks(text)
        state = .value
        return name
    }

    /// The value, whatever it is.
    @usableFromInline
    mutating func takeValue(_ text: Span<UInt8>) -> JSONValue? {
        guard state == .value, let value = cursor.takeValue(text) else { return fail() }
        state = .after
        return value
    }

    private mutating func fail() -> JSONValue? {
        state = .broken
        return nil
    }
}

/// The elements of an array, one after the other (RFC 8259 §5).
public struct JSONElements {
    private var cursor: JSONCursor
    private var isFirst = true
    private var isBroken: Bool
    /// The array's end was reached, and there was nothing wrong before it.
    public private(set) var isWhole = false
    /// After the array, once it is whole.
    public var end: Int { cursor.position }
    /// True if an array begins there.
    public var isArray: Bool { !isBroken }

    /// - Parameter start: where the array begins; blanks before it are skipped.
    public init(_ text: Span<UInt8>, at start: Int = 0) {
        cursor = JSONCursor(at: start)
        cursor.skipBlanks(text)
        isBroken = !cursor.take(UInt8(ascii: "["), text)
    }

    /// The next element; nil after the last, or where the array is broken.
    public mutating func next(_ text: Span<UInt8>) -> JSONValue? {
        guard !isBroken, !isWhole else { return nil }
        cursor.skipBlanks(text)
        if isFirst {
            isFirst = false
            if cursor.take(UInt8(ascii: "]"), text) { return finish() }
        } else {
            if cursor.take(UInt8(ascii: "]"), text) { return finish() }
            guard cursor.take(UInt8(ascii: ","), text) else { return fail() }
            cursor.skipBlanks(text)
        }
        return cursor.takeValue(text) ?? fail()
    }

    private mutating func finish() -> JSONValue? {
        isWhole = true
        return nil
    }

    private mutating func fail() -> JSONValue? {
        isBroken = true
        return nil
    }
}

extension Span where Element == UInt8 {
    /// True if a text of this JSON text is `word`, which needs no escapes.
    @inlinable
    public func has(_ value: JSONValue, _ word: StaticString) -> Bool {
        guard case .text(let hasEscapes) = value.kind, value.range.count == word.utf8CodeUnitCount else { return false }
        return !hasEscapes && matches(word, at: value.range.lowerBound)
    }
}

extension JSONMembers {
    /// The value of a member of an object; nil if it has none of this name.
    public static func find(_ member: StaticString, of object: JSONValue, in text: Span<UInt8>) -> JSONValue? {
        var members = JSONMembers(text, at: object.range.lowerBound)
        while let name = members.next(text) {
            if text.has(name, member) { return members.value(text) }
        }
        return nil
    }

    /// The same in the object that a text is.
    public static func find(_ member: StaticString, in text: Span<UInt8>) -> JSONValue? {
        find(member, of: JSONValue(kind: .object, range: 0..<text.count), in: text)
    }
}
