import Bytes

/// The last payload bytes of all streams, so that a retransmission can be compared with what was accepted before.
///
/// Two halves for the whole inspection bound the memory: when one is full, the other is forgotten and filled anew. A stream
/// keeps only the places of its last pieces.
public struct RecentBytes: ~Copyable {
    private var filling = ByteBuffer()
    private var full = ByteBuffer()
    private let halfByteCount: Int
    /// How often the halves changed places; starts above 0, which marks a place that was never given.
    private var generation: UInt32 = 1

    /// Where a piece was put.
    struct Place {
        var generation: UInt32 = 0
        var offset: UInt32 = 0
    }

    /// - Parameter byteCount: bytes to remember; 0 switches the comparison off.
    public init(byteCount: Int = 1 << 20) {
        halfByteCount = min(byteCount / 2, Int(Int32.max))
    }

    /// Remembers `bytes`; nil when they are too many to be kept.
    mutating func remember(_ bytes: Span<UInt8>) -> Place? {
        guard bytes.count <= halfByteCount else { return nil }
        if filling.count + bytes.count > halfByteCount {
            swap(&filling, &full)
            filling.removeAll()
            generation &+= 1
        }
        let place = Place(generation: generation, offset: UInt32(filling.count))
        filling.append(bytes)
        return place
    }

    /// True when what was put at `place` is still remembered and is not `bytes`.
    func differs(at place: Place, from bytes: Span<UInt8>) -> Bool {
        switch generation &- place.generation {
        case 0: Self.differs(filling.span, at: Int(place.offset), from: bytes)
        case 1: Self.differs(full.span, at: Int(place.offset), from: bytes)
        default: false
        }
    }

    private static func differs(_ kept: Span<UInt8>, at offset: Int, from bytes: Span<UInt8>) -> Bool {
        guard kept.count - offset >= bytes.count else { return false }
        for index in 0..<bytes.count where kept[offset + index] != bytes[index] { return true }
        return false
    }
}
