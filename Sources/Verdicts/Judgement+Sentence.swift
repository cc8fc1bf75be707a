import Bytes
import Rules
import Channels
import Text
import WebSocket

/// The verdict in words, for someone who does not know TCP.
extension Judgement {
    var sentence: String {
        switch manner {
        case .refused: refusal
        case .unanswered: unanswered
        case .failed: failed
        case .notUpgraded: "The client took the server's answer for no upgrade and went on with HTTP."
        case .forgotten: "Given up: more was open than the limits on connections and memory allow."
        case .closed: facts.closes.first.map(closed) ?? ""
        case .closeUnanswered: facts.closes.first.map(closedAlone) ?? ""
        case .finWithoutClose, .reset: (ender.map(hungUp) ?? "") + (facts.closes.first.map(closedBehind) ?? "") + "."
        case .stillOpen: open
        case .notRecorded: "How it ended is not recorded."
        case .reportedFailure: reportedFailure
        }
    }

    private var failed: String {
        if facts.handshakeFault == nil, let flaw = facts.handshakeFlaw {
            return "The upgrade failed: the client rejected the server's answer, which strict clients do not accept (\(Self.label(flaw)))."
        }
        return "The upgrade failed: \(Self.fault(facts.handshakeFault)), and the client rejected it."
    }

    // MARK: Both closed

    private func closed(_ first: CloseLog.Close) -> String {
        guard let second = facts.closes.second else { return "" }
        let after = Quantity.duration(second.mark.time.nanoseconds(since: first.mark.time))
        let other = second.from.word
        var answer =
            if !second.knewAll {
                "the \(other)'s own close \(Self.words(second)) crossed it on the way"
            } else if second.code != first.code {
                "the \(other) answered \(Self.words(second)) \(after) later"
            } else {
                String(joining: ["the ", other, " agreed ", after, " later"])
            }
        if let fault = faultBeforeAnswer {
            answer += " because of the \(first.from.name)'s frame in packet \(fault.mark.number) (\(Self.label(fault)))"
        }
        let ending = afterBoth
        if isOrdinary(first.code), isAssent(second.code), cause == nil || cause == .goingAway, closeEvent?.wasClean != false {
            return String(joining: ["Closed cleanly: the ", first.from.word, " asked ", Self.words(first), ", ", answer, ending, "."])
        }
        return "\(reasonToClose(first)); \(answer)\(ending)."
    }

    private var afterBoth: String {
        if facts.transport == .unrecorded { return "" }
        if let http = facts.server.http, facts.closes.close(from: .server).map({ $0.mark.number <= http.mark.number }) == true {
            return
                "; after its close the server sent HTTP (\(http.name) in packet \(http.mark.number)), which makes a browser fail the connection"
        }
        if let close = facts.closes.close(from: .server), facts.server.frameCount > close.frameCount + 1 {
            return "; what the server sent after its close makes a browser fail the connection"
        }
        if let reset = facts.reset { return ", and the \(reset.by.name) then reset TCP" }
        if case .portsReused = facts.transport { return ", and the end of TCP was not captured" }
        if isTransportOpen { return ", and TCP was still open when \(lastMoment)" }
        return ""
    }

    // MARK: One closed

    private func closedAlone(_ close: CloseLog.Close) -> String {
        let other = close.from.other
        if let hidden = facts[other].hidden { return closedAlone(close, lacking: hidden) }
        let start = reasonToClose(close)
        let waited = { (time: Timestamp) in max(0, time.nanoseconds(since: close.mark.time)) }
        if cause == .noAnswer { return "\(start)." }
        if lacksLastPacket(of: other) {
            return
                "\(start); whether the \(other.name) answered is not known: the \(close.from.name)'s reset seems to answer a packet that "
                + "the capture lacks."
        }
        if deaf == other { return "\(start); the \(other.name) had stopped answering\(retransmissions(to: other))." }
        switch Self.hangUp(in: facts) {
        case .reset(let reset) where reset.by == other:
            // An end that acknowledges in a reset knows the connection, and chose to answer like this.
            return "\(start); the \(other.name) answered with a reset\(reset.isStateless ? ": nobody was listening there any more" : "")."
        case .reset(let reset):
            let time = Quantity.duration(waited(reset.mark.time))
            return "\(start), and reset the connection after \(time) without an answer."
        case .fin(other, _): return "\(start); the \(other.name) hung up without answering it."
        case .fin(_, let mark):
            let time = waited(mark.time)
            let after = time < Self.reactionTime ? "" : " after \(Quantity.duration(time))"
            // A side that sends no more may still read.
            if facts.transport == .captureEnded, facts[other].fin == nil {
                let act = facts[close.from].endKind == .stream ? "ended its side of the stream" : "hung up"
                let end = Quantity.duration(waited(facts.time))
                return "\(start), and \(act)\(after); no answer had come when \(lastMoment) \(end) later."
            }
            if endsStreamInOrder {
                let patience = after.isEmpty ? " without waiting for an answer" : "\(after) without an answer"
                return "\(start), and ended the stream\(patience), which browsers take for a clean end."
            }
            return "\(start), and hung up\(after.isEmpty ? " without waiting for" : "\(after) without") an answer."
        case .close, .none:
            if facts.transport == .unrecorded { return "\(start); no answer to that is recorded." }
            let end = Quantity.duration(waited(facts.time))
            return "\(start); no answer had come when \(lastMoment) \(end) later."
        }
    }

    /// The same where the capture lacks bytes of the other side.
    private func closedAlone(_ close: CloseLog.Close, lacking hidden: EndFacts.Hidden) -> String {
        let other = close.from.other.name
        let start = "The \(close.from.name) closed \(Self.words(close))"
        let lacking = "\(Self.lacking(hidden)) of"
        if isUnexplained(close) {
            if hidden.isEncrypted { return "\(start); why, and whether the \(other) answered, is not known, because \(lacking) it." }
            let frame = mayBeAnswer(close) ? "a close frame that came first" : "an answer"
            return "\(start); \(lacking) the \(other), which may be the reason, or \(frame)."
        }
        if mayBeAnswer(close) {
            return "\(start)\(quoted(close)); whether the \(other) had closed first, or answered, is not known, because \(lacking) it."
        }
        return "\(reasonToClose(close)); whether the \(other) answered is not known, because \(lacking) it."
    }

    /// Who closed, with which code, and what led to it.
    private func reasonToClose(_ close: CloseLog.Close) -> String {
        let (side, other) = (close.from.name, close.from.other)
        let start = "The \(side) closed \(Self.words(close))"
        switch cause {
        case .protocolError where faultBeforeAnswer != nil: return start
        case .protocolError:
            guard let fault = provocation(of: close.from) else {
                if facts[other].isIncomplete {
                    return "\(start), and the capture lacks some of what the \(other.name) sent, which may be the reason"
                }
                return "\(start), though nothing that wsray checks is wrong with what the \(other.name) sent"
            }
            return "\(start) right after the \(other.name)'s frame in packet \(fault.mark.number) (\(Self.label(fault)))"
        case .pingTimeout: return "\(start) because \(pinging(of: close.from))"
        case .noAnswer: return "\(start) when the \(other.name) had stopped answering\(retransmissions(to: other))"
        case .notReading: return "\(start) when the \(other.name) had stopped reading"
        case .tooBig:
            guard let big = tooBig(for: close) else { return start }
            return "\(start) right after the \(other.name)'s frame of \(Quantity.counted(big.length, "byte")) in packet \(big.mark.number)"
                + quoted(close)
        case .idleTimeout: return "\(start) after \(silenceWords)\(usual)"
        case .http where strayHTTP?.side == other: return "\(start) after \(sendingHTTP.uncapitalized)"
        default: return start + (facts.closes.reason(from: close.from).isEmpty ? close.code.flatMap(Self.explanation) ?? "" : quoted(close))
        }
    }

    /// A side complained of the other one, and nothing that was captured shows why.
    private func isUnexplained(_ close: CloseLog.Close) -> Bool {
        cause == .protocolError && faultBeforeAnswer == nil && provocation(of: close.from) == nil
    }

    // MARK: Nobody closed

    private func hungUp(_ side: Side) -> String {
        let (name, other) = (side.name, side.other)
        let isReset = manner == .reset
        var act = isReset ? "reset the connection" : "hung up"
        var cause = cause
        if let abort = facts[side].abort {
            act = giving(up: abort)
            // One stream is given up for the same reasons as a TCP connection is.
            cause = abort.isOfStream ? reasonToHangUp(side) : nil
            if let hidden = facts[side].hidden, mayHaveClosed(side) {
                return
                    "The \(name) \(act); whether it sent a close frame is not known, because \(Self.lacking(hidden)) of it"
            }
            if !isSecond, cause == nil || cause == .noAnswer {
                return "The \(name) \(act), and without a close frame\(abort.isOfStream ? afterSilence : "")"
            }
        } else if let hidden = facts[side].hidden {
            let what = isReset ? "TCP was reset by the \(name)" : "TCP was closed by the \(name)"
            return "\(what); whether it sent a close frame is not known, because \(Self.lacking(hidden)) of it"
        }
        if isSecond, let hidden = facts[other].hidden {
            if facts[side].abort != nil { act += ", and" }
            return "The \(name) \(act) without a close frame; whether the \(other.name) had closed or hung up before is not known, "
                + "because \(Self.lacking(hidden)) of it"
        }
        switch cause {
        case .noAnswer where deaf == side:
            return "The \(name) had stopped answering\(retransmissions(to: side)), and then its machine answered with a reset: "
                + "nobody was listening there any more"
        case .noAnswer:
            return
                "The \(other.name) stopped answering\(retransmissions(to: other)), and the \(name) gave up\(isReset ? " with a reset" : "")"
        case .pingTimeout: return "The \(name) \(act) without a close frame because \(pinging(of: side))"
        case .protocolError:
            let fault = provocation(of: side)
            let packet = fault?.mark.number ?? 0
            return
                "The \(name) \(act) without a close frame right after the \(other.name)'s frame in packet \(packet) (\(Self.label(fault)))"
        case .notReading:
            let who = stalled == side ? "it" : "the \(other.name)"
            return "The \(name) \(act) without a close frame when \(who) had stopped reading"
        case .http where strayHTTP?.side == side: return "\(sendingHTTP) and \(act) without a close frame"
        case .http: return "The \(name) \(act) without a close frame after \(sendingHTTP.uncapitalized)"
        case .idleTimeout:
            return "\(Self.orProxy(side)) \(act) after \(silenceWords) and without a close frame\(usual)"
        default:
            if isForgotten(by: side) {
                return "The \(name)'s machine answered the \(other.name)'s data with a reset, as if it knew of no connection: "
                    + "it was restarted, or something on the way has forgotten the connection"
            }
            return "The \(name) \(act) without a close frame\(afterSilence)\(amidFrame(of: side))\(maybeUnread)\(usualCauses(of: side))"
        }
    }

    /// The other side's Close frame, sent after this one had gone.
    private func closedBehind(_ close: CloseLog.Close) -> String {
        let waited = max(0, close.mark.time.nanoseconds(since: triggerTime))
        let after = facts[close.from.other].isFinUnseen ? "after that" : "\(Quantity.duration(waited)) later"
        return "; the \(close.from.name) closed \(Self.words(close)) \(after)\(quoted(close))"
    }

    private var afterSilence: String {
        guard let silence, silence >= Self.silencePatience else { return "" }
        return ", after \(Quantity.duration(silence)) of silence"
    }

    private var maybeUnread: String {
        guard mayBeUnread, case .reset(let reset) = trigger else { return "" }
        return ": its process died, or closed the socket by force or with data unread; its \(lastUnanswered(reset))"
    }

    /// `machine had received the client's last 32 bytes and sent no data since`: whether its program has read them, no packet shows.
    func lastUnanswered(_ reset: EndFacts.Reset) -> String {
        let bytes = reset.unanswered == 1 ? "byte" : Quantity.counted(reset.unanswered, "byte")
        return "machine had received the \(reset.by.other.name)'s last \(bytes) and sent no data since"
    }

    /// Why a side hangs up like this, where nothing shows it.
    private func usualCauses(of side: Side) -> String {
        guard facts.closes.first == nil, facts[side].cutOff == nil, facts.handshakeFault == nil else { return "" }
        if manner == .reset {
            return mayBeUnread ? "" : ": its code closed the socket by force, or a proxy or firewall on the way cut the connection"
        }
        return side == .server
            ? ": its process ended, its code closed the socket and not the WebSocket, or a proxy before it cut the connection"
            : ": its process ended, its code closed the socket and not the WebSocket, or a proxy on its side cut the connection"
    }

    private func amidFrame(of side: Side) -> String {
        switch facts[side].cutOff {
        case .header, .payload: ", in the middle of a frame"
        case .message: ", in the middle of a fragmented message"
        case nil: ""
        }
    }

    // MARK: Nothing ended it

    private var lastMoment: String { TransportEnd.lastMoment(isStopped: facts.isStopped) }

    private var open: String {
        var text = "Still open when \(lastMoment)"
        if case .portsReused(let mark) = facts.transport {
            text = "Its end was not captured; from packet \(mark.number) on another connection uses its ports"
        }
        if facts.transport == .unreadable { text = "Its end is not known: what carries it could not be read on" }
        if let givenUpAfter = facts.givenUpAfter {
            let silence = Quantity.duration(givenUpAfter)
            return "\(text), but no packet came for \(silence): both ends have given the QUIC connection up by then, without a word."
        }
        if cause == .http {
            text += ", but \(sendingHTTP.uncapitalized)"
        } else if let deaf {
            text += ", but the \(deaf.name) had stopped answering\(retransmissions(to: deaf))"
            if deaf == .server { text += "; a browser reports nothing before TCP gives up, which takes minutes" }
        } else if let stalled {
            text += ", but the \(stalled.name) had stopped reading"
        } else if let side = Side.allCases.first(where: { waitingPings(of: $0) != nil }) {
            text += ", but \(pinging(of: side))"
        } else if let silence, silence >= Self.silencePatience {
            text += ", with nothing said for \(Quantity.duration(silence))"
        }
        if let lone { text += "; the capture has packets of the \(lone.name) only" }
        return text + "."
    }

    /// "reset the stream with CANCEL", "ended the connection with GOAWAY NO_ERROR", "gave up with the TLS alert bad_record_mac".
    private func giving(up abort: EndFacts.Abort) -> String {
        switch abort.carrier {
        case "RST_STREAM", "RESET_STREAM": "reset the stream with \(abort.name)"
        case "STOP_SENDING": "stopped reading the stream with \(abort.name)"
        case "GOAWAY": "gave up the HTTP/\(abort.name.isEmpty ? "3" : "2") connection with \(abort.words)"
        case "CONNECTION_CLOSE": "closed the QUIC connection with \(abort.name)"
        case "stateless reset": "no longer knew the QUIC connection and answered with a stateless reset"
        default: "gave up with the \(abort.words)"
        }
    }

    // MARK: No upgrade

    private var refusal: String {
        guard let answer = facts.answer else { return "The server refused the upgrade." }
        let reason = answer.reason.isEmpty ? "" : " \(answer.reason)"
        if answer.status == 101 { return "The server switched to another protocol than WebSocket." }
        return "The server refused the upgrade: \(answer.status)\(reason)\(Self.hint(answer.status))."
    }

    private static func hint(_ status: Int) -> String {
        switch status {
        case 200...299: "; what answered there does not speak WebSocket, or a proxy kept the Upgrade header from it"
        case 300...399: "; browsers follow no redirect here"
        case 401, 407: "; it wants a login first"
        case 404: "; nothing is at this path"
        case 426: "; it saw no upgrade that it takes: a proxy may have kept the Upgrade header from it, or it wants another version"
        case 429: "; it was asked too often"
        case 503: "; it is overloaded or in maintenance, limits its clients, or is a proxy that cannot reach the server behind it"
        case 505: "; a proxy may have asked it in HTTP/1.0, which knows no upgrade"
        case 502, 504: "; this is what a proxy says when it cannot reach the server behind it"
        default: ""
        }
    }

    private var reportedFailure: String {
        let failure = facts.reportedFailure ?? ""
        // Chromium: "Error during WebSocket handshake: Unexpected response code: 404".
        let status = failure.split(separator: " ").last.flatMap { Int($0) }
        let hint = failure.contains("response code") ? status.map(Self.hint) ?? "" : ""
        return "It failed, as the recording says: \"\(failure)\"\(hint)."
    }

    private var unanswered: String {
        if facts.transport == .unrecorded { return "No answer to the upgrade request is recorded." }
        let start = "The server did not answer the upgrade request"
        let waited = Quantity.duration(silence ?? 0)
        if case .notHTTP(let spoken) = facts.transport, spoken != nil || facts.server.hidden == nil {
            return switch spoken {
            case .http2: "What came back for the upgrade request is HTTP/2: that is all that the server speaks on this port."
            case .tls: "What came back for the upgrade request is TLS: this port wants wss: and not ws:."
            case nil: "What came back for the upgrade request is no HTTP answer."
            }
        }
        if case .unreadHead(let isTooLong) = facts.transport {
            return isTooLong
                ? "The server answered the upgrade request with a head that is longer than the limit, so neither it nor what follows was read."
                : "The server's answer to the upgrade request has a first line that cannot be read, so what follows was not read either."
        }
        if let hidden = facts.server.hidden {
            return "No answer to the upgrade is in the capture, which lacks \(Self.lacked(hidden)) of the server."
        }
        if case .fin(let side, _) = trigger, let abort = facts[side].abort {
            return side == .server
                ? "\(start): it \(giving(up: abort)) after \(waited)." : "\(start), and the client \(giving(up: abort)) after \(waited)."
        }
        switch trigger {
        case .fin(.server, _): return "\(start), and hung up after \(waited)."
        case .fin: return "\(start), and the client gave up after \(waited)."
        case .reset(let reset) where reset.by == .server: return "\(start) and reset the connection after \(waited)."
        case .reset: return "\(start), and the client gave up with a reset after \(waited)."
        case .close, .none:
            let deaf = deaf == .server ? "; nothing at all came from it\(retransmissions(to: .server))" : ""
            return "\(start); the client was still waiting when \(lastMoment) \(waited) later\(deaf)."
        }
    }
}
