import Bytes
import JSON

/// A JSON text of any length, read value by value as it comes (RFC 8259).
///
/// Nothing is kept but a piece of the text and what is asked for. Nesting costs no stack, so there is no limit on it.
struct JSONStream: ~Copyable {
    private let source: any RecordedBytes
    private var piece: [UInt8]
    private var position = 0
    private var end = 0
    /// The offset of the piece's first byte in the text.
    private var start: UInt64 = 0
    private var isAtEnd = false

    private static let pieceByteCount = 64 << 10
    /// No name that is known is longer.
    private static let nameByteCount = 32
    private var name = ByteBuffer()

    init(_ source: any RecordedBytes) {
        self.source = source
        piece = [UInt8](repeating: 0, count: Self.pieceByteCount)
    }

    /// The offset of the next byte.
    var offset: UInt64 { start + UInt64(position) }

    // MARK: Bytes

    /// The next byte, without passing it; nil at the end.
    @inline(__always)
    private mutating func peekByte() throws(RecordingError) -> UInt8? {
        if position == end, try !refill() { return nil }
        return piece[position]
    }

    @inline(never)
    private mutating func refill() throws(RecordingError) -> Bool {
        if isAtEnd { return false }
        start += UInt64(end)
        (position, end) = (0, 0)
        var count = 0
        var failure: RecordingError?
        let source = source
        unsafe piece.withUnsafeMutableBytes { room in
            do throws(RecordingError) { count = try unsafe source.read(into: room) } catch { failure = error }
        }
        if let failure { throw failure }
        end = count
        isAtEnd = count == 0
        return count > 0
    }

    private mutating func takeByte() throws(RecordingError) -> UInt8 {
        guard let byte = try peekByte() else { throw brokenOff() }
        position += 1
        return byte
    }

    func brokenOff() -> RecordingError { RecordingError(.brokenOff, "breaks off at byte \(offset)") }

    func malformed(_ expected: String, _ found: UInt8) -> RecordingError {
        let isShown = found > 0x20 && found < 0x7F
        let what = isShown ? "`\(Character(Unicode.Scalar(found)))`" : "byte \(found)"
        return RecordingError(.malformed, "is not JSON at byte \(offset): expected \(expected), found \(what)")
    }

    // MARK: Structure

    /// The byte that the next value or sign begins with, blanks passed over; nil at the end.
    mutating func peek() throws(RecordingError) -> UInt8? {
        while let byte = try peekByte() {
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
            position += 1
        }
        return nil
    }

    /// Passes a byte order mark, which some programs write.
    mutating func passByteOrderMark() throws(RecordingError) {
        guard try peekByte() == 0xEF else { return }
        for expected in [0xEF, 0xBB, 0xBF] as [UInt8] {
            let byte = try takeByte()
            if byte != expected { throw malformed("a value", byte) }
        }
    }

    mutating func expect(_ byte: UInt8) throws(RecordingError) {
        guard let found = try peek() else { throw brokenOff() }
        guard found == byte else { throw malformed("`\(Character(Unicode.Scalar(byte)))`", found) }
        position += 1
    }

    /// Passes a byte if it is next.
    mutating func take(_ byte: UInt8) throws(RecordingError) -> Bool {
        guard let found = try peek() else { throw brokenOff() }
        guard found == byte else { return false }
        position += 1
        return true
    }

    /// Begins an object, or passes over any other value.
    mutating func enterObject() throws(RecordingError) -> Bool { try enter(UInt8(ascii: "{")) }

    /// Begins an array, or passes over any other value.
    mutating func enterArray() throws(RecordingError) -> Bool { try enter(UInt8(ascii: "[")) }

    private mutating func enter(_ bracket: UInt8) throws(RecordingError) -> Bool {
        if try take(bracket) { return true }
        try skip()
        return false
    }

    /// Goes to the value of the next member, or ends the object.
    /// - Parameter isFirst: true for the first member.
    mutating func nextMember(_ isFirst: inout Bool) throws(RecordingError) -> MemberName? {
        if try take(UInt8(ascii: "}")) { return nil }
        if !isFirst { try expect(UInt8(ascii: ",")) }
        isFirst = false
        guard let quote = try peek() else { throw brokenOff() }
        guard quote == UInt8(ascii: "\"") else { throw malformed("the name of a member", quote) }
        // Lent to itself for the call.
        var name = ByteBuffer()
        swap(&name, &self.name)
        name.removeAll()
        let length = try takeText(into: &name, limit: Self.nameByteCount)
        let member = length <= UInt64(Self.nameByteCount) ? MemberName(name.span) : .other
        swap(&name, &self.name)
        try expect(UInt8(ascii: ":"))
        return member
    }

    /// Goes to the next element, or ends the array.
    mutating func nextElement(_ isFirst: inout Bool) throws(RecordingError) -> Bool {
        if try take(UInt8(ascii: "]")) { return false }
        if !isFirst { try expect(UInt8(ascii: ",")) }
        isFirst = false
        return true
    }

    // MARK: Values

    /// Passes over a value, whatever it is.
    mutating func skip() throws(RecordingError) {
        var depth = 0
        repeat {
            guard let byte = try peek() else { throw brokenOff() }
            switch byte {
            case UInt8(ascii: "\""): try skipText()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                position += 1
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard depth > 0 else { throw malformed("a value", byte) }
                position += 1
                depth -= 1
            case UInt8(ascii: ","), UInt8(ascii: ":"):
                guard depth > 0 else { throw malformed("a value", byte) }
                position += 1
            default: try skipScalar(byte)
            }
        } while depth > 0
    }

    private mutating func skipScalar(_ first: UInt8) throws(RecordingError) {
        guard Self.isInScalar(first) else { throw malformed("a value", first) }
        while let byte = try peekByte(), Self.isInScalar(byte) { position += 1 }
    }

    private static func isInScalar(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "E"), UInt8(ascii: "N"),
            UInt8(ascii: "I"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    private mutating func skipText() throws(RecordingError) {
        position += 1
        while true {
            try passRun()
            if try takeByte() == UInt8(ascii: "\"") { return }
            _ = try takeByte()
        }
    }

    /// A number, `true`, `false` or `null` as it is written; nil, and passed over, where the value is another.
    mutating func takeScalar(limit: Int = 64) throws(RecordingError) -> [UInt8]? {
        guard let first = try peek() else { throw brokenOff() }
        guard Self.isInScalar(first) else {
            try skip()
            return nil
        }
        var scalar: [UInt8] = []
        while let byte = try peekByte(), Self.isInScalar(byte) {
            if scalar.count < limit { scalar.append(byte) }
            position += 1
        }
        return scalar
    }

    /// A text that is appended, or nil, and passed over, where the value is none.
    /// - Parameter limit: bytes of it that are appended at most.
    /// - Returns: how many bytes it has.
    mutating func text(into output: inout ByteBuffer, limit: Int) throws(RecordingError) -> UInt64? {
        guard try peek() == UInt8(ascii: "\"") else {
            try skip()
            return nil
        }
        return try takeText(into: &output, limit: limit)
    }

    /// A short text; nil, and passed over, where the value is none.
    mutating func shortText(limit: Int = 16 << 10) throws(RecordingError) -> String? {
        var bytes = ByteBuffer()
        guard try text(into: &bytes, limit: limit) != nil else { return nil }
        return unsafe bytes.span.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    private mutating func takeText(into output: inout ByteBuffer, limit: Int) throws(RecordingError) -> UInt64 {
        position += 1
        let before = output.count
        var sink = TextSink(before, limit)
        while true {
            try passRun(&sink, into: &output)
            if try takeByte() == UInt8(ascii: "\"") { break }
            try takeEscape(&sink, into: &output)
        }
        sink.endPair(&output)
        return sink.length
    }

    /// Passes what stands before the next quote or backslash.
    private mutating func passRun() throws(RecordingError) {
        position = endOfRun
        while position == end, try refill() { position = endOfRun }
    }

    private mutating func passRun(_ sink: inout TextSink, into output: inout ByteBuffer) throws(RecordingError) {
        repeat {
            let first = position
            position = endOfRun
            if position > first { sink.append(piece.span.extracting(first..<position), to: &output) }
            if position < end { return }
        } while try refill()
    }

    /// Where the next quote or backslash of the piece is; its end if there is none.
    private var endOfRun: Int {
        let bytes = piece.span
        var index = position
        while index < end, bytes[index] != UInt8(ascii: "\""), bytes[index] != UInt8(ascii: "\\") { index += 1 }
        return index
    }

    private mutating func takeEscape(_ sink: inout TextSink, into output: inout ByteBuffer) throws(RecordingError) {
        let letter = try takeByte()
        switch letter {
        case UInt8(ascii: "n"): sink.append(0x0A, to: &output)
        case UInt8(ascii: "r"): sink.append(0x0D, to: &output)
        case UInt8(ascii: "t"): sink.append(0x09, to: &output)
        case UInt8(ascii: "b"): sink.append(0x08, to: &output)
        case UInt8(ascii: "f"): sink.append(0x0C, to: &output)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): sink.append(letter, to: &output)
        case UInt8(ascii: "u"):
            var unit: UInt32 = 0
            for _ in 0..<4 {
                let byte = try takeByte()
                guard let digit = HexDigit.value(of: byte) else { throw malformed("a hexadecimal digit", byte) }
                unit = unit << 4 | UInt32(digit)
            }
            sink.append(unit: unit, to: &output)
        default: throw malformed("an escape", letter)
        }
    }
}

/// Takes the bytes of a text, as many as are wanted, and joins surrogate pairs; half of one stands for U+FFFD.
private struct TextSink {
    private(set) var length: UInt64 = 0
    private let end: Int
    private var high: UInt32?

    init(_ start: Int, _ limit: Int) { end = start.addingReportingOverflow(limit).overflow ? .max : start + limit }

    mutating func append(_ bytes: Span<UInt8>, to output: inout ByteBuffer) {
        endPair(&output)
        length += UInt64(bytes.count)
        output.append(bytes.extracting(first: max(0, min(bytes.count, end - output.count))))
    }

    mutating func append(_ byte: UInt8, to output: inout ByteBuffer) {
        endPair(&output)
        put(byte, to: &output)
    }

    mutating func append(unit: UInt32, to output: inout ByteBuffer) {
        if unit >> 10 == 0x37, let first = high {
            high = nil
            return put(Unicode.Scalar(0x10000 + (first & 0x3FF) << 10 + (unit & 0x3FF)) ?? "\u{FFFD}", to: &output)
        }
        endPair(&output)
        if unit >> 10 == 0x36 { high = unit } else { put(Unicode.Scalar(unit) ?? "\u{FFFD}", to: &output) }
    }

    /// A first half is not followed by a second.
    mutating func endPair(_ output: inout ByteBuffer) {
        guard high != nil else { return }
        high = nil
        put("\u{FFFD}", to: &output)
    }

    private mutating func put(_ scalar: Unicode.Scalar, to output: inout ByteBuffer) { for byte in scalar.utf8 { put(byte, to: &output) } }

    private mutating func put(_ byte: UInt8, to output: inout ByteBuffer) {
        length += 1
        if output.count < end { output.append(byte) }
    }
}
