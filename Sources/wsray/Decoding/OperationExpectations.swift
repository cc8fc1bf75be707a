import Bytes
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
    /// Requests that were not paired.
    var unpairedCount: UInt64 = 0
    /// Operations of which nothing is known but that there were more than are kept of a message.
    var omittedCount: UInt64 = 0

    /// Nothing was there to judge.
    var isEmpty: Bool { requestCount == 0 && answerCount == 0 }
}

/// Adds findings about requests: that none answered them, or too late.
struct OperationJudge: ReportJudge {
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

    init(_ expectations: OperationExpectations, _ judged: JudgedOperations) {
        self.expectations = expectations
        self.judged = judged
        lateCounts = Array(repeating: 0, count: expectations.latencies.count)
    }

    mutating func judge(_ meaning: borrowing Meaning, of frame: Frame, ending message: Message, in connection: Connection) {
        judge(meaning, from: frame.from, message.number, message.endTime, connection)
    }

    private mutating func judge(
        _ meaning: borrowing Meaning, from side: Side, _ message: UInt64, _ time: Timestamp, _ connection: Connection
    ) {
        judged.omittedCount += UInt64(meaning.omittedCount)
        for operation in meaning.operations where operation.role != .heartbeat {
            if operation.role == .request { judged.requestCount += 1 }
            guard operation.request > 0, operation.isFirstAnswer, let latency = operation.latency else { continue }
            judged.answerCount += 1
            for (index, limit) in expectations.latencies.enumerated() where latency > limit.nanoseconds { lateCounts[index] += 1 }
            guard latency > latest?.latency ?? -1 else { continue }
            let name = String(decoding: meaning.bytes(of: operation.name).copied(), as: UTF8.self)
            latest = Latest(latency: latency, connection: connection, side: side, message: message, name: name, time: time)
        }
    }

    mutating func judge(_ event: Event, for report: inout some Report & ~Copyable) {
        if case .spoke(.polled(_, let session), let connection, _) = event {
            for packet in session.packets {
                judge(packet.meaning, from: packet.from, MessageFacts.polled + packet.number, packet.endTime, connection)
            }
        }
        guard case .spoke(.unanswered(_, let requests), let connection, let time) = event else { return }
        judge(requests, connection, time, for: &report)
    }

    private func judge(
        _ unanswered: UnansweredRequests, _ connection: Connection, _ time: Timestamp, for report: inout some Report & ~Copyable
    ) {
        guard expectations.wantsAnswers else { return }
        judged.unpairedCount += unanswered.unpairedCount
        let (requests, omittedCount) = (unanswered.named.filter { $0.role != .heartbeat }, unanswered.omittedCount)
        guard unanswered.isCertain else { return judged.uncertainCount += UInt64(requests.count) + omittedCount }
        judged.brokenCount += UInt64(requests.count) + omittedCount
        for request in requests {
            let finding = Finding(.requestUnanswered, found: Self.words(for: request))
            report.note(.found(finding, from: request.from, in: connection, at: Timestamp(nanoseconds: request.time)))
        }
        guard omittedCount > 0 else { return }
        let finding = Finding(.requestUnanswered, found: Quantity.counted(omittedCount, "more request"))
        report.note(.found(finding, from: nil, in: connection, at: time))
    }

    /// `subscribe room #7, message 12`.
    private static func words(for request: Unanswered) -> String {
        let type = request.word.isEmpty ? "\(request.type)" : String(decoding: request.word, as: UTF8.self)
        let name = request.name.isEmpty ? "" : " \(String(decoding: request.name, as: UTF8.self))"
        let id = request.id.isEmpty ? "" : " #\(String(decoding: request.id, as: UTF8.self))"
        return "\(type)\(name)\(id), \(request.source)"
    }

    /// Latencies are judged together, when all are known.
    func finish(for report: inout some Report & ~Copyable) {
        for (limit, lateCount) in zip(expectations.latencies, lateCounts)
        where limit.isExceeded(by: lateCount, of: judged.answerCount) {
            judged.brokenCount += 1
            guard let latest else { continue }
            let late = "\(Quantity.count(lateCount)) of \(Quantity.counted(judged.answerCount, "answer"))"
            let name = latest.name.isEmpty ? "" : " to \(latest.name)"
            let found = "\(late), the slowest\(name) after \(Quantity.duration(latest.latency)) in \(MessageFacts.name(of: latest.message))"
            report.note(
                .found(
                    Finding(.latencyTooLong, expected: limit.text, found: found), from: latest.side, in: latest.connection,
                    at: latest.time))
        }
    }
}
