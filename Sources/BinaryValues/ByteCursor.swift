import Bytes

/// A place in bytes; whatever is read is checked against their end first.
package struct ByteCursor {
    package var position: Int

    package init(position: Int = 0) { self.position = position }

    package func isAtEnd(_ bytes: Span<UInt8>) -> Bool { position >= bytes.count }

    mutating func byte(_ bytes: Span<UInt8>) -> UInt8? {
        guard position < bytes.count else { return nil }
        position += 1
        return bytes[position - 1]
    }

    /// An unsigned integer of one to eight bytes, the most significant first.
    mutating func bigEndian(_ count: Int, _ bytes: Span<UInt8>) -> UInt64? {
        guard count <= bytes.count - position else { return nil }
        var value: UInt64 = 0
        for index in position..<position + count { value = value << 8 | UInt64(bytes[index]) }
        position += count
        return value
    }

    /// The same, the least significant first.
    mutating func littleEndian(_ count: Int, _ bytes: Span<UInt8>) -> UInt64? {
        guard count <= bytes.count - position else { return nil }
        var value: UInt64 = 0
        for index in (position..<position + count).reversed() { value = value << 8 | UInt64(bytes[index]) }
        position += count
        return value
    }

    /// The next bytes, if there are so many.
    mutating func range(_ count: UInt64, _ bytes: Span<UInt8>) -> Range<Int>? {
        guard count <= UInt64(bytes.count - position) else { return nil }
        let start = position
        position += Int(count)
        return start..<position
    }

    /// An integer of seven bits a byte, the least significant first, ten bytes at most: as protobuf and lib0 have them.
    package mutating func varint(_ bytes: Span<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = byte(bytes) else { return nil }
            if shift == 63, byte > 1 { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }

    /// Bytes with their count before them, as such an integer.
    package mutating func counted(_ bytes: Span<UInt8>) -> Range<Int>? { varint(bytes).flatMap { range($0, bytes) } }
}
