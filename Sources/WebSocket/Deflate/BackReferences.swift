import Bytes

/// Measures how far back the copies in a message's DEFLATE data reach (RFC 1951 §3.2), without inflating it.
///
/// zlib takes any distance that its own window holds, and its output of one call counts as window, so it cannot say whether a
/// smaller window that was agreed on (RFC 7692 §7.1.2) would have done. Distances are read from the codes alone. Takes the data in
/// pieces; what is not valid DEFLATE ends the measuring of the message, and saying so is left to the inflater.
struct BackReferences: ~Copyable {
    private enum Mode {
        case block
        case stored(Int)
        case codes
        case stopped
    }

    /// The longest distance in the current message so far.
    private var farthest = 0
    private var mode = Mode.block
    private var isLastBlock = false
    /// Bytes of the message that are not read yet, and the bits taken out of them.
    private var unread = ByteBuffer()
    private var position = 0
    private var bits: UInt64 = 0
    private var bitCount = 0
    private var lengths = PrefixCode()
    private var distances = PrefixCode()

    /// Makes ready for a message.
    mutating func begin() {
        farthest = 0
        mode = .block
        isLastBlock = false
        unread.removeAll()
        bits = 0
        bitCount = 0
    }

    /// Takes the next piece of the message's data; the longest distance so far.
    mutating func scan(_ piece: Span<UInt8>) -> Int {
        if case .stopped = mode { return farthest }
        unread.append(piece)
        position = 0
        var before = (position, bits, bitCount)
        while step() { before = (position, bits, bitCount) }
        // A step that wants more bits is taken again from its beginning when they are there.
        (position, bits, bitCount) = before
        unread.removeFirst(position)
        if case .stopped = mode { unread.removeAll() }
        return farthest
    }

    // MARK: Blocks

    /// Reads the next part; false when it is not all there, or when nothing more is to be read.
    private mutating func step() -> Bool {
        switch mode {
        case .block: return readBlockHeader()
        case .stored(let count): return skipStored(count)
        case .codes: return readCode()
        case .stopped: return false
        }
    }

    private mutating func readBlockHeader() -> Bool {
        guard let header = take(3) else { return false }
        let isLast = header & 1 == 1
        switch header >> 1 {
        case 0:
            dropToByte()
            guard let count = take(16), let complement = take(16) else { return false }
            guard count ^ 0xFFFF == complement else { return stop() }
            mode = .stored(count)
        case 1:
            lengths = .fixedLengths
            distances = .fixedDistances
            mode = .codes
        case 2:
            guard let isValid = readPrefixCodes() else { return false }
            guard isValid else { return stop() }
            mode = .codes
        default: return stop()
        }
        isLastBlock = isLast
        return true
    }

    private mutating func skipStored(_ count: Int) -> Bool {
        // The bits stand on a byte's border here, so none are waiting.
        let skipped = min(count, unread.count - position)
        position += skipped
        mode = .stored(count - skipped)
        if skipped == count { endBlock() }
        return skipped == count || skipped > 0
    }

    private mutating func endBlock() {
        mode = .block
        // Behind a final block another stream begins, on a byte's border.
        if isLastBlock { dropToByte() }
    }

    private mutating func readCode() -> Bool {
        guard let symbol = next(lengths) else { return false }
        switch symbol {
        case 0...255: return true
        case 256:
            endBlock()
            return true
        case 257...285:
            // 257 to 264 and 285 have no extra bits; how long the copy is does not matter here.
            let extra = symbol < 265 || symbol == 285 ? 0 : (symbol - 261) / 4
            guard take(extra) != nil, let place = next(distances) else { return false }
            guard (0..<30).contains(place) else { return stop() }
            let extraBits = max(0, place / 2 - 1)
            guard let offset = take(extraBits) else { return false }
            let base = place < 2 ? place + 1 : (2 + place % 2) << extraBits + 1
            farthest = max(farthest, base + offset)
            return true
        default: return stop()
        }
    }

    /// The two codes of a block (§3.2.7); nil when they are not all there.
    private mutating func readPrefixCodes() -> Bool? {
        guard let counts = take(14) else { return nil }
        let (lengthCount, distanceCount, codeCount) = (counts & 31 + 257, counts >> 5 & 31 + 1, counts >> 10 + 4)
        guard lengthCount <= 286, distanceCount <= 30 else { return false }
        let order: [19 of Int] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
        var widths = [UInt8](repeating: 0, count: 19)
        for index in 0..<codeCount {
            guard let width = take(3) else { return nil }
            widths[order[index]] = UInt8(width)
        }
        let code = PrefixCode(widths: widths[...])
        guard code.isPossible else { return false }
        widths = []
        while widths.count < lengthCount + distanceCount {
            guard let symbol = next(code) else { return nil }
            switch symbol {
            case 0...15: widths.append(UInt8(symbol))
            case 16:
                guard let last = widths.last else { return false }
                guard let extra = take(2) else { return nil }
                widths += repeatElement(last, count: 3 + extra)
            case 17, 18:
                guard let extra = take(symbol == 17 ? 3 : 7) else { return nil }
                widths += repeatElement(0, count: (symbol == 17 ? 3 : 11) + extra)
            default: return false
            }
        }
        guard widths.count == lengthCount + distanceCount else { return false }
        lengths = PrefixCode(widths: widths[..<lengthCount])
        distances = PrefixCode(widths: widths[lengthCount...])
        return lengths.isPossible && distances.isPossible
    }

    private mutating func stop() -> Bool {
        mode = .stopped
        return false
    }

    // MARK: Bits

    /// The next bits, least significant first; nil when there are too few.
    private mutating func take(_ count: Int) -> Int? {
        while bitCount < count {
            guard position < unread.count else { return nil }
            bits |= UInt64(unread.span[position]) << UInt64(bitCount)
            bitCount += 8
            position += 1
        }
        let value = Int(bits & (1 << UInt64(count) - 1))
        bits >>= UInt64(count)
        bitCount -= count
        return value
    }

    private mutating func dropToByte() { _ = take(bitCount % 8) }

    /// The next symbol of a code; nil when it is not all there, -1 when there is none.
    private mutating func next(_ code: PrefixCode) -> Int? {
        var reader = code.reader
        while true {
            guard let bit = take(1) else { return nil }
            if let symbol = reader.feed(bit, in: code) { return symbol }
        }
    }
}

/// A canonical prefix code, read bit by bit (RFC 1951 §3.2.2).
private struct PrefixCode {
    /// How many symbols have each width, 1 to 15.
    var counts = [Int](repeating: 0, count: 16)
    /// By width, then by value.
    var symbols: [Int] = []

    init() {}

    /// False when there are more symbols than codes of their widths.
    private(set) var isPossible = true

    init(widths: ArraySlice<UInt8>) {
        for width in widths { counts[Int(width)] += 1 }
        counts[0] = 0
        var free = 1
        for width in 1...15 {
            free = free * 2 - counts[width]
            if free < 0 { isPossible = false }
        }
        for width in 1...15 where counts[width] > 0 {
            for (symbol, own) in widths.enumerated() where own == width { symbols.append(symbol) }
        }
    }

    static let fixedLengths = PrefixCode(
        widths: (Array(repeating: 8, count: 144) + Array(repeating: 9, count: 112) + Array(repeating: 7, count: 24)
            + Array(repeating: 8, count: 8))[...])
    static let fixedDistances = PrefixCode(widths: Array(repeating: 5, count: 30)[...])

    struct Reader {
        var width = 0
        var value = 0
        var first = 0
        var index = 0

        /// Takes one more bit; the symbol that is complete with it, -1 when no symbol begins so.
        mutating func feed(_ bit: Int, in code: PrefixCode) -> Int? {
            width += 1
            guard width <= 15 else { return -1 }
            value |= bit
            let count = code.counts[width]
            if value - first < count { return code.symbols[index + value - first] }
            index += count
            first = (first + count) << 1
            value <<= 1
            return nil
        }
    }

    var reader: Reader { Reader() }
}
