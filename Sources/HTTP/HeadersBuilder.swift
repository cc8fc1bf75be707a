import Bytes

/// Puts the field lines of a head together, one after the other. What is not UTF-8 is taken for Latin-1.
struct HeadersBuilder: ~Copyable {
    /// As `Headers` has them.
    private(set) var bytes: ByteBuffer
    private(set) var count = 0
    /// A bit for each length that a name has, with the blanks behind it and without them; the last for all that are longer.
    private(set) var nameLengths: UInt32 = 0
    /// Where the last field begins, and how long its name is.
    private var lastStart = 0
    private var lastNameCount = 0

    /// - Parameter capacity: bytes that fields are expected to take.
    init(capacity: Int) { bytes = ByteBuffer(capacity: capacity) }

    static func bit(ofLength count: Int) -> UInt32 { 1 << UInt32(min(count, 31)) }

    mutating func append(_ name: Span<UInt8>, _ value: Span<UInt8>) {
        if name.isASCII, value.isASCII { return appendText(name, value) }
        appendText(name.text.utf8.span, value.text.utf8.span)
    }

    private mutating func appendText(_ name: Span<UInt8>, _ value: Span<UInt8>) {
        (lastStart, lastNameCount) = (bytes.count, name.count)
        let lengths = UInt64(name.count) | UInt64(value.count) << 32
        // Invariant: eight bytes are lent and written.
        unsafe bytes.append(upTo: Headers.lengthsByteCount) { room in
            unsafe room.storeBytes(of: lengths.littleEndian, as: UInt64.self)
            return Headers.lengthsByteCount
        }
        bytes.append(name)
        bytes.append(value)
        nameLengths |= Self.bit(ofLength: name.count)
        if name.count > 0, name[name.count - 1].isBlank { nameLengths |= Self.bit(ofLength: name.trimmingBlanks.count) }
        count += 1
    }

    /// Adds to the value of the last field, after a space where both have something.
    mutating func extendLast(_ piece: Span<UInt8>) {
        guard !piece.isEmpty else { return }
        let valueStart = lastStart + Headers.lengthsByteCount + lastNameCount
        if bytes.count > valueStart { bytes.append(UInt8.space) }
        if piece.isASCII { bytes.append(piece) } else { bytes.append(string: piece.text) }
        let valueCount = UInt64(bytes.count - valueStart)
        for index in 0..<4 { bytes.replace(at: lastStart + 4 + index, with: UInt8(truncatingIfNeeded: valueCount >> UInt64(8 * index))) }
    }
}
