import Bytes

/// The field lines of a message head, in the order in which they came, in one block of memory.
///
/// Mostly it is asked whether a field is there and what it says, for which no text is made but the answer.
public struct Headers: Sendable, Equatable {
    /// Of each field the number of bytes of its name and of its value, four bytes each, and then both, as UTF-8.
    private let bytes: [UInt8]
    private let storedCount: UInt32
    /// The lengths of names that are there, see `HeadersBuilder.nameLengths`: most fields that are asked for are not.
    private let nameLengths: UInt32

    static let lengthsByteCount = 8

    public init() { self.init(HeadersBuilder(capacity: 0)) }

    public init(_ headers: some Sequence<Header>) {
        var builder = HeadersBuilder(capacity: 0)
        for header in headers { builder.append(header.name.utf8.span, header.value.utf8.span) }
        self.init(builder)
    }

    /// - Parameter fields: names and values as bytes; nil for what was not captured.
    public init(fields: some Sequence<(name: [UInt8]?, value: [UInt8]?)>) {
        var builder = HeadersBuilder(capacity: 0)
        let unknown = Array(Header.unknown.utf8)
        for field in fields {
            let (name, value) = (field.name ?? unknown, field.value ?? unknown)
            builder.append(name.span, value.span)
        }
        self.init(builder)
    }

    init(_ builder: borrowing HeadersBuilder) {
        bytes = builder.bytes.span.copied()
        storedCount = UInt32(clamping: builder.count)
        nameLengths = builder.nameLengths
    }

    public var count: Int { Int(storedCount) }
    public var isEmpty: Bool { storedCount == 0 }

    /// The field at an index, which takes as many steps to be reached.
    public subscript(index: Int) -> Header {
        var fields = makeIterator()
        for _ in 0..<index { _ = fields.next() }
        guard let field = fields.next() else { preconditionFailure("there are \(count) fields") }
        return field
    }

    public static func == (a: Headers, b: Headers) -> Bool { a.bytes == b.bytes }

    // MARK: Reading

    /// Where the parts of a field are.
    fileprivate struct Field {
        var name: Range<Int>
        var value: Range<Int>

        @inline(__always)
        init(at position: Int, in bytes: Span<UInt8>) {
            let start = position + lengthsByteCount
            let middle = start + Int(bytes.uint32LE(at: position))
            name = start..<middle
            value = middle..<middle + Int(bytes.uint32LE(at: position + 4))
        }
    }

    /// The value of the next field of this name at or after `position`, which is moved past it.
    private func nextValue(of name: Span<UInt8>, from position: inout Int) -> Range<Int>? {
        guard nameLengths & HeadersBuilder.bit(ofLength: name.count) != 0 else { return nil }
        return Self.nextValue(of: name, in: bytes.span, from: &position)
    }

    private static func nextValue(of name: Span<UInt8>, in bytes: Span<UInt8>, from position: inout Int) -> Range<Int>? {
        while position < bytes.count {
            let lengths = bytes.uint64LE(at: position)
            let nameCount = Int(lengths & 0xFFFF_FFFF)
            let start = position &+ lengthsByteCount
            position = start &+ nameCount &+ Int(lengths >> 32)
            // Nearly every field has another name, and nearly every other name another length.
            if nameCount >= name.count, isNamed(bytes.extracting(start..<start &+ nameCount), name) {
                return start &+ nameCount..<position
            }
        }
        return nil
    }

    private static func isNamed(_ written: Span<UInt8>, _ name: Span<UInt8>) -> Bool {
        if written.count == name.count { return written.equalsIgnoringCase(name) }
        return written.count > 0 && written[written.count - 1].isBlank && written.trimmingBlanks.equalsIgnoringCase(name)
    }

    /// The value of the first field of this name.
    public func value(of name: String) -> String? {
        var position = 0
        return nextValue(of: name.utf8.span, from: &position).map { bytes.span.extracting($0).text }
    }

    /// The value of the first field of this name, as it stands in memory; nil if there is none.
    @_lifetime(borrow self)
    public func bytes(of name: String) -> Span<UInt8>? {
        var position = 0
        guard let value = nextValue(of: name.utf8.span, from: &position) else { return nil }
        return bytes.span.extracting(value)
    }

    /// All fields, one after the other, as they stand in memory.
    public func forEach(_ show: (_ name: Span<UInt8>, _ value: Span<UInt8>) -> Void) {
        var position = 0
        while position < bytes.count {
            let field = Field(at: position, in: bytes.span)
            position = field.value.upperBound
            show(bytes.span.extracting(field.name), bytes.span.extracting(field.value))
        }
    }

    public func contains(_ name: String) -> Bool {
        var position = 0
        return nextValue(of: name.utf8.span, from: &position) != nil
    }

    /// Whether there is one field of this name with this value, case ignored.
    public func isOnly(_ wanted: String, in name: String) -> Bool {
        var position = 0
        guard let value = nextValue(of: name.utf8.span, from: &position), bytes.span.extracting(value).equalsIgnoringCase(wanted.utf8.span)
        else { return false }
        return nextValue(of: name.utf8.span, from: &position) == nil
    }

    /// How many fields have this name.
    public func count(of name: String) -> Int {
        var (position, count) = (0, 0)
        while nextValue(of: name.utf8.span, from: &position) != nil { count += 1 }
        return count
    }

    /// The values of all fields of this name, in order.
    public func values(of name: String) -> [String] {
        var values: [String] = []
        var position = 0
        while let value = nextValue(of: name.utf8.span, from: &position) {
            values.append(bytes.span.extracting(value).text)
        }
        return values
    }

    /// The elements of a list-valued field over all its lines (RFC 9110 §5.6.1).
    ///
    /// Empty elements are left out. A comma in a quoted string separates nothing; a quote that is never closed reaches
    /// to the end of its own line.
    public func elements(of name: String) -> [String] {
        var elements: [String] = []
        var position = 0
        while let value = nextValue(of: name.utf8.span, from: &position) {
            let list = bytes.span.extracting(value)
            var start = 0
            while let element = list.nextElement(from: &start) { elements.append(list.extracting(element).text) }
        }
        return elements
    }

    /// Whether the list-valued field has this element, case ignored: `Connection` has `upgrade`, say.
    public func hasElement(_ wanted: String, in name: String) -> Bool {
        var position = 0
        while let value = nextValue(of: name.utf8.span, from: &position) {
            let list = bytes.span.extracting(value)
            // Most lists have one element.
            if list.equalsIgnoringCase(wanted.utf8.span), list.firstOffset(of: .comma) == nil { return true }
            var start = 0
            while let element = list.nextElement(from: &start) {
                if list.extracting(element).equalsIgnoringCase(wanted.utf8.span) { return true }
            }
        }
        return false
    }
}

extension Headers: Sequence, ExpressibleByArrayLiteral {
    public struct Iterator: IteratorProtocol {
        fileprivate let bytes: [UInt8]
        fileprivate var position = 0

        public mutating func next() -> Header? {
            guard position < bytes.count else { return nil }
            let field = Field(at: position, in: bytes.span)
            position = field.value.upperBound
            return Header(name: bytes.span.extracting(field.name).text, value: bytes.span.extracting(field.value).text)
        }
    }

    public func makeIterator() -> Iterator { Iterator(bytes: bytes) }
    public var underestimatedCount: Int { count }

    public init(arrayLiteral headers: Header...) { self.init(headers) }
}

extension Span where Element == UInt8 {
    /// The next part between commas outside quoted strings, without the blanks around it, that is not empty. `start`, where the search
    /// begins, is moved past it.
    fileprivate func nextElement(from start: inout Int) -> Range<Int>? {
        while start <= count {
            let end = endOfElement(from: start)
            var part = start..<end
            start = end + 1
            while !part.isEmpty, self[part.lowerBound].isBlank { part = part.lowerBound + 1..<part.upperBound }
            while !part.isEmpty, self[part.upperBound - 1].isBlank { part = part.lowerBound..<part.upperBound - 1 }
            if !part.isEmpty { return part }
        }
        return nil
    }

    private func endOfElement(from start: Int) -> Int {
        var isQuoted = false
        var isEscaped = false
        for index in start..<count {
            let byte = self[index]
            if isEscaped {
                isEscaped = false
            } else if isQuoted, byte == .backslash {
                isEscaped = true
            } else if byte == .quote {
                isQuoted.toggle()
            } else if byte == .comma, !isQuoted {
                return index
            }
        }
        return count
    }
}
