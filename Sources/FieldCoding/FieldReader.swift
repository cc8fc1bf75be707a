import Bytes

/// Why an integer or a string could not be read.
public enum FieldReadingError: Error, Equatable {
    /// It does not end here: at least so many bytes more are needed.
    case incomplete(Int)
    /// An integer of more than 62 bits, or a string that is not one.
    case malformed
}

/// A position in bytes of HPACK or QPACK, from which their primitives are read (RFC 7541 §5, RFC 9204 §4.1).
public struct FieldReader {
    public var position: Int

    public init(position: Int = 0) { self.position = position }

    /// An integer with a prefix of so many bits, less than 2^62 (RFC 7541 §5.1).
    public mutating func integer(_ bytes: Span<UInt8>, prefix: Int) throws(FieldReadingError) -> Int {
        guard position < bytes.count else { throw .incomplete(1) }
        let mask = (1 << prefix) - 1
        var value = Int(bytes[position]) & mask
        position += 1
        if value < mask { return value }
        var shift = 0
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            // Below 2^63, so that nothing overflows.
            guard shift <= 56 else { throw .malformed }
            let part = Int(byte & 0x7F)
            guard part >> (62 - shift) == 0 else { throw .malformed }
            value += part << shift
            guard value < 1 << 62 else { throw .malformed }
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        throw .incomplete(1)
    }

    /// A string whose length has a prefix of so many bits, with the bit that says how it is coded before them (RFC 7541 §5.2).
    ///
    /// - Parameter limit: bytes of text that are kept.
    public mutating func string(_ bytes: Span<UInt8>, prefix: Int = 7, limit: Int) throws(FieldReadingError) -> [UInt8] {
        guard position < bytes.count else { throw .incomplete(1) }
        let isCoded = bytes[position] & (1 << UInt8(prefix)) != 0
        let length = try integer(bytes, prefix: prefix)
        guard length <= bytes.count - position else { throw .incomplete(length - (bytes.count - position)) }
        let coded = bytes.extracting(position..<position + length)
        position += length
        if !isCoded { return coded.extracting(0..<min(length, limit)).copied() }
        var text: [UInt8] = []
        text.reserveCapacity(min(length * 8 / 5, limit))
        guard HuffmanCode.decode(coded, into: &text, limit: limit) else { throw .malformed }
        return text
    }
}
