import Bytes
import Rules
import Channels
import Text
import WebSocket

/// What was known of a connection by the time it ended: everything that a verdict is made from.
///
/// Whoever follows connections gathers it. Nothing in it refers to what was captured but marks of packets.
package struct EndFacts: Sendable {
    /// What one side did, and what became of it.
    package struct Half: Sendable {
        /// Frames, of which the last may be cut off.
        package var frameCount: UInt64 = 0
        /// The last bytes before what ended the connection; those of the handshake if nothing followed.
        package var spoke: PacketMark?
        /// The last packet of any kind.
        package var lastPacket: PacketMark?
        /// The end of what it sends.
        package var fin: PacketMark?
        /// Its FIN was not captured: `fin` is a packet of the other side that acknowledges it.
        package var isFinUnseen = false
        /// It had received more than the capture has when it ended what it sends.
        package var knewMore = false
        package var endKind = EndKind.transport
        /// That of TCP, where what it sends had ended before.
        package var laterFin: PacketMark?
        /// It said why it gave up, in the layer that carries the connection.
        package var abort: Abort?
        /// It ended TCP without the `close_notify` that its layer ends with.
        package var lacksCloseNotify = false
        /// Bytes that the other side never acknowledged.
        package var unacknowledged: UInt64 = 0
        /// What it sent again, with no answer since.
        package var repeats = Repeats()
        /// It took no more data.
        package var stall: Stall?
        /// Its pings that have no pong.
        package var pings: Pings?
        /// The first and the last frame that makes the other side fail the connection.
        package var firstFault: Fault?
        package var fault: Fault?
        /// The first of a close series of them that ends with the last.
        package var runFault: Fault?
        /// Bytes after the other side's end: the first of them, or of a layer the last.
        package var spokeAfterFin: PacketMark?
        /// What is missing of its last frame or message.
        package var cutOff: CutOff?
        /// The packet that brought the last of what there is of it.
        package var cutOffMark: PacketMark?
        /// Bytes after its last frame that the capture lacks; a Close frame may be among them.
        package var hidden: Hidden?
        /// The capture lacks some of what it sent, wherever that was.
        package var isIncomplete = false
        /// HTTP that it wrote where a frame should begin.
        package var http: StrayHTTP?

        package init() {}
    }

    /// What ended a side's data.
    package enum EndKind: Equatable, Sendable {
        /// FIN.
        case transport
        /// The alert of TLS that ends what its sender says (RFC 8446 §6.1).
        case closeNotify
        /// The end of its stream among others.
        case stream
    }

    /// An HTTP message in a stream that was upgraded.
    package struct StrayHTTP: Equatable, Sendable {
        /// `502 Bad Gateway`, `GET request`.
        package var name: String
        /// The start line, as far as it is shown.
        package var line: String
        package var mark: PacketMark
        /// The fields Server and Via of a response.
        package var answerer: String?

        package init(_ name: String, _ line: String, _ mark: PacketMark) {
            self.name = name
            self.line = line
            self.mark = mark
        }
    }

    /// Segments sent again and not answered by any packet, or keep-alive probes, which ask for nothing but an answer.
    package struct Repeats: Equatable, Sendable {
        package var count: UInt64 = 0
        package var areProbes = false
        /// When the bytes that it repeats were first sent; nil of probes.
        package var since: Timestamp?
        package var first = PacketMark(number: 0, time: Timestamp(nanoseconds: 0))
        package var last = PacketMark(number: 0, time: Timestamp(nanoseconds: 0))

        package mutating func note(_ mark: PacketMark, of original: PacketMark? = nil, isProbe: Bool = false) {
            if count == 0 {
                first = mark
                since = original?.time
                areProbes = isProbe
            }
            last = mark
            count += 1
        }

        /// Nanoseconds from the first transmission to the last.
        package var duration: Int64 { max(0, last.time.nanoseconds(since: min(since ?? first.time, first.time))) }

        /// `5 retransmissions`.
        package var words: String { Quantity.counted(count, areProbes ? "keep-alive probe" : "retransmission") }

        package init(
            count: UInt64 = 0, areProbes: Bool = false, since: Timestamp? = nil,
            first: PacketMark = PacketMark(number: 0, time: Timestamp(nanoseconds: 0)),
            last: PacketMark = PacketMark(number: 0, time: Timestamp(nanoseconds: 0))
        ) {
            self.count = count
            self.areProbes = areProbes
            self.since = since
            self.first = first
            self.last = last
        }
    }

    /// A window of 0.
    package struct Stall: Equatable, Sendable {
        package var since: PacketMark
        /// Nil while it lasts.
        package var until: Timestamp?

        package init(since: PacketMark, until: Timestamp? = nil) {
            self.since = since
            self.until = until
        }
    }

    package struct Pings: Equatable, Sendable {
        package var count: Int
        package var first: PacketMark

        package init(count: Int, first: PacketMark) {
            self.count = count
            self.first = first
        }
    }

    package struct Fault: Equatable, Sendable {
        package var rule: Rule
        /// Where the frame begins, and when it ended.
        package var mark: PacketMark
        package var until: Timestamp

        package init(rule: Rule, mark: PacketMark, until: Timestamp) {
            self.rule = rule
            self.mark = mark
            self.until = until
        }

        /// So soon that a side which hangs up may do so because of the earlier one.
        package func isSoon(after earlier: Fault?) -> Bool {
            guard let earlier else { return false }
            return mark.time.nanoseconds(since: earlier.until) <= Judgement.reactionTime
        }
    }

    package struct Abort: Equatable, Sendable {
        /// What said so: `TLS alert`, `RST_STREAM`, `GOAWAY`, `CONNECTION_CLOSE`.
        package var carrier: String
        /// `bad_record_mac`, `CANCEL`.
        package var name: String
        package var mark: PacketMark

        package var words: String { name.isEmpty ? carrier : "\(carrier) \(name)" }
        /// It gives up one stream, and not all that carries it.
        package var isOfStream: Bool { carrier == "RST_STREAM" || carrier == "RESET_STREAM" }
        /// It is about a stream of HTTP/2 or QUIC, or all of them.
        package var isOfStreams: Bool { isOfStream || carrier == "GOAWAY" || carrier == "CONNECTION_CLOSE" }

        package init(carrier: String, name: String, mark: PacketMark) {
            self.carrier = carrier
            self.name = name
            self.mark = mark
        }
    }

    package enum CutOff: Equatable, Sendable {
        /// How many bytes of a header came.
        case header(UInt64)
        /// How many bytes of a payload did not come.
        case payload(UInt64)
        /// How many frames came of a message whose last frame never did.
        case message(UInt64)
    }

    package struct Hidden: Equatable, Sendable {
        /// Nil if it is not known how many.
        package var byteCount: UInt64?
        package var mark: PacketMark?
        /// They were captured, but nothing decrypts them.
        package var isEncrypted = false
        /// They were captured, but came before their secrets, and too many to be kept.
        package var isOverflow = false

        package init(byteCount: UInt64? = nil, mark: PacketMark? = nil, isEncrypted: Bool = false, isOverflow: Bool = false) {
            self.isOverflow = isOverflow
            self.byteCount = byteCount
            self.mark = mark
            self.isEncrypted = isEncrypted
        }
    }

    package struct Reset: Equatable, Sendable {
        package var by: Side
        package var mark: PacketMark
        /// Bytes that its sender's machine had received since its program last sent something; the program may or may not have read them.
        package var unanswered: UInt64 = 0
        /// It acknowledges nothing.
        package var isStateless = false
        /// It answers a packet that was not captured: it acknowledges nothing, and its number is one that no captured packet asks for.
        package var answersUnseen = false
        /// It acknowledges more than the capture has.
        package var knewMore = false

        package init(
            by: Side, mark: PacketMark, unanswered: UInt64 = 0, isStateless: Bool = false, answersUnseen: Bool = false,
            knewMore: Bool = false
        ) {
            self.by = by
            self.mark = mark
            self.unanswered = unanswered
            self.isStateless = isStateless
            self.answersUnseen = answersUnseen
            self.knewMore = knewMore
        }
    }

    package struct Answer: Equatable, Sendable {
        package var status: Int
        package var reason: String
        package var mark: PacketMark

        package init(status: Int, reason: String, mark: PacketMark) {
            self.status = status
            self.reason = reason
            self.mark = mark
        }
    }

    /// How far the handshake came.
    package enum Status: Sendable {
        /// The upgrade was granted.
        case open
        case refused
        case unanswered
        /// Frames were found although the handshake, or half of it, was not captured.
        case inferred
    }

    package var status = Status.open
    /// When nothing more came of it.
    package var time: Timestamp
    package var transport = TransportEnd.captureEnded
    /// Reading stopped before the end of the capture, after as many frames as were asked for.
    package var isStopped = false
    package var client = Half()
    package var server = Half()
    package var closes = CloseLog()
    /// The client had received the server's Close frame, as far as known.
    package var isServerCloseDelivered = true
    package var reset: Reset?
    /// After how much silence, in nanoseconds, both ends give up what carries it without a word, where nothing came for as long
    /// (RFC 9000 §10.1).
    package var givenUpAfter: Int64?
    /// Who ended first; nil if the order of packets decides.
    package var firstFin: Side?
    /// The upgrade request.
    package var asked: PacketMark?
    package var answer: Answer?
    /// The fields Server and Via of the answer.
    package var answerer: String?
    /// Why it failed, in the words of what recorded it.
    package var reportedFailure: String?
    /// What the client must not accept in the answer.
    package var handshakeFault: Fault?
    /// What else breaks a rule in the answer: strict clients do not accept it.
    package var handshakeFlaw: Fault?

    package init(time: Timestamp) { self.time = time }

    package subscript(side: Side) -> Half {
        get { side == .client ? client : server }
        _modify { if side == .client { yield &client } else { yield &server } }
    }
}
