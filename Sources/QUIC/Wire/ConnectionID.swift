import Bytes

/// Up to 20 bytes that a connection is known by to the end that chose them (RFC 9000 §5.1).
struct ConnectionID: Hashable, Sendable {
    static let longest = 20

    private var head: UInt64 = 0
    private var middle: UInt64 = 0
    private var tail: UInt32 = 0
    private(set) var byteCount: UInt8 = 0

    /// No bytes at all.
    init() {}

    /// Nil where there are too many bytes.
    @inline(__always)
    init?(_ bytes: Span<UInt8>) {
        guard bytes.count <= Self.longest else { return nil }
        byteCount = UInt8(truncatingIfNeeded: bytes.count)
        if bytes.count == 8 {
            head = bytes.uint64BE(at: 0)
            return
        }
        for index in bytes.indices {
            let byte = UInt64(bytes[index])
            switch index {
            case 0..<8: head |= byte << UInt64(56 &- 8 &* index)
            case 8..<16: middle |= byte << UInt64(56 &- 8 &* (index &- 8))
            default: tail |= UInt32(byte) << UInt32(24 &- 8 &* (index &- 16))
            }
        }
    }

    var isEmpty: Bool { byteCount == 0 }

    /// Whether a packet with a short header has it, which says nothing about its length.
    @inline(__always)
    func stands(in packet: Span<UInt8>) -> Bool {
        // As long as most are.
        if byteCount == 8 { return packet.count > 8 && packet.uint64BE(at: 1) == head }
        let count = Int(byteCount)
        return packet.count > count && ConnectionID(packet.extracting(1..<1 &+ count)) == self
    }

    /// Whether it begins with another one, which is shorter.
    func begins(with other: ConnectionID) -> Bool {
        byteCount > other.byteCount && (0..<Int(other.byteCount)).allSatisfy { byte(at: $0) == other.byte(at: $0) }
    }

    var bytes: [UInt8] { (0..<Int(byteCount)).map { byte(at: $0) } }

    private func byte(at index: Int) -> UInt8 {
        switch index {
        case 0..<8: UInt8(truncatingIfNeeded: head >> UInt64(56 - 8 * index))
        case 8..<16: UInt8(truncatingIfNeeded: middle >> UInt64(56 - 8 * (index - 8)))
        default: UInt8(truncatingIfNeeded: tail >> UInt32(24 - 8 * (index - 16)))
        }
    }
}
