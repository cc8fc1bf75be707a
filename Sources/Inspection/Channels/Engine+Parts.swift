import Bytes
import Channels

// Where parts of units stand in a TCP connection, where that is asked for.
extension Engine {
    /// Asks a layer to say where its parts stand. Of what another layer carries nothing stands anywhere as it is.
    func beginLocating(_ session: CarrierSession, on channel: Channel) {
        guard settings.locates, !channel.isCarried else { return }
        session.isLocating = true
        session.layer.locateParts()
    }

    /// - Parameter offset: of the bytes that were taken, in the direction's stream.
    mutating func locate(_ part: UnitPart, at offset: UInt64, _ session: CarrierSession, on channel: Channel, _ direction: Direction) {
        switch part {
        case .structure(let range):
            report(
                .structure(offset + UInt64(range.lowerBound)..<offset + UInt64(range.upperBound)), session, on: channel, direction)
        case .block(let block): report(.block(block.moved(by: Int(clamping: offset))), session, on: channel, direction)
        }
    }

    /// Locates content that is about to be handed on to a stream.
    mutating func locate(
        content range: Range<UInt64>, of child: Channel, _ session: CarrierSession, on channel: Channel, _ direction: Direction
    ) {
        guard session.isLocating, let stream = child.id.stream else { return }
        let offset = child[direction].stream.offset + UInt64(child[direction].stream.pending.count)
        report(.content(range, stream: stream, offset: offset), session, on: channel, direction)
    }

    private mutating func report(_ kind: StreamPart.Kind, _ session: CarrierSession, on channel: Channel, _ direction: Direction) {
        let client = session.layer.facts.client ?? channel.client
        tape.append(
            .located(
                .part(
                    StreamPart(
                        flow: channel.carrier.flow, isFromLow: direction == .fromLow, isClientLow: client.map { $0 == .fromLow }, kind: kind
                    )))
        )
    }
}
