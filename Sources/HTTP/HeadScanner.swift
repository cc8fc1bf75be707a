/// Finds a head in unread bytes, looking at each byte once however they arrive, and reads it when it is whole.
// Its parameter needs no conformance here: to make sure of one, the runtime looks through all of the program's.
struct HeadScanner<Line: Sendable>: Sendable {
    private let limits: HeadLimits
    /// Bytes looked at already.
    private var searched = 0
    /// Where the line that is being looked at begins.
    private var lineStart = 0
    private var startLine: Line?
    private var hasStartLine = false
    /// Where the field lines begin, once there is a start line.
    private var fieldsStart = 0
    private var oddities: HeadOddities = []
    private var failure: HeadError?

    init(limits: HeadLimits) { self.limits = limits }
}

extension HeadScanner where Line: StartLine {
    /// - Parameter line: the start line, where the head is whole.
    mutating func take(_ unread: Span<UInt8>, _ line: inout Line?) -> HeadSearch {
        if let failure { return .malformed(failure) }
        let outcome = search(unread)
        switch outcome {
        case .needsMore: break
        case .whole:
            swap(&line, &startLine)
            self = HeadScanner(limits: limits)
        case .malformed(let error): failure = error
        }
        return outcome
    }

    /// Bytes behind the limit are never looked at, so how they were cut cannot change the outcome.
    private mutating func search(_ unread: Span<UInt8>) -> HeadSearch {
        let end = min(unread.count, limits.byteCount)
        while searched < end, let lineFeed = unread.extracting(0..<end).firstOffset(of: .lineFeed, from: searched) {
            let start = lineStart
            let line = unread.extracting(start..<lineFeed).droppingCarriageReturn
            (searched, lineStart) = (lineFeed + 1, lineFeed + 1)
            if line.count == lineFeed - start { oddities.insert(.bareLineFeed) }
            // Fields are read when all lines are there, and the start line is not copied for each of them.
            if hasStartLine {
                if line.isEmpty { return read(unread.extracting(fieldsStart..<start)) }
            } else if line.isEmpty, Line.mayFollowEmptyLines {
                oddities.insert(.emptyLinesBefore)
            } else {
                guard let startLine = Line(line) else { return .malformed(HeadError(cause: .badStartLine, offset: start)) }
                oddities.formUnion(startLine.oddities)
                self.startLine = startLine
                hasStartLine = true
                fieldsStart = lineStart
            }
        }
        searched = max(searched, end)
        return unread.count < limits.byteCount ? .needsMore : .malformed(HeadError(cause: .tooLong, offset: max(limits.byteCount, 0)))
    }

    private func read(_ lines: Span<UInt8>) -> HeadSearch {
        var fields = FieldLines(byteCount: lines.count, limit: limits.headerCount)
        fields.read(lines)
        return .whole(HeadFields(headers: fields.headers, oddities: oddities.union(fields.oddities), byteCount: lineStart))
    }
}

/// What is found of a head. Not generic, since values of generic types are destroyed by way of their metadata.
enum HeadSearch: Sendable {
    case needsMore
    case whole(HeadFields)
    case malformed(HeadError)
}

extension Span where Element == UInt8 {
    /// A line that was cut before its LF, without the CR of a regular line end.
    var droppingCarriageReturn: Span<UInt8> {
        @_lifetime(copy self)
        get { count > 0 && self[count - 1] == .carriageReturn ? extracting(0..<count - 1) : self }
    }
}
