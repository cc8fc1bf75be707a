import Bytes
import Channels
import HTTP
import Rules
import Verdicts
import WebSocket

/// An open WebSocket connection, except for what each frame needs (`Socket`).
final class WebSocketSession {
    let connection: Connection
    // Invariant: the channel keeps its session alive, and ends it before it goes.
    @safe unowned(unsafe) let channel: Channel
    /// Its row.
    @safe @exclusivity(unchecked) var socket = -1
    // Invariant: only the engine reaches them, in one thread, and while it changes one it calls nothing that reaches the same one.
    @safe @exclusivity(unchecked) private var stageFromLow = Stage.frames
    @safe @exclusivity(unchecked) private var stageFromHigh = Stage.frames
    // Asked of each packet, and so kept beside: a stage is an object to be counted.
    @safe @exclusivity(unchecked) private var isReadingFromLow = true
    @safe @exclusivity(unchecked) private var isReadingFromHigh = true
    /// Frames and messages that do not come in one piece; made for the first of them.
    private var clientReading: FrameReading?
    private var serverReading: FrameReading?
    var rules: ConnectionRules
    /// Nil until the first ping, or the first pong that answers none.
    private(set) var pings: PingLog?
    private var clientConduct: ConductBox?
    private var serverConduct: ConductBox?
    private var closeBox: CloseBox?
    /// What the connection itself counts as, in `Memory`.
    var countedByteCount = 0
    /// Of the request only the beginning was captured; its rest may come before the client's frames.
    var isRequestCut = false
    /// The whole handshake is known, and nothing in the answer gives the client reason not to take it for an upgrade.
    var isAgreed: Bool {
        connection.status == .open && connection.request != nil && !isRequestCut
            && !connection.handshakeFindings.server.contains { $0.rule.severity == .violation }
    }
    /// The limit on memory was reported.
    var hasReportedMemory = false
    /// The pings without a pong were noted, because the connection was about to end.
    private var keepsPings = false

    /// What the next bytes of a direction are taken for.
    enum Stage {
        /// After a 101, while the client may still turn out to go on with HTTP.
        case upgraded
        /// The content of the upgrade request, of which some is still to come.
        indirect case requestBody(BodyDecoder)
        case frames
        /// Out of step: the next frame is looked for.
        indirect case searching(Resynchronization)
        /// HTTP, which no frame follows.
        indirect case http(StrayHTTP)
    }

    init(_ connection: Connection, on channel: Channel) {
        self.connection = connection
        self.channel = channel
        rules = ConnectionRules(isInferred: connection.status == .inferred)
    }

    subscript(direction: Direction) -> Stage {
        get { direction == .fromLow ? stageFromLow : stageFromHigh }
        set {
            let isReading = if case .frames = newValue { true } else { false }
            if direction == .fromLow {
                (stageFromLow, isReadingFromLow) = (newValue, isReading)
            } else {
                (stageFromHigh, isReadingFromHigh) = (newValue, isReading)
            }
        }
    }

    @inline(__always)
    func isReadingFrames(_ direction: Direction) -> Bool { direction == .fromLow ? isReadingFromLow : isReadingFromHigh }
    func isHTTP(_ direction: Direction) -> Bool {
        if isReadingFrames(direction) { false } else if case .http = self[direction] { true } else { false }
    }
    func isSearching(_ direction: Direction) -> Bool {
        if isReadingFrames(direction) { false } else if case .searching = self[direction] { true } else { false }
    }

    /// Looks for the next frame of a side, whose direction is out of step.
    func search(for side: Side, _ direction: Direction) {
        self[direction] = .searching(
            Resynchronization(
                FrameSearch(isMasked: side == .client, allowsCompression: connection.allowsCompression, isKnownWebSocket: true)))
    }

    // MARK: Frames in pieces

    /// What is being read from a side; nil if nothing ever was.
    func openReading(of side: Side) -> FrameReading? { side == .client ? clientReading : serverReading }

    func makeReading(of side: Side, knowsWindow: Bool) -> FrameReading {
        let reading = FrameReading(side)
        if let deflate = connection.deflate {
            reading.assembler.negotiate(side == .client ? deflate.client : deflate.server, hasKnownWindow: knowsWindow)
        }
        if side == .client { clientReading = reading } else { serverReading = reading }
        return reading
    }

    // MARK: Conduct

    /// What a verdict needs to know of one side's conduct.
    struct Conduct {
        /// The first and the last frame that makes the other side fail the connection.
        var firstFault: EndFacts.Fault?
        var lastFault: EndFacts.Fault?
        /// The first of a close series of them that ends with the last: what comes after it may not be frames at all.
        var runFault: EndFacts.Fault?
        /// Bytes that the capture lacks since the side's last frame, and how many frames there were then.
        var missing: (byteCount: UInt64?, frameCount: UInt64, mark: PacketMark, isOverflow: Bool)?
        /// HTTP that it wrote where a frame should begin.
        var http: EndFacts.StrayHTTP?
        /// A note about the snapshot length was given.
        var hasReportedCut = false
    }

    subscript(side: Side) -> Conduct {
        get { notedConduct(of: side) ?? Conduct() }
        set {
            let box = ConductBox(newValue)
            if side == .client { clientConduct = box } else { serverConduct = box }
        }
    }

    /// Nil where there is nothing to know.
    func notedConduct(of side: Side) -> Conduct? { (side == .client ? clientConduct : serverConduct)?.conduct }

    /// The Close frames.
    var closes: CloseLog { closeBox?.log ?? CloseLog() }

    /// There was a Close frame.
    var hasClose: Bool { closeBox != nil }

    func note(_ close: CloseLog.Close, reason: String, client: PacketMark, server: PacketMark) {
        if closeBox == nil { closeBox = CloseBox() }
        closeBox?.log.note(close, reason: reason, client: client, server: server)
    }

    // Behind references, since a connection that is open and well has none of it.
    private final class ConductBox {
        let conduct: Conduct
        init(_ conduct: Conduct) { self.conduct = conduct }
    }

    private final class CloseBox {
        var log = CloseLog()
    }

    func note(_ fault: EndFacts.Fault, of side: Side) {
        if self[side].firstFault == nil { self[side].firstFault = fault }
        if !fault.isSoon(after: self[side].lastFault) { self[side].runFault = fault }
        self[side].lastFault = fault
    }

    func note(_ http: EndFacts.StrayHTTP, of side: Side) { self[side].http = http }

    /// - Parameters:
    ///   - count: nil where it is not known.
    ///   - frameCount: frames of the side before the missing bytes.
    func note(missing count: UInt64?, of side: Side, after frameCount: UInt64, _ mark: PacketMark, isOverflow: Bool) {
        var sum = count
        if let before = self[side].missing, before.frameCount == frameCount {
            sum = count.flatMap { count in before.byteCount.map { $0 &+ count } }
        }
        self[side].missing = (sum, frameCount, mark, isOverflow)
    }

    // MARK: Pings

    /// The log of pings, made if there is none.
    func beginPings() -> PingLog {
        if let pings { return pings }
        let log = PingLog()
        pings = log
        return log
    }

    /// Notes which pings have no pong now that the connection is about to end; what ends it later changes nothing.
    func keepPings() {
        guard !keepsPings else { return }
        keepsPings = true
        pings?.keepUnanswered()
    }

    func forgetKeptPings() { keepsPings = false }

    func unansweredPings(from side: Side) -> EndFacts.Pings? {
        keepsPings ? pings?.keptPings(from: side) : pings?.unanswered(from: side)
    }
}
