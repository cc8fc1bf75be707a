import Bytes

/// The nine bytes before each frame (RFC 9113 §4.1).
struct FrameHeader: Equatable {
    static let byteCount = 9

    /// Bytes of the payload, up to 2^24 - 1.
    var length: Int
    var type: UInt8
    var flags: UInt8
    /// Without the reserved bit.
    var stream: UInt32

    /// Nil where there are too few bytes.
    @inline(__always)
    init?(_ bytes: Span<UInt8>, at position: Int) {
        guard bytes.count &- position >= Self.byteCount else { return nil }
        let word = bytes.uint64BE(at: position)
        length = Int(truncatingIfNeeded: word >> 40)
        type = UInt8(truncatingIfNeeded: word >> 32)
        flags = UInt8(truncatingIfNeeded: word >> 24)
        stream = UInt32(truncatingIfNeeded: (word & 0x7F_FFFF) << 8) | UInt32(bytes[position &+ 8])
    }

    var kind: FrameType? { FrameType(rawValue: type) }
    var endsStream: Bool { flags & 0x01 != 0 }
    var endsHeaders: Bool { flags & 0x04 != 0 }
    var isPadded: Bool { flags & 0x08 != 0 }
    var hasPriority: Bool { flags & 0x20 != 0 }
    var isAcknowledgment: Bool { flags & 0x01 != 0 }
}

/// RFC 9113 §6, RFC 7838 §4, RFC 8336 §2 and RFC 9218 §7.1.
enum FrameType: UInt8 {
    case data = 0x0
    case headers = 0x1
    case priority = 0x2
    case resetStream = 0x3
    case settings = 0x4
    case pushPromise = 0x5
    case ping = 0x6
    case goAway = 0x7
    case windowUpdate = 0x8
    case continuation = 0x9
    case alternativeService = 0xA
    case origin = 0xC
    case priorityUpdate = 0x10
}
