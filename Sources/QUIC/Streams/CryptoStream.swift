import Bytes
import Channels
import TLS

/// The handshake messages of one direction under one kind of protection, from its CRYPTO frames (RFC 9000 §19.6).
struct CryptoStream: ~Copyable {
    private var messages = HandshakeStream()
    private var next: UInt64 = 0
    private var held = HeldRuns()
    private(set) var heldCost = 0

    /// Bytes that may wait for others, with what they take besides.
    private static let limit = 256 << 10

    /// Takes the bytes of a frame.
    mutating func take(_ bytes: Span<UInt8>, at offset: UInt64, mark: PacketMark) {
        let end = offset + UInt64(bytes.count)
        guard end > next else { return }
        guard offset <= next else {
            guard heldCost < Self.limit, held.runs.count < HeldRuns.limit else { return }
            heldCost += held.insert(bytes, at: offset, mark: mark, suspects: 0..<0).cost
            return
        }
        messages.append(bytes.extracting(Int(next - offset)..<bytes.count))
        next = end
        guard !held.isEmpty else { return }
        for run in held.take(from: next) {
            heldCost -= run.cost
            guard run.end > next else { continue }
            messages.append(run.bytes.span.extracting(Int(next - run.start)..<run.bytes.count))
            next = run.end
        }
    }

    /// The next whole message with its head of 4 bytes, as a copy.
    mutating func nextMessage() -> (type: HandshakeType?, bytes: [UInt8])? {
        guard let (type, byteCount) = messages.next else { return nil }
        let bytes = messages.span.extracting(0..<byteCount).copied()
        messages.removeFirst(byteCount)
        return (HandshakeType(rawValue: type), bytes)
    }

    /// Begins anew: the sender does so after a Retry.
    mutating func restart() { self = CryptoStream() }
}
