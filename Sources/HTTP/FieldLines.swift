import Bytes

/// Reads the lines between a start line and the blank line (RFC 9112 §5).
struct FieldLines {
    private(set) var headers = Headers()
    private(set) var oddities: HeadOddities = []

    /// Where the lines begin in the head, so that an error can say where it is.
    let offset: Int
    let limit: Int

    /// There is a field that may yet be continued by an obs-fold.
    private var isOpen = false

    init(offset: Int, limit: Int) {
        self.offset = offset
        self.limit = limit
    }

    /// Every line in `lines` ends in LF; what would stand behind the last one is not read.
    mutating func read(_ lines: Span<UInt8>) -> HeadError? {
        headers.reserve(fieldCount: min(lines.lineCount, max(limit, 0)), byteCount: lines.count)
        var start = 0
        while let lineFeed = lines.firstOffset(of: .lineFeed, from: start) {
            if let cause = readLine(lines.extracting(start..<lineFeed).droppingCarriageReturn) {
                return HeadError(cause: cause, offset: offset + start)
            }
            start = lineFeed + 1
        }
        finishField()
        return nil
    }

    private mutating func readLine(_ line: Span<UInt8>) -> HeadError.Cause? {
        if !line.isEmpty, line[0].isBlank { return continueField(line.trimmingBlanks) }
        finishField()
        guard let colon = line.firstOffset(of: .colon), colon > 0 else { return .badFieldLine }
        guard headers.count < limit else { return .tooManyHeaders }
        let written = line.extracting(0..<colon)
        let trimmed = written.trimmingBlanks
        if trimmed.count < written.count { oddities.insert(.blankBeforeColon) }
        if !trimmed.isToken { oddities.insert(.nameNotToken) }
        headers.beginField(named: written)
        isOpen = true
        append(line.extracting(colon + 1..<line.count).trimmingBlanks)
        return nil
    }

    /// An obs-fold counts as one space, wherever in the value it stands; at its ends that space is OWS.
    private mutating func continueField(_ more: Span<UInt8>) -> HeadError.Cause? {
        guard isOpen else { return .nothingToContinue }
        oddities.insert(.foldedLine)
        if !headers.isLastValueEmpty, !more.isEmpty { headers.append([UInt8.space].span) }
        append(more)
        return nil
    }

    private mutating func append(_ bytes: Span<UInt8>) {
        if bytes.hasForbiddenControl { oddities.insert(.controlInValue) }
        headers.append(bytes)
    }

    private mutating func finishField() {
        if isOpen { headers.endField() }
        isOpen = false
    }
}

extension Span where Element == UInt8 {
    fileprivate var lineCount: Int {
        var count = 0
        for offset in indices where self[offset] == .lineFeed { count += 1 }
        return count
    }

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
