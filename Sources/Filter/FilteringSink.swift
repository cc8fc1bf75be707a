import Bytes
import Inspection
import Rules
import Subprotocols
import Verdicts
import Waits
import WebSocket

/// Hands on to another sink what a condition selects, and nothing else.
///
/// Frames are handed on one by one. A connection that is selected whole is handed on when it opens; of any other the opening
/// comes just before the first of it that is selected, and its end only then. Findings about no frame, messages that never
/// ended and HTTP exchanges are handed on where the condition is certain of them.
public struct FilteringSink<Inner: EventSink & ~Copyable>: EventSink, ~Copyable {
    public var inner: Inner
    /// Findings are selected one by one, of frames too; otherwise a frame is handed on with all of its own.
    public var selectsFindings = false
    private var evaluator: ConditionEvaluator
    private var selections = ConnectionTable<Selection>()
    /// Of what was handed on. Frames and findings as `Summary` counts them.
    public private(set) var shown = Summary()

    /// - Parameter endings: how connections end, where the condition asks about that; see `EndingsSink`.
    public init(_ inner: consuming Inner, _ condition: Condition, _ endings: Endings = Endings()) {
        self.inner = inner
        evaluator = ConditionEvaluator(condition, endings)
    }

    /// Payloads of which a regular expression could not be decided, because it would have taken too long.
    public var givenUpCount: UInt64 { evaluator.givenUpCount }

    // MARK: Connections

    private mutating func take(opening connection: Connection) {
        let selection = evaluator.selection(of: connection)
        selections[connection] = selection
        if selection.verdict == .all { show(connection) } else { inner.noteOmitted(.opened(connection)) }
    }

    /// Hands on the opening of a connection of which something is about to be shown, if that was not done before.
    @inline(__always)
    private mutating func show(_ connection: Connection) {
        guard var selection = selections[connection], !selection.isShown else { return }
        selection.isShown = true
        selections[connection] = selection
        shown.connections += 1
        inner.note(.opened(connection))
    }

    // MARK: Frames

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        guard let selection = selections[connection], selection.verdict != .nothing else { return }
        if selectsFindings, !frame.isUnremarkable, !frame.findings.isEmpty {
            return showFindings(of: frame, payload: payload, ending: message, content: content, of: connection)
        }
        if selection.verdict != .all {
            guard
                evaluator.matches(
                    frame, findings: frame.isUnremarkable ? [] : frame.findings, ending: message, content: content, of: connection,
                    selection)
            else { return }
        }
        show(connection)
        shown.frames += 1
        if !frame.isUnremarkable { count(frame.findings) }
        inner.frame(frame, payload: payload, ending: message, content: content, of: connection)
    }

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message, content: Span<UInt8>, meaning: borrowing Meaning,
        of connection: Connection
    ) {
        guard let selection = selections[connection], selection.verdict != .nothing else { return }
        if selectsFindings, !frame.isUnremarkable, !frame.findings.isEmpty {
            return showFindings(of: frame, payload: payload, ending: message, content: content, meaning: meaning, of: connection)
        }
        if selection.verdict != .all {
            guard
                evaluator.matches(
                    frame, findings: frame.isUnremarkable ? [] : frame.findings, ending: message, content: content, meaning: meaning,
                    of: connection, selection)
            else { return }
        }
        show(connection)
        shown.frames += 1
        if !frame.isUnremarkable { count(frame.findings) }
        inner.frame(frame, payload: payload, ending: message, content: content, meaning: meaning, of: connection)
    }

    /// Hands on a frame with those of its findings of which the condition holds.
    @inline(never)
    private mutating func showFindings(
        of frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        let selection = selections[connection] ?? Selection()
        var narrowed = frame
        narrowed.findings = []
        for finding in frame.findings
        where evaluator.matches(frame, findings: [finding], ending: message, content: content, of: connection, selection) {
            narrowed.findings.append(finding)
        }
        guard !narrowed.findings.isEmpty else { return }
        show(connection)
        shown.frames += 1
        count(narrowed.findings)
        inner.frame(narrowed, payload: payload, ending: message, content: content, of: connection)
    }

    /// The same of a frame whose message has operations.
    @inline(never)
    private mutating func showFindings(
        of frame: Frame, payload: Span<UInt8>, ending message: Message, content: Span<UInt8>, meaning: borrowing Meaning,
        of connection: Connection
    ) {
        let selection = selections[connection] ?? Selection()
        var narrowed = frame
        narrowed.findings = []
        for finding in frame.findings
        where evaluator.matches(
            frame, findings: [finding], ending: message, content: content, meaning: meaning, of: connection, selection)
        {
            narrowed.findings.append(finding)
        }
        guard !narrowed.findings.isEmpty else { return }
        show(connection)
        shown.frames += 1
        count(narrowed.findings)
        inner.frame(narrowed, payload: payload, ending: message, content: content, meaning: meaning, of: connection)
    }

    // MARK: What is no frame

    public mutating func note(_ event: Event) {
        switch event {
        case .opened(let connection): take(opening: connection)
        case .abandoned(let message, let content, let connection):
            guard evaluator.matches(abandoned: message, content: content.span, of: connection) else { return }
            show(connection)
            inner.note(event)
        case .found(let finding, let side, let connection, let time):
            guard evaluator.matches(finding, from: side, in: connection, at: time) else { return }
            if let connection { show(connection) }
            count([finding])
            inner.note(event)
        case .encrypted(let connection): if evaluator.matches(connection) { inner.note(event) }
        case .attempted(let attempt): if evaluator.matches(attempt) { inner.note(event) } else { inner.noteOmitted(event) }
        case .exchanged(let exchange): if evaluator.matches(exchange) { inner.note(event) }
        case .shared, .located: inner.note(event)
        case .polled: break
        case .spoke(let note, let connection, let time): take(note, of: connection, at: time)
        case .ended(let end): if selections[end.connection]?.isShown ?? false { inner.note(event) } else { inner.noteOmitted(event) }
        }
    }

    /// Hands on what is said of a protocol; of requests without an answer, those that are certainly selected.
    private mutating func take(_ note: ProtocolNote, of connection: Connection, at time: Timestamp) {
        if case .polled(let name, let session) = note { return take(session, name, of: connection, at: time) }
        guard let selection = selections[connection], selection.isShown else { return }
        guard selection.verdict != .all, case .unanswered(let name, var requests) = note else {
            return inner.note(.spoke(note, in: connection, at: time))
        }
        requests.named = requests.named.filter { evaluator.matches($0, name, of: connection) }
        (requests.omittedCount, requests.unpairedCount) = (0, 0)
        if !requests.isEmpty { inner.note(.spoke(.unanswered(name, requests), in: connection, at: time)) }
    }

    /// Hands on what came by polling; of single packets, those that are certainly selected.
    private mutating func take(_ session: PolledSession, _ name: StaticString, of connection: Connection, at time: Timestamp) {
        guard let selection = selections[connection], selection.verdict != .nothing else { return }
        var selected = session
        if selection.verdict != .all {
            selected.packets = session.packets.filter { evaluator.matches($0, of: connection) }
            selected.omittedCount = 0
            if selected.packets.isEmpty { return }
        }
        show(connection)
        inner.note(.spoke(.polled(name, selected), in: connection, at: time))
    }

    /// Handed on of all: what is selected may have waited for what is not.
    public mutating func transport(_ mark: TransportMark) { inner.transport(mark) }

    public var hasEnough: Bool { inner.hasEnough }

    private mutating func count(_ findings: [Finding]) {
        for finding in findings { shown.findings[finding.rule.severity.rawValue] += 1 }
    }
}
