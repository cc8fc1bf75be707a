import Bytes
import Channels
import Verdicts
import WebSocket

// Layers: what they are given, and where goes what they report.
extension Engine {
    /// Layers on layers: more than make sense.
    private static let depthLimit = 8

    /// Puts a layer on a channel whose first bytes belong to one.
    mutating func recognizeLayer(_ first: Span<UInt8>, on channel: Channel, _ direction: Direction) -> Recognition {
        guard !settings.layers.isEmpty, channel.depth < Self.depthLimit else { return .no }
        var recognition = Recognition.no
        for factory in settings.layers {
            switch factory.recognize(first, fromServer: channel.side(of: direction) == .server) {
            case .yes:
                channel.session = .carrier(
                    CarrierSession(factory.makeLayer(), transport: factory.transport(over: channel.carrier.transport)))
                return .yes
            case .needsMore: recognition = .needsMore
            case .no: break
            }
        }
        return recognition
    }

    mutating func take(
        _ rest: Span<UInt8>, at offset: UInt64, _ session: CarrierSession, on channel: Channel, _ direction: Direction
    ) -> Int {
        var output = LayerOutput()
        swap(&output, &session.output)
        let consumed = session.layer.take(rest, from: direction, into: &output)
        perform(output, taken: rest, at: offset, session, on: channel, direction)
        output.removeAll()
        swap(&output, &session.output)
        return channel.isOpaque ? rest.count : consumed
    }

    mutating func miss(_ gap: Gap, _ loss: Loss, _ session: CarrierSession, on channel: Channel, _ direction: Direction) {
        var output = LayerOutput()
        session.layer.miss(gap, from: direction, into: &output)
        let nothing = [UInt8]()
        perform(output, taken: nothing.span, at: channel[direction].stream.offset, session, on: channel, direction, loss)
    }

    mutating func end(_ session: CarrierSession, on channel: Channel, _ transport: TransportEnd) {
        for child in session.children { end(child, transport) }
    }

    private mutating func perform(
        _ output: borrowing LayerOutput, taken: Span<UInt8>, at offset: UInt64, _ session: CarrierSession, on channel: Channel,
        _ taking: Direction, _ loss: Loss = .lost
    ) {
        for action in output.actions {
            switch action {
            case .deliver(let range, let isInput, let source, let stream, let direction):
                guard let child = child(stream, session, on: channel) else { continue }
                // What was taken may be of the other direction than what is handed on.
                let end = offset + UInt64(source.upperBound)
                let origin = channel[taking].stream.provenance.origin(of: offset + UInt64(source.lowerBound)..<end)
                child[direction].flowEnd = channel.parent == nil ? end : channel[taking].flowEnd
                if isInput {
                    deliver(taken.extracting(range), of: origin, to: child, direction)
                } else {
                    let wasLending = rooms.isLending
                    rooms.isLending = false
                    deliver(output.bytes.span.extracting(range), of: origin, to: child, direction)
                    rooms.isLending = wasLending
                }
            case .miss(let gap, let stream, let direction):
                if let child = child(stream, session, on: channel) { miss(gap, loss, on: child, direction) }
            case .end(let stream, let direction):
                guard let child = child(stream, session, on: channel) else { continue }
                end(child, direction, at: channel[taking].stream.provenance.newest.last, session)
            case .giveUp: return giveUp(session, on: channel)
            }
        }
    }

    /// The channel of a stream, made when it is first heard of; nil where there are too many.
    private mutating func child(_ stream: UInt64?, _ session: CarrierSession, on channel: Channel) -> Channel? {
        if let known = session.child(stream) { return known }
        guard session.childCount < settings.limits.streamCount else {
            if session.omit(stream) { counts.rare.omittedStreams += 1 }
            return nil
        }
        let child = Channel(
            ChannelID(flow: channel.id.flow, stream: stream), flow: channel.flow,
            carrier: Carrier(transport: session.transport, stream: stream, flow: channel.carrier.flow), parent: channel,
            session: .http(HTTPSession(isFromBeginning: true)))
        child.client = channel.client
        session.add(child)
        return child
    }

    /// Ends one direction of a channel; a stream of which both have ended is over, and its number free for another one.
    private mutating func end(_ child: Channel, _ direction: Direction, at mark: PacketMark, _ session: CarrierSession) {
        guard child[direction].end == nil else { return }
        child[direction].end = (mark, knewAll: evidence(of: child, direction.opposite).isAcknowledged)
        guard child.id.stream != nil, child[direction.opposite].end != nil else { return }
        end(child, .finished)
        session.remove(child)
    }

    /// Nothing more can be read of what a layer carries.
    mutating func giveUp(_ session: CarrierSession, on channel: Channel) {
        counts.rare.abandonedLayers += 1
        for child in session.children {
            if let http = child.http { http.hasLostResponse = http.asksUpgrade }
            end(child, .unreadable)
        }
        markOpaque(channel)
    }
}
