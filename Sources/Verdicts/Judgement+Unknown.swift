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
        guard facts.closes.second == nil, let hidden = facts[close.from.other].hidden else { return false }
        return hidden.isEncrypted || close.knewMore || (hidden.mark.map { $0.number <= close.mark.number } ?? true)
    }

    /// A side that hung up may have answered an end of the other one that the capture lacks: it had received more than was captured, or
    /// bytes of the other were missing by then.
    var mayComeSecond: Bool {
        guard manner == .finWithoutClose || manner == .reset, let ender, let hidden = facts[ender.other].hidden,
            facts.closes.close(from: ender.other) == nil
        else { return false }
        if hidden.isEncrypted { return true }
        let knewMore = if case .reset(let reset) = trigger { reset.knewMore } else { facts[ender].knewMore }
        return knewMore || hidden.mark.map { $0.number <= triggerNumber } ?? true
    }

    var unknown: Verdict.Unknown? {
        switch manner {
        case .unanswered: facts.server.hidden == nil && facts.transport != .unreadHead(isTooLong: true) ? nil : .answer
        case .finWithoutClose, .reset: isSecond || lone != nil ? .order : nil
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
