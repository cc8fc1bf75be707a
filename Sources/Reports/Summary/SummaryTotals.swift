import Channels
import Bytes
import Inspection
import Text
import Verdicts

/// What all connections of a summary add up to.
struct SummaryTotals: Sendable {
    private var counts = [UInt64](repeating: 0, count: Verdict.Standing.allCases.count)
    private var frames: UInt64 = 0
    /// Messages of what was recorded, of which no frames are known.
    private var recordedMessages: UInt64 = 0
    private var bytes: UInt64 = 0
    private var begin = Int64.max
    private var end = Int64.min
    /// TCP connections among them that came to nothing.
    private var attemptCount: UInt64 = 0
    /// Connections that are in no row.
    var omittedCount: UInt64 = 0

    mutating func add(_ ended: ConnectionEnd, _ standing: Verdict.Standing, lasting time: Timestamp) {
        counts[standing.rawValue] += 1
        frames += ended.client.frames + ended.server.frames
        if ended.connection.isRecorded { recordedMessages += ended.unitCount }
        bytes = bytes.addingSaturated(ended.byteCount)
        begin = min(begin, ended.connection.time.nanoseconds)
        end = max(end, time.nanoseconds)
    }

    mutating func add(_ attempt: TransportAttempt) {
        attemptCount += 1
        counts[attempt.standing.rawValue] += 1
        begin = min(begin, attempt.first.time.nanoseconds)
        end = max(end, attempt.last.time.nanoseconds)
    }

    var connectionCount: UInt64 { counts.reduce(0, +) }

    /// `41 connections: 37 failed, 4 closed cleanly; 5,000 frames, 1.2 MB in 20 min 3 s`.
    var words: String {
        let parts = Verdict.Standing.allCases.reversed().filter { counts[$0.rawValue] > 0 }.map {
            "\(Quantity.count(counts[$0.rawValue])) \($0.words)"
        }
        let time = end > begin ? " in \(Quantity.duration(end &- begin))" : ""
        return "\(Quantity.counted(connectionCount, "connection")): \(parts.joined(separator: ", ")); "
            + "\(Summary.words(frames: frames, recordedMessages: recordedMessages)), \(Quantity.size(bytes))\(time)"
    }

    /// What is counted in rows.
    var unit: StaticString { recordedMessages == 0 ? "frames" : frames == 0 ? "messages" : "frames or messages" }
}

extension Verdict.Standing {
    fileprivate var words: String {
        switch self {
        case .failed: "failed"
        case .unclear: "ended otherwise"
        case .unknown: "with their end not recorded"
        case .open: "open"
        case .clean: "closed cleanly"
        }
    }
}
