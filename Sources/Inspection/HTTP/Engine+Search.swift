import Bytes
import Channels
import HTTP
import Verdicts
import WebSocket

// A channel joined midway, or out of step before any upgrade was captured: a head or a chain of frames is looked for.
extension Engine {
    mutating func take(
        _ search: inout FrameSearch, _ rest: Span<UInt8>, at offset: UInt64, _ http: HTTPSession, on channel: Channel,
        _ direction: Direction
    ) -> Int? {
        if search.frameCount == 0, !channel.hasHeads {
            if findHead(rest, http, on: channel, direction) { return 0 }
            if recognizeLayer(rest, on: channel, direction, isMidway: true) == .yes { return 0 }
        }
        if follow(&search, rest, at: offset, on: channel, direction) {
            http[direction] = .searching(search)
            if isProof(search, http, on: channel, direction) {
                accept(search, at: offset, http, on: channel, direction)
                return 0
            }
            // What cannot be held cannot be proved.
            if rest.count <= settings.limits.undecidedByteCount { return nil }
        } else if http.hasLostResponse, search.isStrong, isProof(search, http, on: channel, direction) {
            // Whatever follows, these would have been frames if it had come later.
            accept(search, at: offset, http, on: channel, direction)
            return 0
        }
        search.restart(isMasked: nil)
        http[direction] = .searching(search)
        return nextPiece(of: rest, at: offset, on: channel, direction)
    }

    /// Follows a chain of frames as far as there are bytes; false if the bytes cannot begin one.
    mutating func follow(
        _ search: inout FrameSearch, _ rest: Span<UInt8>, at offset: UInt64, on channel: Channel, _ direction: Direction
    ) -> Bool {
        let verdict = search.follow(rest) { index in
            index == rest.count || channel[direction].stream.provenance.isPieceEnd(offset + UInt64(index))
        }
        return verdict == .needsMore
    }

    /// Bytes up to the next offset where frames are looked for: where a packet begins.
    mutating func nextPiece(of rest: Span<UInt8>, at offset: UInt64, on channel: Channel, _ direction: Direction) -> Int {
        let end = channel[direction].stream.provenance.pieceEnd(after: offset)
        return end.map { min(Int(clamping: $0 - offset), rest.count) } ?? rest.count
    }

    /// Looks for a head: what was joined midway may be HTTP that is about to be upgraded.
    private mutating func findHead(_ rest: Span<UInt8>, _ http: HTTPSession, on channel: Channel, _ direction: Direction) -> Bool {
        if channel.client != direction.opposite, Sniff.looksLikeRequest(rest, mayBeCut: true) == .yes {
            channel.client = direction
            http[direction] = newRequest
            return true
        }
        if channel.client != direction, Sniff.looksLikeResponse(rest) == .yes {
            channel.client = direction.opposite
            http[direction] = newResponse
            return true
        }
        return false
    }

    private mutating func isProof(_ search: FrameSearch, _ http: HTTPSession, on channel: Channel, _ direction: Direction) -> Bool {
        guard search.exactEndCount > 0, let isMasked = search.isMasked else { return false }
        // Only the request of a handshake was captured: the connection is expected to be WebSocket.
        if http.hasLostResponse { return isMasked == (channel.client == direction) && search.isLikely }
        guard case .searching(let other) = http[direction.opposite] else { return search.isConvincing }
        if other.exactEndCount > 0, other.isMasked == !isMasked { return search.isLikely && other.isLikely }
        // Many protocols have messages with a type and a length; then what the other side sends is not a frame.
        return search.isConvincing && (other.rejectedCount == 0 || search.exactEndCount >= 8)
    }

    /// Opens a connection whose frames were found although no upgrade was.
    private mutating func accept(
        _ search: FrameSearch, at offset: UInt64, _ http: HTTPSession, on channel: Channel, _ direction: Direction
    ) {
        let isClient = search.isMasked == true
        let other = direction.opposite
        channel.client = isClient ? direction : other
        // The other direction's frames may have come first.
        var time = channel[direction].stream.provenance.mark(at: offset).time
        if !channel[other].stream.pending.isEmpty {
            time = min(time, channel[other].stream.provenance.mark(at: channel[other].stream.offset).time)
        }
        var handshake = Handshake(time: time, fractionDigits: flows[channel.flow].fractionDigits)
        reportRefusal(http, on: channel)
        http.forgetRequestsBeforeUpgrade()
        let starts = Pair(
            fromLow: direction == .fromLow ? offset : channel[.fromLow].stream.offset,
            fromHigh: direction == .fromHigh ? offset : channel[.fromHigh].stream.offset)
        var isCut = false
        if case .upgrade(let asked)? = http.pending.first?.kind {
            handshake = asked
        } else if let cut = http.cutRequest, cut.isGranted || cut.end == starts[isClient ? direction : other] {
            handshake = cut.handshake
            isCut = cut.isGranted
        }
        if let heads = http.heads { handshake = heads }
        let isPartial = isCut || handshake.request != nil && handshake.response != nil
        let what =
            isPartial
            ? "Not all of the handshake is known"
            : handshake.request == nil ? "The handshake was not captured" : "The response of the handshake was not captured"
        http.pending = []
        let session = begin(
            .inferred, handshake, on: channel, starts: starts, knowsHistory: Pair(fromLow: false, fromHigh: false),
            inferred: ["\(what); the frames were recognised by their form, the client by its masked frames."])
        var isFound = false
        if case .searching(let found) = http[other] { isFound = found.isMasked == !isClient && found.isLikely }
        if !isFound {
            session.search(for: isClient ? .server : .client, other)
        }
        channel.session = .webSocket(session)
        resume(channel, other)
    }

    /// Decides what was left open when nothing more can come.
    mutating func decideAtEnd(on channel: Channel, _ transport: TransportEnd) {
        if channel.isReadingFrames { return }
        for direction in Direction.allCases { concludeSearch(on: channel, direction) }
        if let http = channel.http { reportRefusalAtEnd(http, on: channel) }
        for direction in Direction.allCases {
            if let session = channel.webSocket, case .upgraded = session[direction] {
                session[direction] = .frames
                resume(channel, direction)
            } else if let http = channel.http {
                switch http[direction] {
                case .response where http.pending.isEmpty:
                    http.hasLostRequests = true
                    resume(channel, direction)
                case .awaiting where !channel[direction].stream.pending.isEmpty && !hasEndedWithoutAnswer(channel, direction.opposite):
                    loseAnswer(http, client: direction)
                    resume(channel, direction)
                default: break
                }
            }
        }
        if let http = channel.http { reportUnanswered(http, on: channel, transport) }
    }

    /// All that a server sent was captured, and it ended there: an answer that is still waited for was not sent.
    private mutating func hasEndedWithoutAnswer(_ channel: Channel, _ server: Direction) -> Bool {
        // Of what cannot be decrypted nothing is known.
        guard !channel.isUnread(server) else { return false }
        let evidence = evidence(of: channel, server)
        return evidence.hasBeginning && evidence.isFinished && channel[server].stream.pending.isEmpty
    }
}
