import Inspection
import Verdicts

/// What one thread reads and another shows: everything new since the batch before.
public struct Batch: Sendable {
    var rows = ContiguousArray<FrameRow>()
    var opened: [ConnectionEntry] = []
    var ended: [(connection: UInt32, verdict: Verdict?)] = []
    var findings: [FindingEntry] = []
    /// Connections that could not be read.
    var encrypted: [EncryptedConnection] = []
    /// TCP connections that came to nothing.
    var attempts: [TransportAttempt] = []
    var unfinished: [UnfinishedMessage] = []
    var markers: [Marker] = []
    var details: [(row: UInt32, FrameDetails)] = []
    var requests: [RequestNote] = []
    /// Where captures of their own begin.
    var captures: [CaptureStart] = []
    /// Requests that were counted but are too many to be kept.
    var omittedRequestCount: UInt64 = 0
    /// Findings that were counted but are too many to be kept.
    var omittedFindingCount: UInt64 = 0

    public init() {}

    public var isEmpty: Bool {
        rows.isEmpty && opened.isEmpty && ended.isEmpty && findings.isEmpty && encrypted.isEmpty && attempts.isEmpty && captures.isEmpty
            && unfinished.isEmpty
    }
    public var rowCount: Int { rows.count }
}

/// Where a capture begins that does not go on with the one before.
struct CaptureStart: Sendable {
    /// Connections and attempts before it.
    var connectionCount: Int
    var attemptCount: Int
}
