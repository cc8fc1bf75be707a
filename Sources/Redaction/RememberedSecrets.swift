import Bytes

/// Secrets that were found, by which their repetitions are found in other texts of the connection.
///
/// A repetition is looked up by its first eight bytes, and compared by a hash of all its bytes before the bytes themselves, so that
/// texts made to look like many secrets at once cost no more than a few operations a byte.
struct RememberedSecrets: Sendable {
    /// Shorter ones are not looked for: they would be found everywhere.
    private static let leastByteCount = 8
    private static let mostByteCount = 4_096
    /// Secrets remembered at most, and different lengths of those that begin with the same eight bytes.
    private static let countLimit = 4_096
    private static let lengthLimit = 64

    /// Secrets of one length, by their hash.
    private struct Group: Sendable {
        var byteCount: Int
        var secrets: [UInt64: [UInt8]]

        func isRepeated(in text: Span<UInt8>, at start: Int, _ hashes: inout TextHashes) -> Bool {
            guard byteCount <= text.count - start else { return false }
            guard let secret = secrets[hashes.hash(of: start..<start + byteCount, in: text)] else { return false }
            for index in secret.indices where text[start + index] != secret[index] { return false }
            return true
        }
    }

    /// By their first eight bytes, the longest first.
    private var byBeginning: [UInt64: [Group]] = [:]
    private var count = 0
    /// A bit for each value of a few bits of the first eight bytes: most offsets are passed over by it.
    private var filter = [UInt64](repeating: 0, count: 64)
    /// Secrets that are not remembered, since there are too many.
    private(set) var omittedCount = 0

    var isEmpty: Bool { count == 0 }

    mutating func insert(_ secret: Span<UInt8>) {
        guard secret.count >= Self.leastByteCount, secret.count <= Self.mostByteCount else { return }
        let beginning = secret.uint64LE(at: 0)
        let hash = TextHashes.hash(of: secret)
        var groups = byBeginning.removeValue(forKey: beginning) ?? []
        defer { byBeginning[beginning] = groups }
        let index = groups.firstIndex { $0.byteCount <= secret.count } ?? groups.count
        let isKnownLength = index < groups.count && groups[index].byteCount == secret.count
        if isKnownLength, groups[index].secrets[hash] != nil { return }
        guard count < Self.countLimit, isKnownLength || groups.count < Self.lengthLimit else { return omittedCount += 1 }
        if isKnownLength {
            groups[index].secrets[hash] = secret.copied()
        } else {
            groups.insert(Group(byteCount: secret.count, secrets: [hash: secret.copied()]), at: index)
        }
        count += 1
        let (word, bit) = Self.filterBit(beginning)
        filter[word] |= bit
    }

    /// The ranges of a text that repeat a secret, in order and without overlap.
    func repetitions(in text: Span<UInt8>, _ report: (Range<Int>) -> Void) {
        guard !isEmpty, text.count >= Self.leastByteCount else { return }
        var hashes = TextHashes(longest: Self.mostByteCount)
        var start = 0
        while start <= text.count - Self.leastByteCount {
            let beginning = text.uint64LE(at: start)
            let (word, bit) = Self.filterBit(beginning)
            guard filter[word] & bit != 0, let groups = byBeginning[beginning],
                let group = groups.first(where: { $0.isRepeated(in: text, at: start, &hashes) })
            else {
                start += 1
                continue
            }
            report(start..<start + group.byteCount)
            start += group.byteCount
        }
    }

    @inline(__always)
    private static func filterBit(_ beginning: UInt64) -> (word: Int, bit: UInt64) {
        let mixed = (beginning &* 0x9E37_79B9_7F4A_7C15) >> 52
        return (Int(mixed >> 6), 1 << (mixed & 63))
    }
}

/// Hashes of any range of a text, each in constant time (Karp and Rabin's polynomial, modulo 2^61 - 1).
///
/// They are made for a stretch of the text at a time, so that a long one takes no memory in proportion.
private struct TextHashes {
    private static let modulus: UInt64 = (1 << 61) - 1
    private static let base: UInt64 = 0x05A7_4C1B_93E2_6D8F
    private static let stretchByteCount = 64 << 10

    private let longest: Int
    private var powers: [UInt64] = []
    /// Hashes of the stretch's first bytes, from none to all.
    private var prefixes: [UInt64] = []
    private var start = 0

    init(longest: Int) { self.longest = longest }

    static func hash(of bytes: Span<UInt8>) -> UInt64 {
        var hash: UInt64 = 0
        for index in bytes.indices { hash = append(bytes[index], to: hash) }
        return hash
    }

    /// - Parameter range: at most `longest` bytes; ranges are asked for in order of their beginnings.
    mutating func hash(of range: Range<Int>, in text: Span<UInt8>) -> UInt64 {
        if prefixes.isEmpty || range.upperBound > start + prefixes.count - 1 { prepare(at: range.lowerBound, in: text) }
        let (first, last) = (prefixes[range.lowerBound - start], prefixes[range.upperBound - start])
        let removed = Self.multiply(first, powers[range.count])
        return last >= removed ? last - removed : last + Self.modulus - removed
    }

    private mutating func prepare(at offset: Int, in text: Span<UInt8>) {
        if powers.isEmpty {
            powers.reserveCapacity(longest + 1)
            powers.append(1)
            for _ in 0..<longest { powers.append(Self.multiply(powers[powers.count - 1], Self.base)) }
        }
        start = offset
        prefixes.removeAll(keepingCapacity: true)
        prefixes.append(0)
        var hash: UInt64 = 0
        for index in offset..<min(text.count, offset + max(Self.stretchByteCount, 2 * longest)) {
            hash = Self.append(text[index], to: hash)
            prefixes.append(hash)
        }
    }

    private static func append(_ byte: UInt8, to hash: UInt64) -> UInt64 {
        let sum = multiply(hash, base) + UInt64(byte) + 1
        return sum >= modulus ? sum - modulus : sum
    }

    private static func multiply(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let (high, low) = a.multipliedFullWidth(by: b)
        // 2^61 is 1 modulo 2^61 - 1.
        let sum = (low & modulus) + (high << 3 | low >> 61)
        return sum >= modulus ? sum - modulus : sum
    }
}
