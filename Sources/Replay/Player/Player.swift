import Bytes
import Differences
import HTTP
import Inspection
import Text
import WebSocket

/// Plays one side of a script to a peer that is there.
///
/// Does no I/O and reads no clock: it is given what came and what time it is, and says what to send, when it wants to be asked again, and
/// when it is done.
public struct Player: ~Copyable {
    public struct Options: Sendable {
        /// When what there is to send is sent.
        public enum Pace: Sendable {
            /// Once the peer's messages that came before it in the script have come.
            case answers
            /// At the times of the script.
            case recorded
        }

        public var pace = Pace.answers
        /// How many times faster than the script the recorded times are.
        public var speed = 1.0
        /// Nanoseconds that the peer may take longer than in the script, for what is waited for.
        public var patience: Int64 = 10_000_000_000
        /// Bytes that are kept of a message.
        public var messageByteCount = 16 << 20
        public var headLimits = HeadLimits()
        /// Obstacles quote messages and reasons, which may have secrets.
        public var quotes = true
        /// Keys to mask frames with (RFC 6455 §5.3).
        public var maskingKey: @Sendable () -> UInt32 = { UInt32.random(in: .min ... .max) }

        public init() {}
    }

    /// What is to become of the transport once all output has been sent.
    public enum Leave: Sendable, Equatable {
        case hangUp
        case reset
    }

    enum State: Equatable {
        /// The answer to the upgrade is awaited.
        case handshake
        /// The body of an answer that is no 101 is awaited.
        case refusal
        case open
        /// All was played; the peer is to hang up, as in the script.
        case awaitingEnd
        /// This side sent a Close frame, and the peer's is awaited.
        case closing
        /// Both did, and the server is to hang up (RFC 6455 §7.1.1).
        case closed
        case done
    }

    public let side: Side
    let script: Script
    let plan: Plan
    let options: Options
    let values: Values
    var state = State.handshake
    /// Bytes for the peer.
    public var output = ByteBuffer()
    /// What kept the script from being played to its end, as a clause; nil while nothing did.
    public internal(set) var obstacle: String?
    /// What to do with the transport; nil while it is needed.
    public internal(set) var leave: Leave?
    /// When it wants to be asked again at the latest, in nanoseconds of the caller's clock; nil while only the peer can do something.
    public internal(set) var deadline: Int64?
    /// How it ended is not to be compared: this side ended it, since the script has no end or could not be played to it.
    public internal(set) var hasOwnEnd = false
    /// Messages of the script that were sent.
    public internal(set) var sentCount = 0

    // What comes in.
    var unread = ByteBuffer()
    var requestedAt: Int64 = 0
    var request: RequestHead?
    var responses: ResponseHeadDecoder
    var refusal = BodyDecoder(.none)
    var frames = FrameDecoder()
    var header: FrameHeader?
    var phase: UInt64 = 0
    var control: [UInt8] = []
    var chunk = ByteBuffer()
    var message = MessageAssembler()
    var wasClosedByPeer = false

    // What goes out.
    var deflater: MessageDeflater?
    var outgoing: [UInt8] = []
    var outgoingStart = 0
    var isCompressing = false
    /// Fragments of a message are still to be sent, and answers to heartbeats wait for that.
    var isHalfSent = false
    var waitingAnswers: [Int] = []
    var hasSentClose = false

    // How far the script was played.
    var next = 0
    var openedAt: Int64 = 0
    var progressAt: Int64 = 0
    var receivedAt: Int64 = 0
    var readyAt: Int64?
    /// Of each awaited message whether it has come, and all but those that came, by their kind.
    var hasCome: [Bool]
    var places: [UInt64: (next: Int, all: [Int])] = [:]
    /// Awaited messages up to here are counted in `openCount` while they have not come.
    var countedEnd = 0
    var openCount = 0
    /// Awaited messages before this were given up, since others came in their place.
    var givenUpEnd = 0
    var firstOpen = 0
    /// Messages that came and were not awaited.
    var extraCount = 0

    public init(_ script: Script, as side: Side, _ values: Values, _ options: Options = Options()) {
        self.script = script
        self.side = side
        self.values = values
        self.options = options
        plan = Plan(script, for: side)
        responses = ResponseHeadDecoder(limits: options.headLimits)
        hasCome = Array(repeating: false, count: plan.awaited.count)
        for (index, awaited) in plan.awaited.enumerated() { places[awaited.kind, default: (0, [])].all.append(index) }
    }

    public var isDone: Bool { state == .done }

    /// Messages of the script that this side sends of its own accord, and those that it waits for.
    public var ownCount: Int { plan.cues.count { $0.part == script.lines[$0.line].frameLengths.count - 1 } }
    public var awaitedCount: Int { plan.awaited.count }

    // MARK: The upgrade

    /// Begins as the client: sends the request.
    public mutating func begin(_ request: RequestHead, at now: Int64) {
        self.request = request
        requestedAt = now
        request.encode(into: &output)
        deadline = now.after(options.patience, script.connection.upgradeNanoseconds ?? 0)
    }

    /// Begins as the server: answers a request.
    /// - Parameter body: of an answer that is no 101.
    public mutating func begin(_ response: ResponseHead, body: [UInt8] = [], at now: Int64) {
        response.encode(into: &output)
        output.append(body.span)
        guard response.status == 101 else { return finish() }
        open(response, at: now)
    }

    mutating func open(_ response: ResponseHead, at now: Int64) {
        let deflate = UpgradeResponse.extensions(of: response).flatMap { DeflateParameters(agreedIn: $0.extensions) }
        if let deflate {
            message.negotiate(side == .client ? deflate.server : deflate.client)
            deflater = MessageDeflater(side == .client ? deflate.client : deflate.server)
        }
        state = .open
        (openedAt, progressAt, receivedAt) = (now, now, now)
    }

    // MARK: What happens

    /// Takes what the peer has sent.
    public mutating func take(_ bytes: Span<UInt8>, at now: Int64) {
        guard state != .done else { return }
        unread.append(bytes)
        if state == .handshake { takeAnswer(at: now) }
        if state == .refusal { takeRefusal() }
        if state != .handshake, state != .refusal, state != .done { takeFrames(at: now) }
        advance(at: now)
    }

    /// The peer sends nothing more.
    public mutating func takeEnd(isReset: Bool, at now: Int64) {
        let what = "the \(side.other.name) \(isReset ? "reset the connection" : "hung up")"
        switch state {
        case .handshake: obstacle = "\(what) before it answered the upgrade"
        case .open:
            advance(at: now)
            if state == .open { obstacle = "\(what) too early: \(outlook)" }
        case .refusal, .awaitingEnd, .closing, .closed, .done: break
        }
        finish()
    }

    /// Does what is due.
    public mutating func advance(at now: Int64) {
        switch state {
        case .open: play(at: now)
        case .handshake, .refusal, .awaitingEnd, .closing, .closed:
            guard let deadline, now >= deadline else { return }
            expire(at: now)
        case .done: break
        }
    }

    private mutating func expire(at now: Int64) {
        let waited = Quantity.duration(now - requestedAt)
        switch state {
        case .handshake: obstacle = "the \(side.other.name) did not answer the upgrade within \(waited)"
        case .awaitingEnd:
            obstacle = "the \(side.other.name) did not hang up, as it did in the capture"
            hasOwnEnd = true
        default: break
        }
        finish()
    }

    /// Gives up for a reason that the player does not know.
    public mutating func giveUp(_ reason: String) {
        if obstacle == nil { obstacle = reason }
        if state == .open, !hasSentClose { sendClose(.goingAway, at: openedAt) }
        hasOwnEnd = true
        finish()
    }

    mutating func finish(_ leave: Leave = .hangUp) {
        state = .done
        deadline = nil
        if self.leave == nil { self.leave = leave }
    }
}

extension Int64 {
    /// A time after another, which stays in range.
    func after(_ nanoseconds: Int64...) -> Int64 {
        nanoseconds.reduce(self) { sum, more in
            let (next, overflowed) = sum.addingReportingOverflow(more)
            return overflowed ? .max : next
        }
    }
}
