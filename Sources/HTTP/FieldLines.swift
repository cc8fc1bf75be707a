import Bytes

/// Reads the lines between a start line and the blank line (RFC 9112 §5).
struct FieldLines: ~Copyable {
    private var builder: HeadersBuilder
    private(set) var oddities: HeadOddities = []

    let limit: Int

    /// - Parameter byteCount: bytes of all lines.
    init(byteCount: Int, limit: Int) {
        self.limit = limit
        builder = HeadersBuilder(capacity: byteCount + Self.ordinaryCount * Headers.lengthsByteCount)
    }

    /// More than most heads have.
    private static let ordinaryCount = 16

    var headers: Headers { Headers(builder) }

    /// Every line in `lines` ends in LF; what would stand behind the last one is not read. A line that is none of the grammar's is kept as
    /// a value without a name, since the lines around it can be read all the same.
    mutating func read(_ lines: Span<UInt8>) {
        var start = 0
        while let lineFeed = lines.firstOffset(of: .lineFeed, from: start) {
            let line = lines.extracting(start..<lineFeed).droppingCarriageReturn
            if !line.isEmpty, line[0].isBlank { continueField(line.trimmingBlanks) } else { readField(line) }
            start = lineFeed + 1
        }
    }

    private mutating func readField(_ line: Span<UInt8>) {
        guard builder.count < limit else {
            oddities.insert(.fieldsLeftOut)
            return
        }
        guard let colon = line.firstOffset(of: .colon), colon > 0 else {
            oddities.insert(.nameMissing)
            let rest = line.isEmpty || line[0] != .colon ? line : line.extracting(1..<line.count)
            return builder.append(line.extracting(0..<0), rest.trimmingBlanks)
        }
        let written = line.extracting(0..<colon)
        let trimmed = written.trimmingBlanks
        if trimmed.count < written.count { oddities.insert(.blankBeforeColon) }
        if !trimmed.isToken { oddities.insert(.nameNotToken) }
        let value = line.extracting(colon + 1..<line.count).trimmingBlanks
        if value.hasForbiddenControl { oddities.insert(.controlInValue) }
        builder.append(written, value)
    }

    /// An obs-fold counts as one space, wherever in the value it stands; at its ends that space is OWS.
    private mutating func continueField(_ more: Span<UInt8>) {
        // With no field to go on with, recipients differ: some skip such a line, others read it without the blank.
        guard builder.count > 0 else {
            oddities.insert(.blankBeforeFields)
            if !more.isEmpty { readField(more) }
            return
        }
        guard !oddities.contains(.fieldsLeftOut) else { return }
        oddities.insert(.foldedLine)
        if more.hasForbiddenControl { oddities.insert(.controlInValue) }
        builder.extendLast(more)
    }
}

extension Span where Element == UInt8 {
    fileprivate var hasForbiddenControl: Bool {
        var start = 0
        // Eight bytes a step, as long as all are printable ASCII: none is below a space, none DEL, and none above.
        while count - start >= 8 {
            let word = uint64LE(at: start)
            let low = word &- 0x2020_2020_2020_2020
            let high = word &+ 0x0101_0101_0101_0101
            if (low | high | word) & 0x8080_8080_8080_8080 != 0 {
                for offset in start..<start + 8 where self[offset].isForbiddenControl { return true }
            }
            start += 8
        }
        for offset in start..<count where self[offset].isForbiddenControl { return true }
        return false
    }
}
