import ArgumentParser
import Channels
import Filter
import Inspection
import Rules
import Text
import Verdicts

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
    /// Connections and attempts that could not be judged, since a regular expression took too long.
    var unjudgedCount: UInt64 = 0

    var remarks: [String] {
        if unjudgedCount == 0 { return [] }
        let some = Quantity.counted(unjudgedCount, "connection")
        return ["--forbid and --require: a regular expression took too long on \(some): not judged"]
    }
}

/// Adds a finding to each connection that is not as expected.
struct ConnectionJudge: ReportJudge {
    let expectations: [Expectation]
    let broken: BrokenExpectations

    func judge(_ event: Event, for report: inout some Report & ~Copyable) {
        if case .attempted(let attempt) = event { return judge(attempt, for: &report) }
        guard case .ended(let end) = event else { return }
        let ending = Ending(end.verdict, client: end.client, server: end.server)
        for expectation in expectations {
            var evaluator = ConditionEvaluator(expectation.condition)
            evaluator.learn(ending, of: end.connection)
            let isMatch = evaluator.selection(of: end.connection).verdict == .all
            if evaluator.givenUpCount > 0 {
                broken.unjudgedCount += 1
                continue
            }
            guard isMatch == expectation.isForbidden else { continue }
            broken.count += 1
            let finding = Finding(expectation.isForbidden ? .forbidden : .required, found: expectation.condition.text)
            report.note(.found(finding, from: nil, in: end.connection, at: end.outline.time))
        }
    }

    /// What came to nothing before any WebSocket may be forbidden; it lacks too much to be required to be anything.
    private func judge(_ attempt: TransportAttempt, for report: inout some Report & ~Copyable) {
        for expectation in expectations where expectation.isForbidden {
            var evaluator = ConditionEvaluator(expectation.condition)
            let isMatch = evaluator.matches(attempt)
            if evaluator.givenUpCount > 0 { broken.unjudgedCount += 1 }
            guard isMatch, evaluator.givenUpCount == 0 else { continue }
            broken.count += 1
            let found = "\(expectation.condition.text): \(attempt.phrase), \(attempt.client) → \(attempt.server)"
            report.note(.found(Finding(.forbidden, found: found), from: nil, in: nil, at: attempt.last.time))
        }
    }
}
