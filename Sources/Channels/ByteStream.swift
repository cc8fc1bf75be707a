import Bytes

/// One direction of a channel: the bytes that wait, their offset, and which packets brought them.
public struct ByteStream: ~Copyable {
    /// Bytes that have not been consumed yet.
    public var pending = ByteBuffer()
    /// The stream offset of the first of them, or of the next byte when none waits.
    public var offset: UInt64 = 0
    public var provenance = Provenance()

    public init() {}

    /// Keeps the first bytes that have to wait; none waited before.
    public mutating func begin(_ bytes: Span<UInt8>, of origin: Origin) {
        provenance.begin(origin)
        pending.append(bytes)
    }

    /// Appends bytes to those that wait.
    public mutating func append(_ bytes: Span<UInt8>, of origin: Origin) {
        provenance.append(origin, at: offset + UInt64(pending.count))
        pending.append(bytes)
    }

    /// Consumes the first `count` bytes that wait.
    public mutating func consume(_ count: Int) {
        pending.removeFirst(count)
        offset += UInt64(count)
        if pending.isEmpty {
            pending.removeAll(keepingAtMost: 4_096)
            provenance.forgetOlder()
        } else {
            provenance.forget(upTo: offset)
        }
    }

    /// Gives up all bytes that wait.
    public mutating func clear() {
        offset += UInt64(pending.count)
        pending.removeAll(keepingAtMost: 4_096)
        provenance.forgetOlder()
    }

    /// A copy of the bytes that wait.
    public var pendingBytes: [UInt8] { pending.span.copied() }

    /// Memory taken by waiting bytes and by the record of their packets.
    public var waitingByteCount: Int { pending.count + provenance.pieceCount * 24 }
}
