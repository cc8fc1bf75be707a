/// Integers of QUIC, whose first two bits say how long they are (RFC 9000 §16).
extension Span where Element == UInt8 {
    /// The integer at `offset`, less than 2^62, and the number of its bytes; nil where it does not end in the span.
    @inlinable
    public func variableInteger(at offset: Int) -> (value: UInt64, byteCount: Int)? {
        guard offset >= 0, offset < count else { return nil }
        let byteCount = 1 << Int(self[offset] >> 6)
        guard byteCount <= count - offset else { return nil }
        var value = UInt64(self[offset] & 0x3F)
        for index in offset + 1..<offset + byteCount { value = value << 8 | UInt64(self[index]) }
        return (value, byteCount)
    }
}
