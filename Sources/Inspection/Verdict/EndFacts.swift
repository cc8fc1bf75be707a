import Bytes
import Rules
import Channels
import Text
import WebSocket

/// What was seen of a connection by the time it ended: all that a verdict is made from.
struct EndFacts {
    /// What one side did, and what became of it.
    struct Half {
        /// Frames, of which the last may be cut off.
        var frameCount: UInt64 = 0
        /// The last bytes before what ended the connection; of the handshake where nothing followed.
        var spoke: PacketMark?
        /// The last packet of any kind.
        var seen: PacketMark?
        var fin: PacketMark?
        /// That was the end of its stream among others, and not of TCP.
        var endsStream = false
        /// Bytes that the other side never acknowledged.
        var unacknowledged: UInt64 = 0
        /// Sent again, and without any answer since.
        var repeats = Repeats()
        /// It took no more data.
        var stall: Stall?
        /// Its pings that have no pong.
        var pings: Pings?
        /// The first and the last frame that makes the other side fail the connection.
        var firstFault: Fault?
        var fault: Fault?
        /// The first of those that followed one another closely up to the last.
        var runFault: Fault?
        /// The first bytes behind the other side's FIN.
        var spokeAfterFin: PacketMark?
        /// What of its last frame or message is missing.
        var cutOff: CutOff?
        /// Bytes behind its last frame that the capture lacks, among which a Close frame may be.
        var hidden: Hidden?
    }

    /// Segments sent again, and not answered by any packet; or keep-alive probes, which ask for nothing but an answer.
    struct Repeats: Equatable {
        var count: UInt64 = 0
        var areProbes = false
        var first = PacketMark(number: 0, time: Timestamp(nanoseconds: 0))
        var last = PacketMark(number: 0, time: Timestamp(nanoseconds: 0))

        mutating func note(_ mark: PacketMark, isProbe: Bool = false) {
            if count == 0 {
                first = mark
                areProbes = isProbe
            }
            last = mark
            count += 1
        }

        /// `5 retransmissions`.
        var words: String { Quantity.counted(count, areProbes ? "keep-alive probe" : "retransmission") }
    }

    /// A window of 0.
    struct Stall: Equatable {
        var since: PacketMark
        /// nil while it lasts.
        var until: Timestamp?
    }

    struct Pings: Equatable {
        var count: Int
        var first: PacketMark
    }

    struct Fault: Equatable {
        var rule: Rule
        /// Where the frame begins, and when it ended.
        var mark: PacketMark
        var until: Timestamp
    }

    enum CutOff: Equatable {
        /// Bytes of a header that came.
        case header(UInt64)
        /// Bytes of a payload that did not.
        case payload(UInt64)
        /// Frames of a message whose last never came.
        case message(UInt64)
    }

    struct Hidden: Equatable {
        /// nil when it is not known how many.
        var byteCount: UInt64?
        var mark: PacketMark?
    }

    struct Reset: Equatable {
        var by: Side
        var mark: PacketMark
        /// Bytes that its sender's machine had received since its program last sent something: it may have read them or not.
        var unanswered: UInt64 = 0
        /// It acknowledges nothing.
        var isStateless = false
    }

    struct Answer: Equatable {
        var status: Int
        var reason: String
        var mark: PacketMark
    }

    var status = Connection.Status.open
    /// When nothing more came of it.
    var time: Timestamp
    var transport = TransportEnd.captureEnded
    var client = Half()
    var server = Half()
    var closes = CloseLog()
    /// The client had received the server's Close frame, as far as is known.
    var isServerCloseDelivered = true
    var reset: Reset?
    /// Whose FIN was first; nil where the order of packets is to tell.
    var firstFin: Side?
    /// The upgrade request.
    var asked: PacketMark?
    var answer: Answer?
    /// What of the answer the client must not accept.
    var handshakeFault: Fault?

    init(time: Timestamp) { self.time = time }

    subscript(side: Side) -> Half {
        get { side == .client ? client : server }
        set { if side == .client { client = newValue } else { server = newValue } }
    }
}

/// What TCP saw last.
enum TransportEnd: Equatable {
    case reset
    /// Both sides sent FIN.
    case finished
    case captureEnded
    /// The ports are used by another connection from this packet on.
    case portsReused(PacketMark)
    case forgotten
    /// The client's next request.
    case stillHTTP(PacketMark)
    /// The layer that carries it could not be read on.
    case unreadable
    /// What the server answers is not HTTP/1.
    case notHTTP(Foreign?)

    /// A protocol that a server speaks where it was not asked for it.
    enum Foreign: Equatable {
        case http2
        case tls
    }
}

/// The Close frames of a connection.
struct CloseLog {
    struct Close: Equatable {
        var from: Side
        var code: CloseCode?
        var reason = ""
        /// False when the capture lacks its body.
        var isWhole = true
        var mark: PacketMark
        /// Its sender had received all that the other side had sent, so it knew of a Close before it.
        var knewAll = true
        /// Where in its sender's stream it ends, at the latest.
        var streamEnd: UInt64 = 0
        /// Frames that its sender had sent before it.
        var frameCount: UInt64 = 0
    }

    private(set) var first: Close?
    private(set) var second: Close?
    /// The last bytes of each side before the first Close.
    private(set) var spoke: (client: PacketMark, server: PacketMark)?

    mutating func note(_ close: Close, client: PacketMark, server: PacketMark) {
        if first == nil {
            first = close
            spoke = (client, server)
        } else if second == nil, first?.from != close.from {
            second = close
        }
    }

    func close(from side: Side) -> Close? { first?.from == side ? first : second?.from == side ? second : nil }
}
