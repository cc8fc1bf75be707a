import Bytes

extension FrameHeader {
    /// The header of a frame that is to be sent, its length in the shortest form (RFC 6455 §5.2).
    /// - Parameter maskingKey: nil for a frame that is not masked, as those of a server.
    public init(_ opcode: Opcode, isFinal: Bool = true, isCompressed: Bool = false, maskingKey: UInt32?, length: Int) {
        let short: UInt8 = length > 0xFFFF ? 127 : length > 125 ? 126 : UInt8(truncatingIfNeeded: length)
        self.init(
            first: (isFinal ? 0x80 : 0) | (isCompressed ? 0x40 : 0) | opcode.rawValue,
            second: (maskingKey == nil ? 0 : 0x80) | short, maskingKey: maskingKey ?? 0, length: UInt64(length))
    }
}

extension ByteBuffer {
    /// Appends a frame whose payload has the length that its header says, masked where the header has a key.
    public mutating func append(_ header: FrameHeader, payload: Span<UInt8>) {
        header.encode(into: &self)
        if header.isMasked { append(unmasking: payload, key: header.maskingKey, phase: 0) } else { append(payload) }
    }
}
