/// Finds a head in unread bytes, looking at each byte once however they arrive, and reads it when it is whole.
struct HeadScanner<Line: StartLine>: Sendable {
    struct Found: Sendable, Equatable {
        var startLine: Line
        var headers: Headers
        var oddities: HeadOddities
        var byteCount: Int
    }

    private let limits: HeadLimits
    /// Bytes looked at already.
    private var searched = 0
    /// Where the line that is being looked at begins.
    private var lineStart = 0
    private var startLine: Line?
    /// Where the field lines begin, once there is a start line.
    private var fieldsStart = 0
    private var oddities: HeadOddities = []
    private var failure: HeadError?

    init(limits: HeadLimits) { self.limits = limits }

    mutating func take(_ unread: Span<UInt8>) -> HeadOutcome<Found> {
        if let failure { return .malformed(failure) }
        let outcome = search(unread)
        switch outcome {
        case .needsMore: break
        case .head: self = HeadScanner(limits: limits)
        case .malformed(let error): failure = error
        }
        return outcome
    }

    /// Bytes behind the limit are never looked at, so how they were cut cannot change the outcome.
    private mutating func search(_ unread: Span<UInt8>) -> HeadOutcome<Found> {
        let end = min(unread.count, limits.byteCount)
        while searched < end, let lineFeed = unread.extracting(0..<end).firstOffset(of: .lineFeed, from: searched) {
            let start = lineStart
            let line = unread.extracting(start..<lineFeed).droppingCarriageReturn
            (searched, lineStart) = (lineFeed + 1, lineFeed + 1)
            if line.count == lineFeed - start { oddities.insert(.bareLineFeed) }
            switch (startLine, line.isEmpty) {
            case (nil, true) where Line.mayFollowEmptyLines:
                oddities.insert(.emptyLinesBefore)
            case (nil, _):
                guard let startLine = Line(line) else { return .malformed(HeadError(cause: .badStartLine, offset: start)) }
                if startLine.isLoose { oddities.insert(.looseStartLine) }
                self.startLine = startLine
                fieldsStart = lineStart
            case (let startLine?, true):
                return read(unread.extracting(fieldsStart..<start), behind: startLine)
            case (_?, false): break
            }
        }
        searched = max(searched, end)
        return unread.count < limits.byteCount ? .needsMore : .malformed(HeadError(cause: .tooLong, offset: max(limits.byteCount, 0)))
    }

    private func read(_ lines: Span<UInt8>, behind startLine: Line) -> HeadOutcome<Found> {
        var fields = FieldLines(offset: fieldsStart, byteCount: lines.count, limit: limits.headerCount)
        if let error = fields.read(lines) { return .malformed(error) }
        return .head(
            Found(startLine: startLine, headers: fields.headers, oddities: oddities.union(fields.oddities), byteCount: lineStart))
    }
}

extension Span where Element == UInt8 {
    /// A line that was cut before its LF, without the CR of a regular line end.
    var droppingCarriageReturn: Span<UInt8> {
        @_lifetime(copy self)
        get { count > 0 && self[count - 1] == .carriageReturn ? extracting(0..<count - 1) : self }
    }
}
