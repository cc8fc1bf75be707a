import Filter
import Inspection

/// The connections that an expression selects whole; asked again only as long as their end is not known.
struct ConnectionFilter: Sendable {
    let condition: Condition
    /// By index; nil while it is not certain.
    private var answers: [Bool?] = []
    private var endings = Endings()

    init(_ condition: Condition) { self.condition = condition }

    /// Why an expression cannot be asked of connections; nil where it can.
    static func refusal(of condition: Condition) -> String? {
        condition.mistake(ifNotAboutConnections: "connections are selected whole").map { $0.message + " Ask it in the timeline: 2" }
    }

    mutating func select(_ candidates: [UInt32], _ transcript: Transcript) -> [UInt32] {
        while answers.count < transcript.connections.count { answers.append(nil) }
        var evaluator = ConditionEvaluator(condition, endings)
        endings = Endings()
        var selected: [UInt32] = []
        for index in candidates {
            if answers[Int(index)] == nil { answers[Int(index)] = answer(transcript.connections[Int(index)], &evaluator) }
            if answers[Int(index)] == true { selected.append(index) }
        }
        endings = evaluator.endings
        return selected
    }

    private func answer(_ entry: ConnectionEntry, _ evaluator: inout ConditionEvaluator) -> Bool? {
        if let ending = entry.ending { evaluator.learn(ending, of: entry.constant.connection) }
        switch evaluator.selection(of: entry.constant.connection).verdict {
        case .all: return true
        case .nothing: return false
        case .some: return nil
        }
    }

    func selectEncrypted(_ transcript: Transcript) -> [Int] {
        var evaluator = ConditionEvaluator(condition)
        var selected: [Int] = []
        for index in transcript.encrypted.indices where evaluator.matches(transcript.encrypted[index]) { selected.append(index) }
        return selected
    }

    func selectAttempts(_ transcript: Transcript) -> [Int] {
        var evaluator = ConditionEvaluator(condition)
        var selected: [Int] = []
        for index in transcript.attempts.indices where evaluator.matches(transcript.attempts[index]) { selected.append(index) }
        return selected
    }
}
