import Bytes
import Channels
import Packets
import Text
import Verdicts
import WebSocket

/// A TCP connection that was refused, not answered, or on which neither side ever said anything; or a TLS handshake that was not
/// finished.
///
/// It may have been meant for a WebSocket: of a refused port a browser reports 1006, as of any other failure.
public struct TransportAttempt: Sendable {
    public enum Outcome: String, CaseIterable, Sendable {
        /// The answer to the SYN was a reset.
        case refused
        /// No answer to the SYN was captured.
        case unanswered
        /// The connection was established, and no byte was sent on it.
        case silent
        /// Nothing came for the client's hello.
        case tlsUnanswered = "tls-unanswered"
        /// An alert came in place of a ServerHello.
        case tlsRefused = "tls-refused"
        /// What came for the client's hello is not TLS.
        case tlsForeign = "tls-foreign"
        /// The client gave up after the ServerHello.
        case tlsRejected = "tls-rejected"

        /// TCP carried it, and TLS failed.
        public var isTLS: Bool {
            switch self {
            case .refused, .unanswered, .silent: false
            case .tlsUnanswered, .tlsRefused, .tlsForeign, .tlsRejected: true
            }
        }

        var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    /// The TCP connection, counted from 1 in the order of appearance.
    public var flow: UInt64
    public var client: Endpoint
    public var server: Endpoint
    /// Its first packet and its last.
    public var first: PacketMark
    public var last: PacketMark
    /// Digits after the decimal point of the capture's timestamps: 6 or 9.
    public var fractionDigits: UInt8
    public var outcome: Outcome
    /// SYNs that the client sent.
    public var synCount: UInt64
    /// It is over: with a reset, with FINs, or because the capture shows it.
    public var isOver: Bool
    /// Reading stopped before the end of the capture, after as many frames as were asked for.
    var isStopped = false
    /// The first to hang up.
    public var endedByClient: Bool?
    /// Who hung up first did so with a reset.
    public var isReset = false
    /// When the first hung up; nil where the capture lacks that packet.
    public var ended: PacketMark?
    /// When the other side did the same after it.
    public var followed: PacketMark?
    /// The host name that the client asked for (SNI).
    public var serverName: String?
    /// The answer to the hello, where it came after the client had hung up.
    public var answered: PacketMark?
    /// The name of the alert that refused TLS, or with which the client gave up.
    public var alert: String?
    /// What usually helps against it, as a sentence.
    public var advice: String?

    public var nanoseconds: Int64 { max(0, last.time.nanoseconds(since: first.time)) }
    /// The other side hangs up as soon as it learns of it, if nothing keeps it.
    private static let followingTime: Int64 = 1_000_000_000

    /// The code that a browser reports; nil while it would still wait.
    public var browser: Verdict.CloseEvent? {
        outcome == .refused || outcome == .tlsRefused || outcome == .tlsRejected || isOver
            ? Verdict.CloseEvent(code: .init(rawValue: 1_006), wasClean: false) : nil
    }

    private var lastMoment: String { TransportEnd.lastMoment(isStopped: isStopped) }

    /// What became of it, and what usually causes that.
    public var text: String {
        let time = Quantity.duration(nanoseconds)
        switch outcome {
        case .refused:
            return "The server refused the TCP connection after \(time): nothing listens on port \(server.port), or a firewall rejects it."
        case .unanswered:
            let asked = synCount == 1 ? "The client's SYN" : "\(Quantity.count(synCount)) SYNs over \(time)"
            return
                "\(asked) got no answer: the server is down or unreachable, a firewall drops the packets, or the answers took another way."
        case .silent:
            let start = "TCP was established, but neither side sent a byte"
            switch endedByClient {
            case true?: return "\(start); the client hung up after \(timeToEnd)\(following)."
            case false?: return "\(start); the server, or a proxy before it, hung up after \(timeToEnd)\(following)."
            case nil: return "\(start) until \(lastMoment), \(time) later."
            }
        case .tlsUnanswered:
            let start = "The server did not answer the TLS handshake\(named)"
            if let ended, let answered {
                let late = Quantity.duration(max(0, answered.time.nanoseconds(since: ended.time)))
                return "\(start), and the client gave up after \(timeToEnd); the answer came \(late) later: "
                    + "the server was busy or stopped, or something on the way held packets back."
            }
            let why = "it may not speak TLS on port \(server.port) (ws: and not wss:), or a firewall holds the handshake back"
            switch endedByClient {
            case true?: return "\(start), and the client gave up after \(timeToEnd): \(why)."
            case false?: return "\(start), and \(isReset ? "reset the connection" : "hung up") after \(timeToEnd): \(why)."
            case nil: return "\(start); the client was still waiting when \(lastMoment), \(time) later."
            }
        case .tlsRefused:
            return "The server refused the TLS handshake\(named) with the alert \(alert ?? "")." + (advice.map { " \($0)" } ?? "")
        case .tlsForeign:
            return "What came back for the TLS handshake\(named) is not TLS: if the server speaks HTTP on port \(server.port), "
                + "the URL begins with ws: and not wss:."
        case .tlsRejected:
            let how = alert.map { "gave up with the alert \($0)" } ?? (isReset ? "reset the connection" : "hung up")
            return "The client \(how) in the TLS handshake\(named), after the server's answer." + (advice.map { " \($0)" } ?? "")
        }
    }

    private var timeToEnd: String { Quantity.duration(max(0, (ended ?? last).time.nanoseconds(since: first.time))) }

    /// `, and the server took 1 min 0 s to do the same`.
    private var following: String {
        guard let ended, let followed, let endedByClient else { return "" }
        let time = followed.time.nanoseconds(since: ended.time)
        guard time >= Self.followingTime else { return "" }
        return ", and the \(endedByClient ? "server" : "client") took \(Quantity.duration(time)) to do the same"
    }

    private var named: String { serverName.map { " for \($0)" } ?? "" }

    /// The same in a few words that many attempts share.
    public var phrase: String {
        switch outcome {
        case .refused: "TCP refused"
        case .unanswered: "SYN without answer"
        case .silent: endedByClient.map { "\($0 ? "client" : "server") hung up before a byte" } ?? "TCP open, not a byte sent"
        case .tlsUnanswered: "TLS not answered"
        case .tlsRefused: "TLS refused: \(alert ?? "")"
        case .tlsForeign: "TLS answered with something else"
        case .tlsRejected: "client gave up in TLS" + (alert.map { ": \($0)" } ?? "")
        }
    }

    public var standing: Verdict.Standing {
        switch outcome {
        case .silent: isOver ? .unclear : .open
        case .tlsUnanswered: isOver ? .failed : .open
        case .refused, .unanswered, .tlsRefused, .tlsForeign, .tlsRejected: .failed
        }
    }
}
