import Bytes

/// What tells a request apart from others: bytes, and which of the protocol's kinds of id they are; as few words that say it in most cases.
struct RequestKey {
    /// All bytes of a key of eight at most, the first least significant; else a hash of them.
    let word: UInt64
    let count: Int
    let space: UInt8

    static let seed = UInt64.random(in: .min ... .max) | 1

    var isShort: Bool { count <= 8 }

    /// Of a short key.
    var shortBytes: [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: word &>> UInt64(8 &* $0)) } }

    /// - Parameter seed: odd, and not known to those who choose keys.
    @inline(__always)
    init(_ bytes: Span<UInt8>, _ space: UInt8, seed: UInt64) {
        count = bytes.count
        self.space = space
        word = count <= 8 ? Self.pack(bytes) : Self.hash(bytes, seed)
    }

    /// Of a text of a meaning.
    @inline(__always)
    init(_ text: Operation.Text, of meaning: borrowing Meaning, _ space: UInt8, seed: UInt64) {
        count = Int(text.count)
        self.space = space
        if text.count &- 1 < 8 {
            word = text.isEmpty ? 0 : meaning.word(of: text) & UInt64.max &>> UInt64(64 &- 8 &* count)
        } else {
            word = Self.hash(meaning.bytes(of: text), seed)
        }
    }

    init(word: UInt64, count: Int, space: UInt8) {
        self.word = word
        self.count = count
        self.space = space
    }

    /// Where a table is looked at first: the lowest bits of a number.
    @inline(__always)
    func slot(seed: UInt64) -> Int {
        Int(truncatingIfNeeded: Self.mix(word ^ UInt64(space) ^ UInt64(truncatingIfNeeded: count) << 8, seed))
    }

    /// Eight bytes at most as a number, the first least significant.
    @inline(__always)
    private static func pack(_ bytes: Span<UInt8>) -> UInt64 {
        let count = bytes.count
        // Bytes that are loaded twice come to stand in the same places.
        if count >= 4 { return UInt64(bytes.uint32LE(at: 0)) | UInt64(bytes.uint32LE(at: count &- 4)) &<< UInt64(8 &* (count &- 4)) }
        if count >= 2 { return UInt64(bytes.uint16LE(at: 0)) | UInt64(bytes.uint16LE(at: count &- 2)) &<< UInt64(8 &* (count &- 2)) }
        return count == 1 ? UInt64(bytes[0]) : 0
    }

    private static func hash(_ bytes: Span<UInt8>, _ seed: UInt64) -> UInt64 {
        var hash = seed
        var position = 0
        while position < bytes.count &- 8 {
            hash = mix(hash ^ bytes.uint64LE(at: position), seed)
            position &+= 8
        }
        return mix(hash ^ bytes.uint64LE(at: bytes.count &- 8), seed)
    }

    @inline(__always)
    private static func mix(_ word: UInt64, _ seed: UInt64) -> UInt64 {
        let product = (word ^ seed).multipliedFullWidth(by: seed)
        return product.high ^ product.low
    }
}
