import Bytes
import Channels
import Rules
import Text
import Verdicts
import WebSocket

// What a layer says of its streams besides their bytes: why they are given up, when they stall, and what their senders must not do.
extension Engine {
    /// Findings that are kept of a stream that is no connection yet.
    private static let notedLimit = 16
    /// Shorter stalls are a part of ordinary flow control.
    private static let longStall: Int64 = 1_000_000_000

    /// A second GOAWAY counts only while nothing has ended: servers announce the end of all streams with a first one.
    func note(
        _ warning: (abort: StreamAbort, mark: PacketMark), of stream: UInt64?, _ direction: Direction, _ session: CarrierSession,
        on channel: Channel
    ) {
        guard let stream else {
            let hasEnded = ChannelEnds(of: channel, flows[channel.flow].facts).first != nil
            if session.warnings[direction] == nil || !hasEnded { session.warnings[direction] = warning }
            return
        }
        session.child(stream)?[direction].abort = warning
    }

    /// - Parameter direction: the one that can send no more.
    mutating func note(
        isStalled: Bool, at mark: PacketMark, of stream: UInt64?, _ direction: Direction, _ session: CarrierSession, on channel: Channel
    ) {
        if isStalled, mayLackRoom(for: direction, on: channel) { return }
        if let stream {
            guard let child = session.child(stream) else { return }
            if isStalled {
                child[direction].stall = EndFacts.Stall(since: mark)
            } else if var stall = child[direction].stall, stall.until == nil {
                stall.until = mark.time
                child[direction].stall = stall
                report(stall, until: mark.time, "stream", on: child, direction)
            }
            return
        }
        if isStalled {
            session.stalls[direction] = EndFacts.Stall(since: mark)
        } else if var stall = session.stalls[direction], stall.until == nil {
            stall.until = mark.time
            session.stalls[direction] = stall
            guard mark.time.nanoseconds(since: stall.since.time) >= Self.longStall else { return }
            for child in session.children { report(stall, until: mark.time, "connection", on: child, direction) }
        }
    }

    /// Bytes of the receiver are missing, which may have ended a stall.
    func forgetStalls(of direction: Direction, _ session: CarrierSession) {
        if let stall = session.stalls[direction], stall.until == nil { session.stalls[direction] = nil }
        for child in session.children {
            if let stall = child[direction].stall, stall.until == nil { child[direction].stall = nil }
        }
    }

    /// Reports a stall that has lasted long.
    private mutating func report(
        _ stall: EndFacts.Stall, until end: Timestamp, _ what: String, on child: Channel, _ direction: Direction
    ) {
        let duration = end.nanoseconds(since: stall.since.time)
        guard duration >= Self.longStall, child.webSocket != nil else { return }
        let seconds = Double(duration / 1_000_000) / 1_000
        report(
            .windowStalled, found: "no room on the \(what) for \(seconds) s", from: child.side(of: direction.opposite), in: child)
    }

    /// Reports a stall that lasts until the end of a stream.
    mutating func reportStalls(on child: Channel, _ session: CarrierSession) {
        for direction in Direction.allCases {
            if let stall = child[direction].stall, stall.until == nil { report(stall, until: now, "stream", on: child, direction) }
            if let stall = session.stalls[direction], stall.until == nil { report(stall, until: now, "connection", on: child, direction) }
        }
    }

    /// The sender has received more than the capture has, which may have given it room.
    private mutating func mayLackRoom(for direction: Direction, on channel: Channel) -> Bool {
        evidence(of: channel, direction.opposite).isBehindAcknowledgment
    }

    mutating func report(
        _ oddity: StreamOddity, of stream: UInt64, _ direction: Direction, _ session: CarrierSession, on channel: Channel
    ) {
        guard let rule = Rule(oddity.kind) else {
            return report(limit: .headLimit, found: oddity.found, from: channel.side(of: direction), in: session.child(stream)?.connection)
        }
        if rule == .streamWindowExceeded, mayLackRoom(for: direction, on: channel) { return }
        let finding = Finding(rule, expected: oddity.expected, found: oddity.found)
        let child = session.child(stream)
        if let connection = child?.connection ?? session.endedConnection(on: stream) {
            let client = child?.client ?? channel.client
            report([finding], from: client.map { $0 == direction ? .client : .server }, in: connection)
        } else if let child {
            keep(finding, from: direction, on: child)
        }
    }

    /// Keeps what was found of a stream until it is a connection.
    mutating func keep(_ finding: Finding, from direction: Direction, on channel: Channel) {
        if channel.noted.count < Self.notedLimit { channel.noted.append((finding, direction)) }
    }

    /// Reports what was found of a stream before it became a connection.
    mutating func reportNoted(on channel: Channel, of connection: Connection) {
        if channel.noted.isEmpty { return }
        let noted = channel.noted
        channel.noted = []
        for (finding, direction) in noted { report([finding], from: channel.side(of: direction), in: connection) }
    }
}

extension Rule {
    /// Nil for what is a limit of wsray.
    fileprivate init?(_ kind: StreamOddity.Kind) {
        switch kind {
        case .frameAfterEnd: self = .streamFrameAfterEnd
        case .padding: self = .streamPadding
        case .windowExceeded: self = .streamWindowExceeded
        case .frameTooLong: self = .streamFrameTooLong
        case .headTooLong: return nil
        }
    }
}
