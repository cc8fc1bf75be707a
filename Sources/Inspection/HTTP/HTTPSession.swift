import Channels
import HTTP

/// HTTP/1.1 on a channel, or what may become it: heads and bodies of both directions until an upgrade is granted.
///
/// A channel whose beginning was not captured starts here too, looking for a head or for frames.
final class HTTPSession {
    private var stageFromLow: Stage
    private var stageFromHigh: Stage
    /// Requests whose responses have not been seen yet, in order.
    var pending: [PendingRequest] = []
    /// The upgrade that was refused last, while the body of that answer comes.
    var refusal: Refusal?
    /// Requests may be missing, so a response does not wait for one.
    var hasLostRequests = false
    /// The answer to an upgrade is missing.
    var hasLostResponse = false
    /// A response has ended: the client's next data are of something else.
    var isBetweenExchanges = false
    /// What the bodies belong to that are being read.
    var requestExchange: OpenExchange?
    var responseExchange: OpenExchange?

    /// What the bytes that come next in a direction are taken for.
    enum Stage {
        /// The first bytes will tell.
        case undecided
        case request(RequestHeadDecoder)
        case response(ResponseHeadDecoder)
        case body(BodyDecoder)
        /// The body with which an upgrade is refused.
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

    /// - Parameter isFromBeginning: false where the first bytes were not captured.
    convenience init(isFromBeginning: Bool) {
        let stage: Stage = isFromBeginning ? .undecided : .searching(.anywhere)
        self.init(fromLow: stage, fromHigh: stage)
    }

    subscript(direction: Direction) -> Stage {
        get { direction == .fromLow ? stageFromLow : stageFromHigh }
        set { if direction == .fromLow { stageFromLow = newValue } else { stageFromHigh = newValue } }
    }

    // MARK: Requests that wait

    /// Whether the answer to an upgrade is due.
    var asksUpgrade: Bool { firstUpgrade != nil }

    private var firstUpgrade: Int? { pending.firstIndex { if case .upgrade = $0.kind { true } else { false } } }

    /// An upgrade was granted: if requests before it seem to wait yet, their answers were not captured.
    func forgetRequestsBeforeUpgrade() {
        if let index = firstUpgrade { pending.removeFirst(index) }
    }

    func isAwaiting(_ direction: Direction) -> Bool { if case .awaiting = self[direction] { true } else { false } }
    func isSearching(_ direction: Direction) -> Bool { if case .searching = self[direction] { true } else { false } }
}

/// A request whose response has not been seen yet.
struct PendingRequest {
    enum Kind {
        case plain
        /// A WebSocket opening handshake.
        case upgrade(Handshake)
        /// CONNECT: after a 2xx both directions begin anew.
        case tunnel
    }

    var method: String
    var kind: Kind
    /// Stream offset after its head.
    var end: UInt64
    var exchange: OpenExchange?
}

extension FrameSearch {
    /// Where nothing is known.
    static var anywhere: FrameSearch { FrameSearch(isMasked: nil, allowsCompression: true, isKnownWebSocket: false) }

    /// Where a client's frames are expected although no answer to its upgrade was captured.
    static var afterLostAnswer: FrameSearch { FrameSearch(isMasked: true, allowsCompression: true, isKnownWebSocket: false) }
}
