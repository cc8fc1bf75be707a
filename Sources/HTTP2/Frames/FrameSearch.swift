import Bytes
import Channels

/// Looks for the first frame in bytes after a gap.
///
/// Settings, field blocks and content may look like the header of a frame. What begins with one counts as frames only once others follow
/// where it says that it ends.
struct FrameSearch {
    /// What may be the first frame, by offsets in the bytes that wait.
    private struct Candidate {
        var start: Int
        /// Where the next header is expected.
        var next: Int
        var evidence: Int
    }

    enum Outcome: Equatable {
        /// A frame begins here.
        case frame(Int)
        /// The client's preface begins here.
        case preface(Int)
        /// Bytes before this offset need not be looked at again; more that come will tell.
        case undecided(Int)
    }

    /// Evidence after a gap: two headers that name something known, or more that do not.
    static let afterGap = 4
    /// Evidence where a connection was joined midway, which was looked at before.
    static let midway = 2
    /// Evidence where nothing follows what waits: with less, the last frame has to end there.
    private static let atEnd = 3
    private static let candidateLimit = 64
    /// A candidate of which no more is known after so many bytes is given up, so that not too much waits.
    private static let patience = 128 << 10

    private var candidates: [Candidate] = []
    /// Offsets that were looked at.
    private var scannedCount = 0
    /// No more bytes come after those that wait.
    var isLast = false

    /// - Parameters:
    ///   - mayBegin: the preface of a client may be there.
    ///   - evidence: what a header proves: 0 where it is none, 2 where it can hardly be an accident.
    mutating func find(in bytes: Span<UInt8>, needed: Int, mayBegin: Bool, evidence: (FrameHeader) -> Int) -> Outcome {
        for index in candidates.indices { follow(&candidates[index], bytes, needed, evidence) }
        candidates.removeAll { $0.evidence == 0 }
        while scannedCount < bytes.count {
            if mayBegin {
                switch Preface.recognize(bytes.extracting(scannedCount..<bytes.count)) {
                case .yes: return .preface(scannedCount)
                case .needsMore: return outcome(bytes.count, needed)
                case .no: break
                }
            }
            guard let header = FrameHeader(bytes, at: scannedCount) else { break }
            if evidence(header) > 0 {
                var candidate = Candidate(start: scannedCount, next: scannedCount, evidence: 0)
                follow(&candidate, bytes, needed, evidence)
                if candidate.evidence > 0 { candidates.append(candidate) }
            }
            scannedCount += 1
            // Of what is proved, the first counts.
            if candidates.last?.evidence ?? 0 >= needed { break }
        }
        return outcome(bytes.count, needed)
    }

    /// Follows a chain of frames as far as there are bytes; one that breaks has no evidence.
    private func follow(_ candidate: inout Candidate, _ bytes: Span<UInt8>, _ needed: Int, _ evidence: (FrameHeader) -> Int) {
        while candidate.evidence < needed, let header = FrameHeader(bytes, at: candidate.next) {
            let proved = evidence(header)
            guard proved > 0 else { return candidate.evidence = 0 }
            candidate.evidence += proved
            candidate.next += FrameHeader.byteCount + header.length
        }
    }

    private mutating func outcome(_ count: Int, _ needed: Int) -> Outcome {
        if let found = candidates.first(where: { isProved($0, count, needed) }) { return .frame(found.start) }
        if isLast { return .undecided(count) }
        candidates.removeAll { count - $0.start > Self.patience }
        if candidates.count > Self.candidateLimit { candidates.removeFirst(candidates.count - Self.candidateLimit) }
        let passed = candidates.first?.start ?? scannedCount
        for index in candidates.indices {
            candidates[index].start -= passed
            candidates[index].next -= passed
        }
        scannedCount -= passed
        return .undecided(passed)
    }

    private func isProved(_ candidate: Candidate, _ count: Int, _ needed: Int) -> Bool {
        candidate.evidence >= needed
            || isLast && (candidate.evidence >= Self.atEnd || candidate.evidence == 2 && candidate.next == count)
    }
}
