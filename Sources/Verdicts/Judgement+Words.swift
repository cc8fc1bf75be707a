import Bytes
import Rules
import Channels
import Text
import WebSocket

/// Parts of sentences.
extension Judgement {
    /// `with 1001 (going away)`.
    ///
    /// Without the reason: that is content, which not every report shows; `quoted` adds it.
    static func words(_ close: CloseLog.Close) -> String {
        guard close.isWhole else { return "with a code that was not captured" }
        guard let code = close.code else { return "without a code" }
        // An ordinary code needs no name, and the names of ranges say nothing.
        let isPlain = code == .normal || code.rawValue >= 3_000 && ![3_000, 3_003, 3_008].contains(code.rawValue)
        let number = String(code.rawValue)
        let name = isPlain ? nil : code.name.map { "\($0)" } ?? (BodyRules.mayBeSent(code) ? nil : "not a valid code")
        return String(joining: ["with ", number, name.map { " (\($0))" } ?? ""])
    }

    /// `: "token expired"`, if the code means nothing to anyone but its application (RFC 6455 §7.4.2).
    func quoted(_ close: CloseLog.Close) -> String {
        guard quotesReason, let code = close.code, code.rawValue >= 3_000 else { return "" }
        return ": \"\(facts.closes.reason(from: close.from))\""
    }

    /// What a code says that its name does not.
    static func explanation(_ code: CloseCode) -> String? {
        switch code.rawValue {
        case 1005, 1006, 1015: ", a code that must never be sent"
        case 1003: ": it cannot handle this kind of message"
        case 1007: ": a message was not what its type says, such as text that is not UTF-8"
        case 1008: ": something broke its own rules, often a missing or outdated login"
        case 1010: ": the server did not agree on an extension that it needs"
        case 1011: ": something went wrong within it"
        case 1013: ": it has too much to do"
        case 1014: ": a server behind it answered wrongly"
        default: nil
        }
    }

    static func orProxy(_ side: Side) -> String {
        side == .server ? "The server, or a proxy before it," : "The client, or a proxy on its side,"
    }

    /// `60 s of silence`.
    var silenceWords: String {
        let length = timeout?.words ?? Quantity.duration(silence ?? 0)
        return silent.map { "\(length) without a word from the \($0.name)" } ?? "\(length) of silence"
    }

    var usual: String {
        guard let timeout else { return "" }
        if timeout.isRound { return "; \(timeout.words) is a round number, which suggests an idle timeout" }
        return "; \(timeout.words) is a usual idle timeout" + (timeout.users.map { " (\($0))" } ?? "")
    }

    /// `The server, or a proxy before it, sent HTTP instead of frames (502 Bad Gateway in packet 9)`.
    var sendingHTTP: String {
        guard let (side, message) = strayHTTP else { return "" }
        return "\(Self.orProxy(side)) sent HTTP instead of frames (\(message.name) in packet \(message.mark.number))"
    }

    /// Why a side that sent pings gave up.
    func pinging(of side: Side) -> String {
        guard let pings = facts[side].pings else { return "" }
        let waited = Quantity.duration(max(0, triggerTime.nanoseconds(since: pings.first.time)))
        let whose = side == ender ? "its" : "the \(side.name)'s"
        let what = pings.count == 1 ? "\(whose) ping" : "\(whose) last \(Quantity.count(pings.count)) pings"
        return "\(what) had got no pong for \(waited)"
    }

    /// `: 5 retransmissions over 12 s got no reply`.
    func retransmissions(to side: Side) -> String {
        let repeats = facts[side.other].repeats
        guard repeats.count > 0, facts[side].lastPacket != nil else { return "" }
        return ": \(repeats.words) from the \(side.other.name) over \(Quantity.duration(repeats.duration)) got no reply"
    }

    static func lacking(_ hidden: EndFacts.Hidden) -> String {
        hidden.isOverflow ? "wsray did not keep the last records" : "the capture lacks \(lacked(hidden))"
    }

    /// The same as what the capture lacks.
    static func lacked(_ hidden: EndFacts.Hidden) -> String {
        if hidden.isEncrypted { return "the secrets" }
        return hidden.byteCount.map { "the last \(Quantity.counted($0, "byte"))" } ?? "packets"
    }

    static func label(_ fault: EndFacts.Fault?) -> String { fault.map { "\($0.rule.entry.label)" } ?? "" }

    static func fault(_ fault: EndFacts.Fault?) -> String {
        guard let fault else { return "the answer must not be accepted" }
        return "the server's answer must not be accepted (\(fault.rule.entry.label))"
    }
}

extension String {
    var uncapitalized: String { prefix(1).lowercased() + dropFirst() }
}
