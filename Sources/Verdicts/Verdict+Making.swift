import Bytes
import Channels
import WebSocket

extension Verdict {
    /// - Parameter isOutline: without the sentence and the rows that prove it, which take longest to make.
    package init(_ facts: EndFacts, isOutline: Bool = false) {
        var judgement = Judgement(facts)
        self.init(judgement.manner, text: isOutline ? "" : judgement.sentence, time: facts.time)
        if !isOutline, judgement.hasQuotation {
            judgement.quotesReason = false
            textWithoutContent = judgement.sentence
        }
        by = judgement.by
        if judgement.ender != nil { endBegan = judgement.triggerTime }
        if judgement.isSpoken || judgement.manner == .failed { code = facts.closes.first?.code }
        cause = judgement.cause
        unknown = judgement.unknown
        if cause == .noAnswer { silentPeer = judgement.deaf }
        abort = (by.flatMap { facts[$0].abort } ?? facts.server.abort ?? facts.client.abort).flatMap { $0.isOfStreams ? $0.name : nil }
        idle = judgement.silence
        silent = judgement.silent
        timeout = judgement.timeout?.seconds
        if let first = facts.closes.first, let second = facts.closes.second {
            echo = Echo(code: second.code, after: second.mark.time.nanoseconds(since: first.mark.time))
        }
        browser = judgement.closeEvent
        if !isOutline { self.facts = judgement.rows }
    }
}

extension Judgement {
    /// The side that ended it, however it did so.
    var by: Side? {
        switch manner {
        case _ where unknown == .order: nil
        case .refused: .server
        case .failed, .notUpgraded: .client
        case .forgotten, .stillOpen, .notRecorded, .reportedFailure: nil
        case .unanswered where unknown == .answer: nil
        case .closed, .closeUnanswered, .finWithoutClose, .reset, .unanswered: ender
        }
    }
}
