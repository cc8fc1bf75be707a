import Bytes
import Channels
import HTTP
import Rules
import Verdicts
import WebSocket

// HTTP that was written into a stream which the upgrade had made one of frames.
extension Engine {
    /// Looks whether HTTP stands where a side's next frame should begin; if so, the session reads no more frames of that side.
    @inline(never)
    mutating func recognizeHTTP(
        _ rest: Span<UInt8>, at offset: UInt64, _ mark: PacketMark, from side: Side, socket: Int, through channel: Channel?
    ) -> Sniff.Verdict {
        let verdict = StrayHTTP.look(at: rest, from: side)
        let session = session(of: socket)
        guard verdict == .yes, let direction = session.channel.direction(of: side) else { return verdict }
        let first = channel.map { $0[direction].stream.provenance.mark(at: offset) } ?? mark
        session[direction] = .http(StrayHTTP(from: side, first, settings.limits.head))
        return .yes
    }

    /// Takes bytes of a side that writes HTTP; nil while the head is not whole.
    mutating func take(
        _ rest: Span<UInt8>, _ http: StrayHTTP, _ session: WebSocketSession, on channel: Channel, _ direction: Direction
    ) -> Int? {
        let wasKnown = http.message != nil
        guard http.take(rest, isLast: rest.count > settings.limits.headByteCount) else { return nil }
        if !wasKnown { report(http, session, on: channel, direction) }
        return rest.count
    }

    /// Reports HTTP whose head will not be whole any more.
    mutating func concludeHTTP(_ session: WebSocketSession, on channel: Channel, _ direction: Direction) {
        guard session.isHTTP(direction), case .http(let http) = session[direction], http.message == nil else { return }
        let bytes = channel[direction].stream.pendingBytes
        _ = http.take(bytes.span, isLast: true)
        report(http, session, on: channel, direction)
        channel[direction].stream.clear()
        countWaiting(channel, direction)
    }

    private mutating func report(_ http: StrayHTTP, _ session: WebSocketSession, on channel: Channel, _ direction: Direction) {
        guard let side = channel.side(of: direction), let message = http.message else { return }
        session.rules.breakRule(side)
        session.note(EndFacts.Fault(rule: .httpInsteadOfFrames, mark: http.mark, until: http.mark.time), of: side)
        session.note(message, of: side)
        let from = message.answerer.map { " (\($0))" } ?? ""
        report(.httpInsteadOfFrames, expected: "a frame", found: "\(message.line)\(from)", at: http.mark.number, from: side, in: channel)
    }
}
