import Channels
import HTTP

/// HTTP/1.1 on a channel, or what may turn out to be that: heads and bodies of both directions until an upgrade is granted.
///
/// A channel whose beginning was not captured starts here too, looking for a head or for frames.
final class HTTPSession {
    private var stageFromLow: Stage
    private var stageFromHigh: Stage
    /// Requests whose responses have not come yet, in order.
    var pending: [PendingRequest] = []
    /// The upgrade that was refused last, while the body of the answer comes.
    var refusal: Refusal?
    /// Heads that came apart from the content, of which too little is known to tell what they open.
    var heads: Handshake?
    /// The client's last request, if its rest was not captured, and it may be an opening handshake.
    var cutRequest: CutRequest?
    /// Requests may be missing, so a response does not wait for one.
    var hasLostRequests = false
    /// The answer to an upgrade is missing.
    var hasLostResponse = false
    /// Answers may be missing, so one need not belong to the first request that waits.
    var hasLostAnswers = false
    /// A response has ended: the client's next data belong to something else.
    var isBetweenExchanges = false
    /// The exchanges whose bodies are being read.
    var requestExchange: OpenExchange?
    var responseExchange: OpenExchange?

    /// What the next bytes of a direction are taken for.
    enum Stage {
        /// Not known before the first bytes.
        case undecided
        case request(RequestHeadDecoder)
        case response(ResponseHeadDecoder)
        case body(BodyDecoder)
        /// The body of the answer that refuses an upgrade.
        case refusal(BodyDecoder)
        /// The client's bytes after an upgrade request or a CONNECT: what they are depends on the response.
        case awaiting
        /// Out of step, or joined midway: the start of a head or of a chain of frames is looked for.
        case searching(FrameSearch)
    }

    init(fromLow: Stage, fromHigh: Stage) {
        stageFromLow = fromLow
        stageFromHigh = fromHigh
    }

    /// - Parameter isFromBeginning: false if the first bytes were not captured.
    convenience init(isFromBeginning: Bool) {
        let stage: Stage = isFromBeginning ? .undecided : .searching(.anywhere)
        self.init(fromLow: stage, fromHigh: stage)
    }

    subscript(direction: Direction) -> Stage {
        get { direction == .fromLow ? stageFromLow : stageFromHigh }
        set { if direction == .fromLow { stageFromLow = newValue } else { stageFromHigh = newValue } }
    }

    /// A head was read of either side.
    var hasSpoken: Bool {
        [stageFromLow, stageFromHigh].contains { stage in
            switch stage {
            case .undecided, .searching: false
            default: true
            }
        }
    }

    // MARK: Requests that wait

    /// True while an upgrade waits for its answer.
    var asksUpgrade: Bool { firstUpgrade != nil }

    /// True while an upgrade waits whose answer may be missing.
    var hasLostUpgrade: Bool { hasLostAnswers && pending.contains { $0.isUpgrade && $0.isAnswerLost } }

    private var firstUpgrade: Int? { pending.firstIndex { if case .upgrade = $0.kind { true } else { false } } }

    /// Forgets requests before a granted upgrade that seem to wait: their answers were not captured.
    func forgetRequestsBeforeUpgrade() {
        if let index = firstUpgrade { pending.removeFirst(index) }
    }

    func isAwaiting(_ direction: Direction) -> Bool { if case .awaiting = self[direction] { true } else { false } }
    func isSearching(_ direction: Direction) -> Bool { if case .searching = self[direction] { true } else { false } }
}

/// A request whose response has not come yet.
struct PendingRequest {
    enum Kind {
        case plain
        /// A WebSocket opening handshake.
        case upgrade(Handshake)
        /// A request that also asks for another protocol, which a layer reads (RFC 9110 §7.8).
        case switching
        /// CONNECT: after a 2xx both directions begin anew.
        case tunnel
    }

    var method: String
    var kind: Kind
    /// Stream offset after its head.
    var end: UInt64
    var exchange: OpenExchange?
    /// Offset in the server's stream up to which the client had received it when it asked; nil where that is not known.
    var received: Int64?
    /// Its answer may be among bytes that are missing.
    var isAnswerLost = false

    var isTunnel: Bool { if case .tunnel = kind { true } else { false } }
    var isUpgrade: Bool { if case .upgrade = kind { true } else { false } }

    /// What its sender sends next depends on the answer.
    var isHeldBack: Bool {
        switch kind {
        case .tunnel, .switching: true
        case .plain, .upgrade: false
        }
    }
}

extension FrameSearch {
    /// A search where nothing is known.
    static var anywhere: FrameSearch { FrameSearch(isMasked: nil, allowsCompression: true, isKnownWebSocket: false) }

    /// A search for a client's frames where no answer to its upgrade was captured.
    static var afterLostAnswer: FrameSearch { FrameSearch(isMasked: true, allowsCompression: true, isKnownWebSocket: false) }
}
