import Bytes

/// Compresses one direction's messages (RFC 7692 §7.2.1), the window carried from message to message unless it is to be reset.
public struct MessageDeflater: ~Copyable {
    private var stream: DeflateStream
    private let resetsContext: Bool

    /// Nil for a window of 8 bits, which zlib does not make.
    public init?(_ side: DeflateParameters.Side) {
        guard side.windowBits > 8 else { return nil }
        stream = DeflateStream(windowBits: side.windowBits)
        resetsContext = side.resetsContext
    }

    /// Appends the payload of a compressed message.
    public mutating func deflate(_ message: Span<UInt8>, into output: inout ByteBuffer) {
        let start = output.count
        var position = 0
        while stream.run(message, at: &position, into: &output) {}
        if resetsContext { stream.reset() }
        // Flushed twice with nothing between, zlib is silent; an empty message is then the one byte of §7.2.3.6.
        if output.count == start { return output.append(0x00) }
        output.truncate(to: output.count - 4)
    }
}
