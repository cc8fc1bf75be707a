import Bytes
import HTTP
import WebSocket

/// How a connection ended, in one sentence, with what shows it.
public struct Ending: Sendable {
    public enum Manner: String, Sendable {
        /// Both sides sent a Close frame.
        case clean = "closed"
        /// Only one side sent a Close frame before TCP ended.
        case closeUnanswered = "close-unanswered"
        /// TCP was closed with FIN and no Close frame.
        case withoutClose = "fin-without-close"
        /// TCP was reset.
        case reset
        /// It was still open when the capture ended.
        case stillOpen = "open"
        /// The upgrade was refused.
        case refused
        /// The upgrade was never answered.
        case unanswered
        /// More connections were open than the limit allows.
        case forgotten
        /// The client went on speaking HTTP on the connection.
        case notUpgraded = "not-upgraded"
    }

    public var manner: Manner
    /// Who ended it: the first to close, or the one that broke it off.
    public var by: Side?
    /// The code of the first Close frame.
    public var code: CloseCode?
    public var text: String
    public var time: Timestamp
    /// Packets that show it.
    public var evidence: [UInt64]
}

/// The Close frames of a connection.
struct CloseLog {
    var first: (from: Side, code: CloseCode?, packet: UInt64)?
    var second: (from: Side, code: CloseCode?, packet: UInt64)?

    mutating func note(from side: Side, _ code: CloseCode?, packet: UInt64) {
        if first == nil {
            first = (side, code, packet)
        } else if second == nil, first?.from != side {
            second = (side, code, packet)
        }
    }
}

/// What TCP saw last.
enum TransportEnd {
    case reset(by: Side, packet: UInt64)
    case finished(by: Side?, packet: UInt64)
    case captureEnded
    case forgotten
    case stillHTTP
}

extension Ending {
    init(of connection: Connection, transport: TransportEnd, at time: Timestamp) {
        self.init(manner: .stillOpen, by: nil, code: nil, text: "", time: time, evidence: [])
        switch connection.status {
        case .refused:
            let status = connection.response.map { "\($0.status) \($0.reason)" } ?? ""
            manner = .refused
            by = .server
            text = "upgrade refused: \(status)"
            evidence = [connection.packets.last]
            return
        case .unanswered:
            manner = .unanswered
            text = "upgrade not answered"
            evidence = [connection.packets.last]
            return
        case .open, .inferred: break
        }
        if let first = connection.closes.first {
            describe(first, connection.closes.second)
        }
        switch transport {
        case .reset(let side, let packet):
            evidence.append(packet)
            guard connection.closes.second == nil else { break }
            manner = .reset
            by = side
            text = connection.closes.first == nil ? "reset by the \(side.name), no close frame" : text + ", then reset by the \(side.name)"
        case .finished(let side, let packet):
            if let packet = packet as UInt64?, packet > 0 { evidence.append(packet) }
            guard connection.closes.first == nil else { break }
            manner = .withoutClose
            by = side
            text = "TCP closed\(side.map { " by the \($0.name)" } ?? "") without a close frame"
        case .captureEnded:
            if connection.closes.first == nil { text = "still open when the capture ended" }
        case .forgotten:
            manner = .forgotten
            text = "given up: more connections than the limit"
        case .stillHTTP:
            manner = .notUpgraded
            by = .client
            text = "the client went on with HTTP"
        }
    }

    private mutating func describe(
        _ first: (from: Side, code: CloseCode?, packet: UInt64), _ second: (from: Side, code: CloseCode?, packet: UInt64)?
    ) {
        by = first.from
        code = first.code
        evidence = [first.packet]
        let number = first.code.map { " with \($0.rawValue)" } ?? ""
        if let second {
            manner = .clean
            evidence.append(second.packet)
            text = "closed cleanly, \(first.from.name) first\(number)"
        } else {
            manner = .closeUnanswered
            text = "closed by the \(first.from.name)\(number), not answered"
        }
    }
}
