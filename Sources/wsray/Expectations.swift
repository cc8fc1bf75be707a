import ArgumentParser
import Bytes
import Capture
import Filter
import Inspection
import Rules
import Verdicts
import WebSocket

/// What must be true of each connection, or must not be: `--require` and `--forbid`.
struct Expectation {
    let condition: Condition
    let isForbidden: Bool

    init(_ text: String, isForbidden: Bool) throws {
        do throws(ConditionError) {
            condition = try Condition(text)
        } catch {
            throw ValidationError(error.rendered(in: text))
        }
        let option = isForbidden ? "--forbid" : "--require"
        if let mistake = condition.mistake(ifNotAboutConnections: "\(option) judges whole connections") {
            throw ValidationError(mistake.rendered(in: text))
        }
        self.isForbidden = isForbidden
    }
}

/// Connections that broke one, counted.
final class BrokenExpectations {
    var count: UInt64 = 0
}

/// Stands before a report and adds a finding to each connection that is not as expected.
struct ExpectingSink<Inner: Report & ~Copyable>: Report, ~Copyable {
    private var inner: Inner
    private let expectations: [Expectation]
    private let broken: BrokenExpectations

    init(_ inner: consuming Inner, _ expectations: [Expectation], _ broken: BrokenExpectations) {
        self.inner = inner
        self.expectations = expectations
        self.broken = broken
    }

    mutating func note(_ event: Event) {
        if case .ended(let end) = event { judge(end) }
        inner.note(event)
    }

    private mutating func judge(_ end: ConnectionEnd) {
        let ending = Ending(end.verdict, client: end.client, server: end.server)
        for expectation in expectations {
            var evaluator = ConditionEvaluator(expectation.condition)
            evaluator.learn(ending, of: end.connection)
            guard (evaluator.selection(of: end.connection).verdict == .all) == expectation.isForbidden else { continue }
            broken.count += 1
            let finding = Finding(expectation.isForbidden ? .forbidden : .required, found: expectation.condition.text)
            inner.note(.found(finding, from: nil, in: end.connection, at: end.outline.time))
        }
    }

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) { inner.frame(frame, payload: payload, ending: message, content: content, of: connection) }

    mutating func frame(plain: PlainFrame, payload: Span<UInt8>, of connection: Connection) {
        inner.frame(plain: plain, payload: payload, of: connection)
    }

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

    mutating func took(_ header: PacketHeader, _ bytes: Span<UInt8>, _ place: PacketPlace?, of interfaces: [CaptureInterface]) {
        inner.took(header, bytes, place, of: interfaces)
    }

    mutating func took(_ statistics: InterfaceStatistics, of interfaces: [CaptureInterface]) { inner.took(statistics, of: interfaces) }
    mutating func finish(_ summary: Summary, failure: String?) { inner.finish(summary, failure: failure) }
}
