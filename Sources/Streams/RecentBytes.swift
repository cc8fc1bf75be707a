import Bytes

/// The last payload bytes of all streams, so that a retransmission can be compared with what was accepted before.
///
/// Two halves for the whole inspection bound the memory: when one is full, the other is forgotten and filled anew. The pieces of a
/// stream are a chain, each with the location of the one before, so a stream keeps only the location of its last piece.
public struct RecentBytes: ~Copyable {
    private var filling = ByteBuffer()
    private var full = ByteBuffer()
    private let halfByteCount: Int
    /// How often the halves were swapped; starts above 0, which marks a location that was never given.
    private var generation: UInt32 = 1

    /// The location of a piece.
    struct Place {
        var generation: UInt32 = 0
        var offset: UInt32 = 0
    }

    /// What precedes the bytes of a piece: sequence number, number of bytes, and the location of the piece before.
    private static let headerByteCount = 16
    /// How many pieces of a stream are looked at, from the newest back.
    private static let chainLimit = 4

    /// - Parameter byteCount: bytes to remember; 0 switches the comparison off.
    public init(byteCount: Int = 1 << 20) {
        halfByteCount = min(byteCount / 2, Int(Int32.max))
        // All at once: what is not written to takes no memory, and growing would move what is there time and again.
        filling = ByteBuffer(capacity: halfByteCount)
    }

    /// Remembers a stream's next bytes, and returns their location, or that of the piece before if they are too many to be kept.
    @inline(__always)
    mutating func remember(_ bytes: Span<UInt8>, at sequence: UInt32, after previous: Place) -> Place {
        // Neither sum can overflow: all of them are lengths of what is in memory.
        let total = bytes.count &+ Self.headerByteCount
        if filling.count &+ total > halfByteCount {
            guard total <= halfByteCount else { return previous }
            beginHalf()
        }
        let place = Place(generation: generation, offset: UInt32(truncatingIfNeeded: filling.count))
        // Invariant: `room` has `total` bytes, of which the header takes 16 and `bytes` the rest.
        unsafe filling.append(upTo: total) { room in
            unsafe room.storeBytes(of: sequence, toByteOffset: 0, as: UInt32.self)
            unsafe room.storeBytes(of: UInt32(truncatingIfNeeded: bytes.count), toByteOffset: 4, as: UInt32.self)
            unsafe room.storeBytes(of: previous.generation, toByteOffset: 8, as: UInt32.self)
            unsafe room.storeBytes(of: previous.offset, toByteOffset: 12, as: UInt32.self)
            unsafe bytes.withUnsafeBytes { source in
                unsafe (room.baseAddress.unsafelyUnwrapped + Self.headerByteCount).copyMemory(
                    from: source.baseAddress.unsafelyUnwrapped, byteCount: source.count)
            }
            return total
        }
        return place
    }

    @inline(never)
    private mutating func beginHalf() {
        swap(&filling, &full)
        filling.removeAll()
        filling.reserve(halfByteCount)
        generation &+= 1
    }

    /// True if bytes at a sequence number differ from what the stream had there, as far as that is remembered.
    /// - Parameter newest: the location of the stream's last piece.
    func contradict(_ bytes: Span<UInt8>, at sequence: UInt32, since newest: Place) -> Bool {
        var place = newest
        for _ in 0..<Self.chainLimit where place.generation != 0 {
            switch generation &- place.generation {
            case 0: if Self.differs(filling.span, &place, bytes, sequence) { return true }
            case 1: if Self.differs(full.span, &place, bytes, sequence) { return true }
            default: return false
            }
        }
        return false
    }

    /// Compares with the piece at `place`, and moves `place` to the one before.
    private static func differs(_ kept: Span<UInt8>, _ place: inout Place, _ bytes: Span<UInt8>, _ sequence: UInt32) -> Bool {
        let start = Int(place.offset)
        guard kept.count - start >= headerByteCount else {
            place = Place()
            return false
        }
        func word(_ offset: Int) -> UInt32 { UInt32(littleEndian: kept.uint32LE(at: start + offset)) }
        let count = Int(word(4))
        let shift = distance(from: sequence, to: word(0))
        let (from, to) = (max(shift, 0), min(shift + count, bytes.count))
        place = Place(generation: word(8), offset: word(12))
        guard from < to, kept.count - start - headerByteCount >= count else { return false }
        let base = start + headerByteCount - shift
        for at in from..<to where kept[base + at] != bytes[at] { return true }
        return false
    }
}
