import Bytes
import Channels
import WebSocket

/// A layer on a channel, and the channels that it carries.
final class CarrierSession {
    let layer: any Layer
    let transport: String
    /// In the order in which they appeared.
    private(set) var children: [Channel] = []
    private var indices: [UInt64: Int] = [:]
    var output = LayerOutput()

    init(_ layer: any Layer, transport: String) {
        self.layer = layer
        self.transport = transport
    }

    func child(_ stream: UInt64?) -> Channel? { stream.map { indices[$0].map { children[$0] } } ?? children.first }

    func add(_ child: Channel) {
        if let stream = child.id.stream { indices[stream] = children.count }
        children.append(child)
    }
}

extension Channel {
    /// The channels that this one carries, each before those that it carries itself.
    var descendants: [Channel] {
        guard case .carrier(let session) = session else { return [] }
        return session.children.flatMap { [$0] + $0.descendants }
    }

    /// Layers below this channel.
    var depth: Int { parent.map { $0.depth + 1 } ?? 0 }
}

// Layers: what they are given, and where their reports go.
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
        _ direction: Direction, _ loss: Loss = .lost
    ) {
        for action in output.actions {
            switch action {
            case .deliver(let range, let isInput, let source, let stream, let direction):
                let provenance = channel[direction].stream.provenance
                let origin = provenance.origin(of: offset + UInt64(source.lowerBound)..<offset + UInt64(source.upperBound))
                let child = child(stream, session, on: channel)
                if isInput {
                    deliver(taken.extracting(range), of: origin, to: child, direction)
                } else {
                    let wasLending = rooms.isLending
                    rooms.isLending = false
                    deliver(output.bytes.span.extracting(range), of: origin, to: child, direction)
                    rooms.isLending = wasLending
                }
            case .miss(let gap, let stream, let direction): miss(gap, loss, on: child(stream, session, on: channel), direction)
            case .end(let stream, let direction): child(stream, session, on: channel)[direction].isEnded = true
            case .giveUp: return giveUp(session, on: channel)
            }
        }
    }

    /// The channel of a stream, made when the stream appears.
    private mutating func child(_ stream: UInt64?, _ session: CarrierSession, on channel: Channel) -> Channel {
        if let known = session.child(stream) { return known }
        let child = Channel(
            ChannelID(flow: channel.id.flow, stream: stream), flow: channel.flow,
            carrier: Carrier(transport: session.transport, stream: stream, flow: channel.carrier.flow), parent: channel,
            session: .http(HTTPSession(isFromBeginning: true)))
        child.client = channel.client
        session.add(child)
        return child
    }

    /// Nothing more can be read of what a layer carries.
    private mutating func giveUp(_ session: CarrierSession, on channel: Channel) {
        for child in session.children { end(child, .notHTTP(nil)) }
        markOpaque(channel)
    }
}
