import Bytes
import Channels
import Verdicts

// Layers that wait for secrets which come late.
extension Engine {
    /// New secrets have come: what waited for them goes on.
    mutating func resumeWaiting() {
        for index in flows.indices where !flows[index].isOver {
            for channel in flows.channels(of: index) {
                guard case .carrier(let session) = channel.session, session.layer.facts.isWaiting else { continue }
                if let layer = session.ofDatagrams { resume(session, layer, on: channel) } else { replay(channel, session) }
            }
            guard let transport = deferredEnd(of: index), !isWaiting(flow: index) else { continue }
            end(flow: index, transport)
        }
    }

    /// Takes the bytes that wait in both directions in the order of their packets.
    private mutating func replay(_ channel: Channel, _ session: CarrierSession) {
        session.replayed = Pair(fromLow: channel[.fromLow].stream.offset, fromHigh: channel[.fromHigh].stream.offset)
        while case .carrier = channel.session, let next = nextWaiting(channel, session) {
            session.replayed?[next.direction] = next.end
            resume(channel, next.direction, upTo: next.end)
        }
        session.replayed = nil
    }

    /// The piece that came first of those that the session has not been shown.
    private mutating func nextWaiting(_ channel: Channel, _ session: CarrierSession) -> (direction: Direction, end: UInt64)? {
        var first: (direction: Direction, end: UInt64, packet: UInt64)?
        for direction in Direction.allCases {
            let start = max(session.replayed?[direction] ?? 0, channel[direction].stream.offset)
            let end = channel[direction].stream.offset + UInt64(channel[direction].stream.pending.count)
            guard start < end else { continue }
            let packet = channel[direction].stream.provenance.lastMark(at: start).number
            if let first, first.packet <= packet { continue }
            first = (direction, min(channel[direction].stream.provenance.pieceEnd(after: start) ?? end, end), packet)
        }
        return first.map { ($0.direction, $0.end) }
    }

    // MARK: Ends that wait

    /// Whether something on a flow waits for secrets.
    mutating func isWaiting(flow index: Int) -> Bool {
        flows.channels(of: index).contains { channel in
            if case .carrier(let session) = channel.session { session.layer.facts.isWaiting } else { false }
        }
    }

    /// How a flow ended whose end was put off.
    mutating func deferredEnd(of index: Int) -> TransportEnd? {
        guard case .carrier(let session)? = flows[index].channel?.session else { return nil }
        return session.deferredEnd
    }

    /// Puts off the end of a flow that waits for secrets; true if that was done.
    mutating func defersEnd(of index: Int, _ transport: TransportEnd) -> Bool {
        guard transport == .finished || transport == .reset, settings.awaitsSecrets else { return false }
        guard case .carrier(let session)? = flows[index].channel?.session, isWaiting(flow: index) else { return false }
        if session.deferredEnd == nil { session.deferredEnd = transport }
        return true
    }
}
