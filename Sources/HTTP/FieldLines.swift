import Bytes

/// Reads the lines between a start line and the blank line (RFC 9112 §5).
struct FieldLines {
    private(set) var headers: [Header] = []
    private(set) var oddities: HeadOddities = []

    /// Where the lines begin in the head, so that an error can say where it is.
    let offset: Int
    let limit: Int

    /// The field that may yet be continued by an obs-fold.
    private var name: String?
    private var value: [UInt8] = []

    init(offset: Int, limit: Int) {
        self.offset = offset
        self.limit = limit
    }

    /// Every line in `lines` ends in LF; what would stand behind the last one is not read.
    mutating func read(_ lines: Span<UInt8>) -> HeadError? {
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
        if let known = Self.knownName(written) {
            name = known
        } else {
            let text = trimmed.text
            if !text.isToken { oddities.insert(.nameNotToken) }
            name = trimmed.count < written.count ? written.text : text
        }
        append(line.extracting(colon + 1..<line.count).trimmingBlanks)
        return nil
    }

    /// Long names that opening handshakes have, as they are usually written: texts of the program, which take no memory for each head.
    private static let knownNames: [(bytes: StaticString, text: String)] = [
        ("Sec-WebSocket-Key", "Sec-WebSocket-Key"),
        ("Sec-WebSocket-Version", "Sec-WebSocket-Version"),
        ("Sec-WebSocket-Accept", "Sec-WebSocket-Accept"),
        ("Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions"),
        ("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol"),
        ("Accept-Encoding", "Accept-Encoding"),
        ("Accept-Language", "Accept-Language"),
        ("X-Forwarded-For", "X-Forwarded-For"),
        ("X-Forwarded-Proto", "X-Forwarded-Proto"),
    ]

    private static func knownName(_ bytes: Span<UInt8>) -> String? {
        guard bytes.count > 14 else { return nil }
        for known in knownNames where known.bytes.utf8CodeUnitCount == bytes.count && bytes.matches(known.bytes) { return known.text }
        return nil
    }

    /// An obs-fold counts as one space, wherever in the value it stands; at its ends that space is OWS.
    private mutating func continueField(_ more: Span<UInt8>) -> HeadError.Cause? {
        guard name != nil else { return .nothingToContinue }
        oddities.insert(.foldedLine)
        if !value.isEmpty, !more.isEmpty { value.append(.space) }
        append(more)
        return nil
    }

    private mutating func append(_ bytes: Span<UInt8>) {
        for index in bytes.indices {
            if bytes[index].isForbiddenControl { oddities.insert(.controlInValue) }
            value.append(bytes[index])
        }
    }

    private mutating func finishField() {
        guard let finished = name else { return }
        headers.append(Header(name: finished, value: value.span.text))
        name = nil
        value.removeAll(keepingCapacity: true)
    }
}
