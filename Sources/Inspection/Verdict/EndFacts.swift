import Bytes
import Rules
import Channels
import Text
import WebSocket

/// What was known of a connection by the time it ended: everything that a verdict is made from.
struct EndFacts {
    /// What one side did, and what became of it.
    struct Half {
        /// Frames, of which the last may be cut off.
        var frameCount: UInt64 = 0
        /// The last bytes before what ended the connection; those of the handshake if nothing followed.
        var spoke: PacketMark?
        /// The last packet of any kind.
        var seen: PacketMark?
        var fin: PacketMark?
        /// That was the end of its stream among others, and not of TCP.
        var endsStream = false
        /// It said why it gave up, in the layer that carries the connection.
        var abort: Abort?
        /// It ended TCP without the `close_notify` that its layer ends with.
        var lacksCloseNotify = false
        /// Bytes that the other side never acknowledged.
        var unacknowledged: UInt64 = 0
        /// What it sent again, with no answer since.
        var repeats = Repeats()
        /// It took no more data.
        var stall: Stall?
        /// Its pings that have no pong.
        var pings: Pings?
        /// The first and the last frame that makes the other side fail the connection.
        var firstFault: Fault?
        var fault: Fault?
        /// The first of a close series of them that ends with the last.
        var runFault: Fault?
        /// The first bytes after the other side's FIN.
        var spokeAfterFin: PacketMark?
        /// What is missing of its last frame or message.
        var cutOff: CutOff?
        /// Bytes after its last frame that the capture lacks; a Close frame may be among them.
        var hidden: Hidden?
    }

    /// Segments sent again and not answered by any packet, or keep-alive probes, which ask for nothing but an answer.
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
        /// Nil while it lasts.
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

    struct Abort: Equatable {
        /// `TLS alert bad_record_mac`.
        var words: String
        var mark: PacketMark
    }

    enum CutOff: Equatable {
        /// How many bytes of a header came.
        case header(UInt64)
        /// How many bytes of a payload did not come.
        case payload(UInt64)
        /// How many frames came of a message whose last frame never did.
        case message(UInt64)
    }

    struct Hidden: Equatable {
        /// Nil if it is not known how many.
        var byteCount: UInt64?
        var mark: PacketMark?
        /// They were captured, but nothing decrypts them.
        var isEncrypted = false
    }

    struct Reset: Equatable {
        var by: Side
        var mark: PacketMark
        /// Bytes that its sender's machine had received since its program last sent something; the program may or may not have read them.
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
    /// The client had received the server's Close frame, as far as known.
    var isServerCloseDelivered = true
    var reset: Reset?
    /// Whose FIN was first; nil if the order of packets decides.
    var firstFin: Side?
    /// The upgrade request.
    var asked: PacketMark?
    var answer: Answer?
    /// What the client must not accept in the answer.
    var handshakeFault: Fault?

    init(time: Timestamp) { self.time = time }

    subscript(side: Side) -> Half {
        get { side == .client ? client : server }
        set { if side == .client { client = newValue } else { server = newValue } }
    }
}

/// How TCP ended, or why nothing more comes.
enum TransportEnd: Equatable {
    case reset
    /// Both sides sent FIN.
    case finished
    case captureEnded
    /// Another connection uses the ports from this packet on.
    case portsReused(PacketMark)
    case forgotten
    /// The client's next request.
    case stillHTTP(PacketMark)
    /// The layer that carries it could not be read on.
    case unreadable
    /// What the server answers is not HTTP/1.
    case notHTTP(Foreign?)

    /// A protocol that a server speaks although it was not asked for.
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
        /// False if the capture lacks its body.
        var isWhole = true
        var mark: PacketMark
        /// Its sender had received everything that the other side had sent, so it knew of an earlier Close.
        var knewAll = true
        /// The latest offset in its sender's stream where it can end.
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
