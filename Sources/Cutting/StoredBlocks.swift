import Bytes

/// What a compressed message is replaced with: DEFLATE data of the same length that inflate to fillers (RFC 1951 §3.2.4, RFC 7692 §7.2.1).
///
/// Stored blocks of `x`, and at the end the header of an empty one whose other four bytes the receiver appends. Lengths too short for a
/// stored block are made of fixed Huffman codes.
enum StoredBlocks {
    static let filler = UInt8(ascii: "x")
    private static let headerByteCount = 5
    /// The largest block, header included.
    private static let blockByteCount = 65_535 + headerByteCount

    /// The byte at `place` of the data of `count` bytes; a place at a time, so that nothing of a long message is kept.
    static func byte(at place: UInt64, of count: UInt64) -> UInt8 {
        guard count > 0, place < count else { return 0 }
        switch count {
        case 1: return 0
        // One, two, three empty blocks; of four bytes one with a single `x`, and an empty one.
        case 2: return place == 0 ? 0x02 : 0
        case 3: return [0x02, 0x08, 0][Int(place)]
        case 4: return [0xAA, 0, 0x08, 0][Int(place)]
        case 5: return [0x02, 0x08, 0x20, 0, 0][Int(place)]
        default: break
        }
        let total = count - 1
        if place == total { return 0 }
        let blocks = (total + UInt64(blockByteCount) - 1) / UInt64(blockByteCount)
        // Of equal length but for one byte, so that none is too short for its header.
        let (base, longer) = total.quotientAndRemainder(dividingBy: blocks)
        let edge = longer * (base + 1)
        let within = place < edge ? place % (base + 1) : (place - edge) % base
        let length = UInt16(truncatingIfNeeded: (place < edge ? base + 1 : base) - UInt64(headerByteCount))
        switch within {
        case 0: return 0
        case 1: return UInt8(truncatingIfNeeded: length)
        case 2: return UInt8(truncatingIfNeeded: length >> 8)
        case 3: return UInt8(truncatingIfNeeded: ~length)
        case 4: return UInt8(truncatingIfNeeded: ~length >> 8)
        default: return filler
        }
    }
}
