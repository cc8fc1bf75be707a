import Bytes
import Filter
import Text

/// A search through the payloads of a scope, a piece of work at a time.
///
/// Begins where one is, goes to the end and on from the beginning, so that the next match is found first.
struct SearchRun: Sendable {
    let pattern: SearchPattern
    let scope: Scope
    /// Index of the frame that it began with.
    let origin: Int
    private let originRow: UInt32
    /// Frames examined, counted from `origin`.
    private(set) var examinedCount = 0
    /// Matching rows at and behind `origin`, and before it; each in order.
    private(set) var behind: [UInt32] = []
    private(set) var before: [UInt32] = []
    private(set) var byteCount: UInt64 = 0
    /// Payloads that a regular expression could not be decided on, because it would have taken too long.
    private(set) var givenUpCount: UInt64 = 0
    /// Payloads that are not there to be searched, or not all of them.
    private(set) var unkeptCount: UInt64 = 0
    private(set) var isDone = false
    /// Stopped before the end.
    private(set) var isStopped = false
    /// Which match is gone to as soon as it turns up.
    var wants: Wish?

    enum Wish: Sendable {
        /// The first one from where the search began, that place included.
        case here
        case forward
        case back
    }

    init(_ pattern: SearchPattern, _ scope: Scope, origin: Int, originRow: UInt32) {
        self.pattern = pattern
        self.scope = scope
        self.origin = origin
        self.originRow = originRow
    }

    var count: Int { behind.count + before.count }

    /// That nothing was found, and in how many payloads something may be all the same.
    var failure: String {
        var words = "not found: \(pattern.source)"
        if unkeptCount > 0 {
            words += "; \(Quantity.counted(unkeptCount, "payload")) \(unkeptCount == 1 ? "was" : "were") not kept in full"
        }
        if givenUpCount > 0 { words += "; \(Quantity.counted(givenUpCount, "payload")) took too long to search" }
        return words
    }

    /// Whether something was found in a row.
    func has(_ row: UInt32) -> Bool {
        let list = row >= originRow ? behind : before
        let place = list.partitioningIndex { $0 >= row }
        return place < list.count && list[place] == row
    }

    mutating func stop() {
        isDone = true
        isStopped = true
        wants = nil
    }

    /// Rows of one piece of work, and payload bytes after which it ends early.
    static let rowsPerStep = 16_384
    static let bytesPerStep = 2 << 20

    /// Examines the next frames; `rowAt` gives the row of a frame by its index in the scope.
    mutating func step(frameCount: Int, _ transcript: Transcript, _ payloads: Payloads, rowAt: (Int) -> UInt32) {
        guard !isDone else { return }
        var gathered = ByteBuffer(capacity: 256 << 10)
        var ends: [(row: UInt32, end: Int)] = []
        var bytes = 0
        var left = Self.rowsPerStep
        while left > 0, bytes < Self.bytesPerStep {
            guard examinedCount < frameCount else {
                isDone = true
                break
            }
            let index = origin + examinedCount < frameCount ? origin + examinedCount : origin + examinedCount - frameCount
            // Never gathered across the place where it begins anew, so that matches stay in order.
            if index == 0 { take(&gathered, &ends) }
            let row = rowAt(index)
            let frame = transcript.rows[Int(row)]
            // The parts of a compressed message stand in its last frame.
            if frame.isCompressed, !frame.flags.contains(.storesContent) {
                examinedCount += 1
                continue
            }
            let start = gathered.count
            payloads.append(frame, to: &gathered)
            bytes += gathered.count - start
            if frame.flags.contains(.isCut) || gathered.count - start < Int(frame.storedCount) { unkeptCount += 1 }
            ends.append((row, gathered.count))
            examinedCount += 1
            left -= 1
            if gathered.count >= 192 << 10 { take(&gathered, &ends) }
        }
        take(&gathered, &ends)
        byteCount += UInt64(bytes)
    }

    /// Searches what was gathered, and notes the rows in which something is found.
    private mutating func take(_ gathered: inout ByteBuffer, _ ends: inout [(row: UInt32, end: Int)]) {
        switch pattern.matcher {
        case .bytes(let search): take(search, gathered.span, ends)
        case .expression(let expression):
            var matcher = PatternMatcher()
            var start = 0
            for (row, end) in ends {
                if matcher.matches(expression, gathered.span.extracting(start..<end)) { note(row) }
                start = end
            }
            givenUpCount += matcher.givenUpCount
        }
        gathered.removeAll()
        ends.removeAll(keepingCapacity: true)
    }

    /// Looks through many payloads at a time.
    private mutating func take(_ search: ByteSearch, _ all: Span<UInt8>, _ ends: [(row: UInt32, end: Int)]) {
        var at = 0
        var index = 0
        while let match = search.firstMatch(in: all, from: at) {
            while ends[index].end <= match.lowerBound { index += 1 }
            if match.upperBound <= ends[index].end {
                note(ends[index].row)
                at = ends[index].end
            } else {
                // It reaches into the next payload: none.
                at = match.lowerBound + 1
            }
        }
    }

    private mutating func note(_ row: UInt32) {
        if row >= originRow { behind.append(row) } else { before.append(row) }
    }

    /// The next match behind a row, or before it.
    func next(from row: UInt32, isForward: Bool) -> UInt32? {
        for list in isForward ? [before, behind] : [behind, before] {
            let place = list.partitioningIndex { isForward ? $0 > row : $0 >= row }
            if isForward, place < list.count { return list[place] }
            if !isForward, place > 0 { return list[place - 1] }
        }
        return nil
    }

    /// The first match of all, or the last.
    func extreme(isFirst: Bool) -> UInt32? { isFirst ? before.first ?? behind.first : behind.last ?? before.last }
}
