import Bytes

/// Bytes of a side that wait for the rest of a packet, where packets need not end with messages. Bounded.
struct Carry: ~Copyable {
    private(set) var bytes = ByteBuffer()
    /// The message in which they begin.
    private(set) var firstMessage: UInt64 = 0
    /// Bytes went past the limit, or were missing: where the next packet begins is not known.
    private(set) var isLost = false

    static let limit = 1 << 20

    var isEmpty: Bool { bytes.isEmpty }

    mutating func append(_ content: Span<UInt8>, of message: MessageFacts) {
        if bytes.isEmpty { firstMessage = message.number }
        guard bytes.count + content.count <= Self.limit else { return lose() }
        bytes.append(content)
    }

    /// Takes packets from the front.
    mutating func remove(_ count: Int, at message: MessageFacts) {
        guard count > 0 else { return }
        bytes.removeFirst(count)
        firstMessage = message.number
    }

    mutating func lose() {
        bytes.removeAll(keepingAtMost: 0)
        isLost = true
    }

    mutating func resume() { isLost = false }
}
