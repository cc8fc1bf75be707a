import Bytes
import Inspection
import Verdicts

/// What waits of a connection until the document is written: an object because the report adds to it in place.
final class HTMLConnection {
    let connection: Connection
    /// Frames as numbers (`HTMLReport+Frames.swift`).
    var rows = JSONPieces()
    /// What messages carry and mean.
    var messages = JSONPieces()
    var findings = JSONPieces()
    /// Frames that came while nothing was taken.
    var skippedFrameCount: UInt64 = 0
    /// The frame that was added last, to which the next row refers.
    var lastFrame: UInt64 = 0
    var lastTime: Int64 = 0
    var protocolName: StaticString?
    var unansweredCount: UInt64 = 0

    // What is known once it has ended.
    var standing = Verdict.Standing.open
    var phrase = ""
    /// The members `connection` and `end`, as `JSONLinesReport` writes them.
    var members = ByteBuffer()

    init(_ connection: Connection) { self.connection = connection }

    /// Bytes that wait.
    var byteCount: Int { rows.byteCount + messages.byteCount + findings.byteCount + members.count }

    var omittedFrameCount: UInt64 { rows.omittedCount + skippedFrameCount }

    /// Ticks since the connection began, in which the document counts: microseconds, or nanoseconds where the capture has them.
    func ticks(at time: Timestamp) -> Int64 { ticks(time.nanoseconds(since: connection.time)) }

    func ticks(_ nanoseconds: Int64) -> Int64 { connection.fractionDigits > 6 ? nanoseconds : nanoseconds / 1_000 }
}
