import Bytes
import Capture
import Inspection
import Rules
import Subprotocols
import Text
import Verdicts
import WebSocket

/// What `check` expects of requests and their answers: `--max-latency` and `--no-unanswered`.
struct OperationExpectations {
    var latencies: [LatencyLimit] = []
    var wantsAnswers = false

    var isEmpty: Bool { latencies.isEmpty && !wantsAnswers }
}

/// What became of requests, for remarks and the exit status.
final class JudgedOperations {
    var requestCount: UInt64 = 0
    var answerCount: UInt64 = 0
    var brokenCount: UInt64 = 0
    /// Requests without an answer where messages are missing, so that the answer may be.
    var uncertainCount: UInt64 = 0

    /// Nothing was there to judge.
    var isEmpty: Bool { requestCount == 0 && answerCount == 0 }
}

/// Stands before a report and adds findings about requests: that none answered them, or too late.
struct OperationJudge<Inner: Report & ~Copyable>: Report, ~Copyable {
    private var inner: Inner
    private let expectations: OperationExpectations
    private let judged: JudgedOperations
    /// Answers that came later than each limit.
    private var lateCounts: [UInt64]
    private var latest: Latest?

    /// The answer that took longest.
    private struct Latest {
        var latency: Int64
        var connection: Connection
        var side: Side
        var message: UInt64
        var name: String
        var time: Timestamp
    }

    init(_ inner: consuming Inner, _ expectations: OperationExpectations, _ judged: JudgedOperations) {
        self.inner = inner
        self.expectations = expectations
        self.judged = judged
        lateCounts = Array(repeating: 0, count: expectations.latencies.count)
    }

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message, content: Span<UInt8>, meaning: borrowing Meaning,
        of connection: Connection
    ) {
        for operation in meaning.operations where operation.role != .heartbeat {
            if operation.role == .request { judged.requestCount += 1 }
            guard operation.request > 0, operation.isFirstAnswer, let latency = operation.latency else { continue }
            judged.answerCount += 1
            for (index, limit) in expectations.latencies.enumerated() where latency > limit.nanoseconds { lateCounts[index] += 1 }
            guard latency > latest?.latency ?? -1 else { continue }
            let name = String(decoding: meaning.bytes(of: operation.name).copied(), as: UTF8.self)
            latest = Latest(
                latency: latency, connection: connection, side: frame.from, message: message.number, name: name, time: message.endTime)
        }
        inner.frame(frame, payload: payload, ending: message, content: content, meaning: meaning, of: connection)
    }

    mutating func note(_ event: Event) {
        if case .spoke(.unanswered(_, let requests, let omittedCount, let isCertain), let connection, let time) = event {
            judge(requests, omittedCount, isCertain, connection, time)
        }
        inner.note(event)
    }

    private mutating func judge(
        _ requests: [Unanswered], _ omittedCount: UInt64, _ isCertain: Bool, _ connection: Connection, _ time: Timestamp
    ) {
        guard expectations.wantsAnswers else { return }
        let requests = requests.filter { $0.role != .heartbeat }
        guard isCertain else { return judged.uncertainCount += UInt64(requests.count) + omittedCount }
        judged.brokenCount += UInt64(requests.count) + omittedCount
        for request in requests {
            let finding = Finding(.requestUnanswered, found: Self.words(for: request))
            inner.note(.found(finding, from: request.from, in: connection, at: Timestamp(nanoseconds: request.time)))
        }
        guard omittedCount > 0 else { return }
        let finding = Finding(.requestUnanswered, found: Quantity.counted(omittedCount, "more request"))
        inner.note(.found(finding, from: nil, in: connection, at: time))
    }

    /// `subscribe room #7, message 12`.
    private static func words(for request: Unanswered) -> String {
        let type = request.word.isEmpty ? "\(request.type)" : String(decoding: request.word, as: UTF8.self)
        let name = request.name.isEmpty ? "" : " \(String(decoding: request.name, as: UTF8.self))"
        let id = request.id.isEmpty ? "" : " #\(String(decoding: request.id, as: UTF8.self))"
        return "\(type)\(name)\(id), message \(request.message)"
    }

    /// Latencies are judged together, when all are known.
    mutating func finish(_ summary: Summary, failure: String?) {
        for (limit, lateCount) in zip(expectations.latencies, lateCounts)
        where limit.isExceeded(by: lateCount, of: judged.answerCount) {
            judged.brokenCount += 1
            guard let latest else { continue }
            let late = "\(Quantity.count(lateCount)) of \(Quantity.counted(judged.answerCount, "answer"))"
            let name = latest.name.isEmpty ? "" : " to \(latest.name)"
            let found = "\(late), the latest\(name) after \(Quantity.duration(latest.latency)) in message \(latest.message)"
            inner.note(
                .found(
                    Finding(.latencyTooLong, expected: limit.text, found: found), from: latest.side, in: latest.connection,
                    at: latest.time))
        }
        inner.finish(summary, failure: failure)
    }

    // MARK: The rest goes on as it is

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
}
