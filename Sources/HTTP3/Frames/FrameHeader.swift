import Bytes

/// What stands before the payload of each frame (RFC 9114 §7.1).
struct FrameHeader: Equatable {
    /// Two integers of up to eight bytes.
    static let longest = 16

    var type: UInt64
    /// Bytes of the payload, less than 2^62.
    var length: UInt64
    var byteCount: Int

    /// Nil where there are too few bytes.
    @inline(__always)
    init?(_ bytes: Span<UInt8>, at position: Int) {
        guard let type = bytes.variableInteger(at: position),
            let length = bytes.variableInteger(at: position + type.byteCount)
        else { return nil }
        self.type = type.value
        self.length = length.value
        byteCount = type.byteCount + length.byteCount
    }

    /// Its numbers have no more bytes than they need.
    var isShortest: Bool {
        func count(_ value: UInt64) -> Int { value < 1 << 6 ? 1 : value < 1 << 14 ? 2 : value < 1 << 30 ? 4 : 8 }
        return byteCount == count(type) + count(length)
    }
}

/// Frames that are read; all others are passed over (RFC 9114 §7.2).
enum FrameType {
    static let data: UInt64 = 0x0
    static let headers: UInt64 = 0x1
    static let settings: UInt64 = 0x4
    static let pushPromise: UInt64 = 0x5
    static let goAway: UInt64 = 0x7
}

/// What a stream of one direction is for, as its first integer says (RFC 9114 §6.2, RFC 9204 §4.2).
enum StreamType {
    static let control: UInt64 = 0x0
    static let encoder: UInt64 = 0x2
    static let decoder: UInt64 = 0x3
}

/// What the last two bits of a stream's number say (RFC 9000 §2.1).
enum StreamKind {
    /// Both ends send, and the client opened it: it carries a request and its answer.
    case request
    /// One end sends.
    case oneWay(byClient: Bool)
    /// Both ends send, and the server opened it: nothing is known that uses it.
    case other

    init(_ stream: UInt64) {
        switch stream & 3 {
        case 0: self = .request
        case 1: self = .other
        default: self = .oneWay(byClient: stream & 1 == 0)
        }
    }
}
