import Bytes

/// What a sender without context takeover sent before, so that one which uses it all the same can be told from one whose data are
/// broken, and be read right.
struct PastOutput: ~Copyable {
    /// Output up to now; the last bytes of it are of the current message.
    private var bytes = ByteBuffer()
    /// Bytes of the current message.
    private var ownCount = 0
    /// The compressed bytes that made them.
    private var wire = ByteBuffer()
    private var isComplete = true

    /// Behind this much output of its own, a message can refer to nothing before it.
    private static let reach = InflateStream.windowByteCount

    mutating func beginMessage() {
        if bytes.count > Self.reach { bytes.removeFirst(bytes.count - Self.reach) }
        ownCount = 0
        wire.removeAll()
        isComplete = true
    }

    mutating func forget() {
        bytes.removeAll()
        beginMessage()
    }

    /// Takes compressed bytes and what came out of them.
    mutating func add(_ input: Span<UInt8>, _ output: Span<UInt8>) {
        if wire.count + input.count <= 2 * Self.reach, isComplete { wire.append(input) } else { isComplete = false }
        ownCount += output.count
        bytes.append(output)
        if bytes.count > 4 * Self.reach { bytes.removeFirst(bytes.count - 2 * Self.reach) }
    }

    /// A stream with the window that was refused, brought to the place where the current message stands.
    ///
    /// Nil when that is not possible, or when the message does not inflate so either. `extra` takes output that was still due.
    func replay(extra: inout ByteBuffer) -> InflateStream? {
        guard isComplete, ownCount < Self.reach, bytes.count > ownCount else { return nil }
        var stream = InflateStream()
        let before = bytes.span.extracting(0..<bytes.count - ownCount)
        stream.reset(window: before.extracting(max(0, before.count - Self.reach)..<before.count))
        var output = ByteBuffer()
        var position = 0
        while true {
            switch stream.run(wire.span, at: &position, into: &output, room: Self.reach) {
            case .needsInput:
                guard output.count >= ownCount else { return nil }
                extra.append(output.span.extracting(ownCount..<output.count))
                return stream
            case .outputFull: guard output.count <= 2 * Self.reach else { return nil }
            case .ended: stream.resume()
            case .invalid: return nil
            }
        }
    }
}
