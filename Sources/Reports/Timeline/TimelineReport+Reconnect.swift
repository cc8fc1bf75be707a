import Chains
import Text

extension TimelineReport {
    /// Which lost connection it follows: `reconnect 3, 7.1 s after #2 was lost, attempt 4`.
    func parts(of reconnect: Reconnect?) -> [Part] {
        guard let reconnect else { return [] }
        let time = Quantity.duration(max(0, reconnect.after))
        guard reconnect.isCertain else { return [Part("perhaps a reconnect, \(time) after #\(reconnect.previous) was lost", .note)] }
        let attempt = reconnect.attempt > 1 ? ", attempt \(Quantity.count(reconnect.attempt))" : ""
        return [Part("reconnect \(Quantity.count(reconnect.number)), \(time) after #\(reconnect.previous) was lost\(attempt)", .note)]
    }
}
