import Bytes
import WebSocket

/// Judges what only the two directions together can show: pings and their answers, the closing handshake, TCP's end.
///
/// Told of control frames, of broken rules and of losses as they come, and never of an ordinary frame. After a loss, and on a
/// connection that was inferred, everything here rests: what was not seen is nobody's fault.
public struct ConnectionRules: Sendable {
    /// Frames may come this long after a ping before its pong counts as missing.
    static let pongPatience: Int64 = 20_000_000_000
    /// A Close sent this long behind a ping, and answered, shows that the ping was read.
    static let pongPatienceAtClose: Int64 = 1_000_000_000
    /// New messages may come this long after a Close before its answer counts as missing.
    static let closePatience: Int64 = 20_000_000_000
    /// How soon "immediately" is, and from when on a client that closes TCP itself has waited.
    static let serverPatience: Int64 = 5_000_000_000
    static let clientPatience: Int64 = 1_000_000_000

    private struct Half: Sendable {
        /// It broke a rule, so that the other side may fail the connection and need not listen any more.
        var hasBroken = false
        /// All of its bytes were seen so far.
        var isWhole: Bool
        var close: (code: CloseCode?, time: Timestamp, wasGood: Bool)?
    }

    private var client: Half
    private var server: Half

    /// - Parameter isInferred: the handshake was not captured.
    public init(isInferred: Bool) {
        client = Half(isWhole: !isInferred)
        server = client
    }

    // MARK: What happened

    /// Says that a side broke a rule.
    public mutating func breakRule(_ side: Side) { self[side].hasBroken = true }

    public func hasBroken(_ side: Side) -> Bool { self[side].hasBroken }

    /// Says that bytes of a side are missing.
    public mutating func lose(_ side: Side) { self[side].isWhole = false }

    /// All bytes of a side were captured so far, its handshake included.
    public func isWhole(_ side: Side) -> Bool { self[side].isWhole }

    /// Takes a Close frame.
    ///
    /// - Parameter isAnswer: its sender had received all that the other side had sent, so it knew of a Close before it.
    public mutating func close(_ code: CloseCode?, from side: Side, at time: Timestamp, isAnswer: Bool) -> Finding? {
        guard self[side].close == nil else { return nil }
        self[side].close = (code, time, !self[side].hasBroken && code.map(BodyRules.mayBeSent) != false)
        guard isAnswer, let first = self[side.other].close, first.wasGood, first.time <= time, !client.hasBroken, !server.hasBroken,
            let asked = first.code, let code, asked != code
        else { return nil }
        return Finding(.closeCodeNotEchoed, expected: "\(asked.rawValue)", found: "\(code.rawValue)")
    }

    // MARK: Ping and pong

    /// Whether a ping sent now must be answered, as far as is known.
    public func mustAnswerPing(from side: Side) -> Bool {
        !self[side].hasBroken && self[side].isWhole && self[side.other].isWhole && client.close == nil && server.close == nil
    }

    /// A pong that answers no ping which was seen.
    public func judgeStrayPong(from side: Side) -> Finding? {
        self[side].isWhole && self[side.other].isWhole ? Finding(.pongUnsolicited) : nil
    }

    /// A frame of `side` came while a ping of the other side waits for its pong; whether that shows the ping to be ignored.
    ///
    /// - Parameter isClosing: it is the Close that answers the other side's.
    public func judgeWaiting(pingAt ping: Timestamp, frameAt time: Timestamp, from side: Side, isClosing: Bool) -> Finding? {
        guard self[side].isWhole, !self[side].hasBroken else { return nil }
        let waited = time.nanoseconds(since: ping)
        let isProof = isClosing && self[side.other].close.map { $0.time.nanoseconds(since: ping) >= Self.pongPatienceAtClose } ?? false
        guard isProof || waited >= Self.pongPatience else { return nil }
        return Finding(.pingUnanswered, expected: "a pong", found: "none for \(waited / 1_000_000_000) s, and other frames since")
    }

    // MARK: The end

    /// How TCP ended, as far as it was seen.
    public struct TransportEnd: Sendable {
        public struct Fin: Sendable {
            public var packet: UInt64
            public var time: Timestamp
            /// Whoever sent it had received all that the other side had sent.
            public var knewAll: Bool
            /// It had received more than the capture has, in which the other side may have ended first.
            public var knewMore: Bool
            /// What ended the direction: `FIN`, `END_STREAM`.
            public var sign: String

            public init(packet: UInt64, time: Timestamp, knewAll: Bool, knewMore: Bool = false, sign: String = "FIN") {
                self.packet = packet
                self.time = time
                self.knewAll = knewAll
                self.knewMore = knewMore
                self.sign = sign
            }
        }

        /// Who ended what it sends first: with FIN, or with an end of its own in a layer below, as the `close_notify` of TLS.
        public var firstFin: Side?
        public var clientFin: Fin?
        public var serverFin: Fin?
        /// Who sent FIN first, and the client's.
        public var firstToCloseTCP: Side?
        public var clientClosedTCP: Fin?
        public var reset: Side?
        public var resetPacket: UInt64?
        /// The last frame of a side that had received the other's Close, and has begun a message since.
        public var lastMessage: (packet: UInt64, time: Timestamp)?

        public init() {}

        func fin(of side: Side) -> Fin? { side == .client ? clientFin : serverFin }

        /// The reset, unless both sides had ended what they send: nothing was left to break off.
        var breakingReset: Side? {
            guard let reset, let resetPacket, let clientFin, let serverFin else { return reset }
            return max(clientFin.packet, serverFin.packet) < resetPacket ? nil : reset
        }
    }

    /// What the end of the connection shows, and of whom.
    public func judge(_ end: TransportEnd) -> [(side: Side, finding: Finding)] {
        guard client.isWhole, server.isWhole else { return [] }
        var findings: [(side: Side, finding: Finding)] = []
        if client.close == nil || server.close == nil {
            if let side = end.breakingReset { findings.append((side, Finding(.closeReset, packet: end.resetPacket))) }
            if client.close != nil || server.close != nil {
                let silent = client.close == nil ? Side.client : .server
                judgeSilence(of: silent, end, into: &findings)
            } else if end.breakingReset == nil, let side = end.firstFin, !self[side.other].hasBroken {
                let fin = end.fin(of: side)
                findings.append(
                    (side, Finding(.closeMissing, expected: "a Close frame", found: fin?.sign ?? "FIN", packet: fin?.packet)))
            }
        } else if end.reset == nil, !client.hasBroken, !server.hasBroken {
            judgeOrder(end, into: &findings)
        }
        return findings
    }

    /// A side that ended its stream although it had received a Close, and sent none; or that went on with new messages for long.
    ///
    /// The other one must have left it the time: who closes TCP right behind a Close of its own does not wait for an answer. Nor
    /// does a Close that fails the connection because of what this side did.
    private func judgeSilence(of side: Side, _ end: TransportEnd, into findings: inout [(side: Side, finding: Finding)]) {
        guard !self[side].hasBroken, let close = self[side.other].close, close.wasGood else { return }
        if let last = end.lastMessage {
            let waited = last.time.nanoseconds(since: close.time)
            if waited >= Self.closePatience {
                let found = "none for \(waited / 1_000_000_000) s, and new messages since"
                return findings.append(
                    (side, Finding(.closeUnanswered, expected: "a Close frame", found: found, packet: last.packet)))
            }
        }
        guard end.firstFin == side, let fin = end.fin(of: side), fin.knewAll, fin.time >= close.time else { return }
        findings.append((side, Finding(.closeUnanswered, expected: "a Close frame", found: fin.sign, packet: fin.packet)))
    }

    /// Who closes TCP when both have closed (RFC 6455 §5.5.1, §7.1.1).
    private func judgeOrder(_ end: TransportEnd, into findings: inout [(side: Side, finding: Finding)]) {
        guard let first = end.firstFin, let fin = end.fin(of: first), let one = client.close, let two = server.close else { return }
        let waited = fin.time.nanoseconds(since: max(one.time, two.time))
        if waited >= Self.serverPatience {
            let found = "\(waited / 1_000_000_000) s later"
            findings.append((.server, Finding(.closeServerLate, expected: "at once", found: found, packet: fin.packet)))
        } else if first == .client, end.firstToCloseTCP == .client, waited < Self.clientPatience {
            let packet = end.clientClosedTCP?.packet ?? fin.packet
            let finding = Finding(.closeClientFirst, expected: "the server's FIN first", found: "the client's FIN", packet: packet)
            findings.append((.client, finding))
        }
    }

    private subscript(side: Side) -> Half {
        get { side == .client ? client : server }
        set { if side == .client { client = newValue } else { server = newValue } }
    }
}
