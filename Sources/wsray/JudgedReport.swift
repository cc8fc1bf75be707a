import Bytes
import Capture
import Inspection
import Subprotocols
import WebSocket

/// Adds findings of its own to a report.
protocol ReportJudge {
    /// Judges an event, before the report gets it.
    mutating func judge(_ event: Event, for report: inout some Report & ~Copyable)
    /// Judges what a message means.
    mutating func judge(_ meaning: borrowing Meaning, of frame: Frame, ending message: Message, in connection: Connection)
    /// Judges what can be judged only when all is known.
    mutating func finish(for report: inout some Report & ~Copyable)
}

extension ReportJudge {
    mutating func judge(_ meaning: borrowing Meaning, of frame: Frame, ending message: Message, in connection: Connection) {}
    mutating func finish(for report: inout some Report & ~Copyable) {}
}

/// A report and the judge that stands before it. Meanings do not go on: reports of findings show none.
struct JudgedReport<Judge: ReportJudge, Inner: Report & ~Copyable>: Report, ~Copyable {
    private var inner: Inner
    private var judge: Judge

    init(_ inner: consuming Inner, _ judge: Judge) {
        self.inner = inner
        self.judge = judge
    }

    mutating func note(_ event: Event) {
        judge.judge(event, for: &inner)
        inner.note(event)
    }

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message, content: Span<UInt8>, meaning: borrowing Meaning,
        of connection: Connection
    ) {
        judge.judge(meaning, of: frame, ending: message, in: connection)
        inner.frame(frame, payload: payload, ending: message, content: content, of: connection)
    }

    mutating func finish(_ summary: Summary, failure: String?) {
        judge.finish(for: &inner)
        inner.finish(summary, failure: failure)
    }

    // MARK: The rest goes on as it is

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) { inner.frame(frame, payload: payload, ending: message, content: content, of: connection) }

    mutating func frame(plain: PlainFrame, payload: Span<UInt8>, of connection: Connection) {
        inner.frame(plain: plain, payload: payload, of: connection)
    }

    mutating func noteOmitted(_ event: Event) { inner.noteOmitted(event) }

    var hasEnough: Bool { inner.hasEnough }

    var output: ByteBuffer {
        _read { yield inner.output }
        _modify { yield &inner.output }
    }

    mutating func limit(frames count: UInt64) { inner.limit(frames: count) }
    mutating func begin(sources: [String]) { inner.begin(sources: sources) }
    mutating func beginFile(_ name: String, firstPacket: UInt64) { inner.beginFile(name, firstPacket: firstPacket) }
    mutating func beginAnew() { inner.beginAnew() }
    static var takesPackets: Bool { Inner.takesPackets }
    static var takesRecordings: Bool { Inner.takesRecordings }

    mutating func took(_ header: PacketHeader, _ bytes: Span<UInt8>, _ place: PacketPlace?, of interfaces: [CaptureInterface]) {
        inner.took(header, bytes, place, of: interfaces)
    }

    mutating func took(_ statistics: InterfaceStatistics, of interfaces: [CaptureInterface]) { inner.took(statistics, of: interfaces) }
}
