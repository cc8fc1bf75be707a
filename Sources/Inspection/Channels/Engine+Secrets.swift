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
            let arrival = now
            now = flows.lastPacket(of: index).time
            end(flow: index, transport)
            now = arrival
        }
    }

    /// Takes the bytes that wait in both directions in the order of their packets.
    private mutating func replay(_ channel: Channel, _ session: CarrierSession) {
        session.replayed = Pair(fromLow: channel[.fromLow].stream.offset, fromHigh: channel[.fromHigh].stream.offset)
        let arrival = now
        while case .carrier = channel.session, let next = nextWaiting(channel, session) {
            session.replayed?[next.direction] = next.end
            now = next.packet.time
            resume(channel, next.direction, upTo: next.end)
        }
        now = arrival
        session.replayed = nil
    }

    /// The piece that came first of those that the session has not been shown.
    private mutating func nextWaiting(_ channel: Channel, _ session: CarrierSession) -> (
        direction: Direction, end: UInt64, packet: PacketMark
    )? {
        var first: (direction: Direction, end: UInt64, packet: PacketMark)?
        for direction in Direction.allCases {
            let start = max(session.replayed?[direction] ?? 0, channel[direction].stream.offset)
            let end = channel[direction].stream.offset + UInt64(channel[direction].stream.pending.count)
            guard start < end else { continue }
            let packet = channel[direction].stream.provenance.lastMark(at: start)
            if let first, first.packet.number <= packet.number { continue }
            first = (direction, min(channel[direction].stream.provenance.pieceEnd(after: start) ?? end, end), packet)
        }
        return first
    }

    // MARK: What does not fit

    private var secretlessLimit: Int { max(settings.limits.secretlessByteCount, settings.limits.headByteCount) }

    /// The bytes that wait on a channel wait for secrets, and are no more than may do so.
    mutating func waitsWithinLimit(_ channel: Channel, _ direction: Direction) -> Bool {
        guard case .carrier(let session) = channel.session, session.ofBytes?.isHeldUp(from: direction) == true else { return false }
        return session.layer.facts.isWaiting && channel[direction].stream.pending.count <= secretlessLimit
    }

    /// Lets go of bytes of a layer that waits for secrets, since there are more than may wait.
    ///
    /// What came first is kept, with the handshake and the upgrade in it, and what comes after it is counted: a gap after those that wait.
    mutating func giveWay(_ session: CarrierSession, on channel: Channel, _ direction: Direction, isShedding: Bool) {
        guard !isShedding, session.ofBytes?.isHeldUp(from: direction) == true else {
            // As if a gap stood after them: a layer knows how to go on.
            return noteGap(.exact(0), .overflow, on: channel, direction)
        }
        let limit = secretlessLimit
        session.overflow[direction] = UInt64(channel[direction].stream.pending.count - limit)
        channel[direction].stream.pending.truncate(to: limit)
        // The layer counts what waits.
        resume(channel, direction)
    }

    /// Goes on after what was not kept, once all before it was taken.
    mutating func passOverflow(on channel: Channel, _ direction: Direction) {
        guard case .carrier(let session) = channel.session, session.overflow[direction] > 0,
            session.ofBytes?.isHeldUp(from: direction) == false
        else { return }
        let stream = channel[direction].stream.offset + UInt64(channel[direction].stream.pending.count)
        if let replayed = session.replayed, replayed[direction] < stream { return }
        let count = session.overflow[direction]
        session.overflow[direction] = 0
        noteGap(.exact(count), .overflow, on: channel, direction)
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
