import Bytes
import HTTP
import Rules
import Streams
import WebSocket

extension Engine {
    /// Looks for a head or a chain of frames at the beginning of the waiting bytes; see `FrameSearch`.
    func takeSearch(
        _ flow: Flow, _ lane: Lane, _ search: inout FrameSearch, _ rest: Span<UInt8>, at offset: UInt64,
        into sink: inout some EventSink & ~Copyable
    ) -> Int? {
        if flow.connection == nil, search.frameCount == 0, let count = findHead(flow, lane, rest) { return count }
        let verdict = search.follow(rest) { place in place == rest.count || lane.isPacketEnd(offset + UInt64(place)) }
        if verdict == .needsMore {
            lane.stage = .searching(search)
            if isProof(flow, lane, search) {
                accept(flow, lane, at: offset, into: &sink)
                return 0
            }
            // What cannot be held cannot be proved.
            if rest.count <= limits.undecidedByteCount { return nil }
        }
        search.restart(isMasked: flow.connection == nil ? nil : lane.side.map { $0 == .client })
        lane.stage = .searching(search)
        return lane.packetEnd(behind: offset).map { min(Int($0 - offset), rest.count) } ?? rest.count
    }

    /// A connection joined midway may be HTTP that is about to be upgraded.
    private func findHead(_ flow: Flow, _ lane: Lane, _ rest: Span<UInt8>) -> Int? {
        if lane.side != .server, Sniff.looksLikeRequest(rest, mayBeCut: true) == .yes {
            flow.assign(client: lane)
            lane.stage = .request(RequestHeadDecoder(limits: limits.head))
            return 0
        }
        if lane.side != .client, Sniff.looksLikeResponse(rest) == .yes {
            flow.assign(client: flow.other(lane))
            lane.stage = .response(ResponseHeadDecoder(limits: limits.head))
            return 0
        }
        return nil
    }

    private func isProof(_ flow: Flow, _ lane: Lane, _ search: FrameSearch) -> Bool {
        if flow.connection != nil { return search.isLikely || search.isLongChain }
        guard search.exactEndCount > 0, let isMasked = search.isMasked else { return false }
        // A handshake of which only the request is there: the connection is expected to be WebSocket.
        if flow.hasLostResponse { return isMasked == (lane.side == .client) && search.isLikely }
        guard case .searching(let other) = flow.other(lane).stage else { return search.isConvincing }
        if other.exactEndCount > 0, other.isMasked == !isMasked { return search.isLikely && other.isLikely }
        // Many protocols have messages of a type and a length; what the other side says then is no frame.
        return search.isConvincing && (other.rejectedCount == 0 || search.exactEndCount >= 8)
    }

    private func accept(_ flow: Flow, _ lane: Lane, at offset: UInt64, into sink: inout some EventSink & ~Copyable) {
        guard case .searching(let search) = lane.stage else { return }
        if let connection = flow.connection {
            if let frames = lane.frames {
                tell(.resynchronized, found: "frame at byte \(offset - frames.lane.start) of the direction", flow, lane, into: &sink)
            } else {
                beginFrames(connection, lane, at: offset, knowsHistory: false)
            }
            lane.stage = .frames
            return
        }
        let isClient = search.isMasked == true
        let other = flow.other(lane)
        flow.assign(client: isClient ? lane : other)
        // The other direction's frames may have come first.
        let times = [lane.mark(at: offset).time, other.window.isEmpty ? nil : other.mark(at: other.windowOffset).time]
        var handshake = Handshake(time: times.compactMap { $0 }.min() ?? now, fractionDigits: flow.fractionDigits)
        tellRefusal(flow, into: &sink)
        flow.forgetRequestsBeforeUpgrade()
        if case .upgrade(let asked)? = flow.pending.first?.kind { handshake = asked }
        let what = handshake.request == nil ? "The handshake was not captured" : "The response of the handshake was not captured"
        let connection = makeConnection(
            flow, .inferred, handshake, inferred: ["\(what); the frames were recognised by their form, the client by its masked frames."])
        flow.connection = connection
        connection.flow = flow
        flow.pending = []
        introduce(connection, into: &sink)
        for each in [lane, other] {
            beginFrames(connection, each, at: each === lane ? offset : each.windowOffset, knowsHistory: false)
            let isFound =
                if case .searching(let found) = each.stage { found.isMasked == (each.side == .client) && found.isLikely } else { false }
            guard each === lane || isFound else {
                each.stage = .searching(FrameSearch(isMasked: each.side == .client, allowsCompression: true, isKnownWebSocket: true))
                continue
            }
            each.stage = .frames
        }
        resume(flow, other, into: &sink)
    }

    /// Decides what was left open when nothing more can come.
    func decideAtEnd(_ flow: Flow, _ transport: TransportEnd, into sink: inout some EventSink & ~Copyable) {
        tellRefusalAtEnd(flow, into: &sink)
        for lane in [flow.low, flow.high] {
            switch lane.stage {
            case .response where flow.pending.isEmpty:
                flow.hasLostRequests = true
                resume(flow, lane, into: &sink)
            case .awaiting where !lane.window.isEmpty:
                loseAnswer(flow, lane)
                resume(flow, lane, into: &sink)
            case .upgraded:
                lane.stage = .frames
                resume(flow, lane, into: &sink)
            default: break
            }
        }
        if flow.connection == nil { tellUnanswered(flow, transport, into: &sink) }
    }
}
