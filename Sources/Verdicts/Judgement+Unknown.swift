import Channels
import WebSocket

// What a capture with packets of one side alone, or without some bytes at the wrong place, leaves open.
extension Judgement {
    /// The side of which there are packets, where there are none of the other: that one may have done anything.
    static func lone(in facts: EndFacts) -> Side? {
        if facts.transport == .unrecorded { return nil }
        let unseen = Side.allCases.filter { side in
            let half = facts[side]
            return half.lastPacket == nil && half.frameCount == 0 && half.fin == nil && half.abort == nil
                && half.hidden?.isEncrypted == false && facts.reset?.by != side
        }
        return unseen.count == 1 ? unseen[0].other : nil
    }

    /// A Close frame may have answered one that the capture lacks: bytes of the other side are missing that were sent before it.
    func mayBeAnswer(_ close: CloseLog.Close) -> Bool {
        guard facts.closes.second == nil, let hidden = facts[close.from.other].hidden, !hidden.isEncrypted else { return false }
        return close.knewMore || (hidden.mark.map { $0.number <= close.mark.number } ?? (lone != nil))
    }

    var unknown: Verdict.Unknown? {
        switch manner {
        case .unanswered: facts.server.hidden == nil ? nil : .answer
        case .finWithoutClose, .reset: lone == nil ? nil : .order
        case .closeUnanswered:
            facts.closes.first.flatMap { close in
                let other = close.from.other
                return mayBeAnswer(close) ? .order : facts[other].hidden != nil || lacksLastPacket(of: other) ? .answer : nil
            }
        default: nil
        }
    }
}

extension Verdict {
    /// What a verdict leaves open, because the capture lacks it.
    public enum Unknown: Sendable {
        /// Which side was the first to end it.
        case order
        /// Whether there was an answer: to a Close frame, or to the upgrade.
        case answer
    }
}
