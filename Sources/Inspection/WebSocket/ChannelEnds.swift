import Bytes
import Channels
import Rules
import Verdicts

/// How each direction of a channel ended, and which did so first: with TCP or, before that, with an end of its own in a layer below.
struct ChannelEnds {
    struct End {
        var fin: ConnectionRules.TransportEnd.Fin
        var kind: EndFacts.EndKind
        /// Only a packet of the other side that acknowledges it, whose mark this has, shows it.
        var isUnseen = false
    }

    private var ends = Pair<End?>(fromLow: nil, fromHigh: nil)
    /// The direction that ended first. Its end need not have been captured.
    let first: Direction?

    init(of channel: Channel, _ noted: FlowFacts?) {
        for direction in Direction.allCases { ends[direction] = Self.end(of: direction, on: channel, noted) }
        switch (ends[.fromLow], ends[.fromHigh]) {
        case (let low?, let high?) where low.kind != .transport || high.kind != .transport:
            first = low.fin.packet <= high.fin.packet ? .fromLow : .fromHigh
        case (let low?, nil) where low.kind != .transport: first = .fromLow
        case (nil, let high?) where high.kind != .transport: first = .fromHigh
        default: first = noted?.firstFIN
        }
    }

    subscript(direction: Direction) -> End? { ends[direction] }

    /// How a direction ended, where that was captured.
    func captured(_ direction: Direction) -> ConnectionRules.TransportEnd.Fin? {
        ends[direction].flatMap { $0.isUnseen ? nil : $0.fin }
    }

    /// The earliest of the ends of a direction: of its stream, of TLS below it (RFC 8446 §6.1), of TCP.
    private static func end(of direction: Direction, on channel: Channel, _ noted: FlowFacts?) -> End? {
        var earliest = noted?[direction].fin.map { End(fin: $0, kind: .transport) }
        if earliest == nil, let mark = noted?[direction].unseenFIN {
            earliest = End(fin: .init(packet: mark.number, time: mark.time, knewAll: false), kind: .transport, isUnseen: true)
        }
        var next: Channel? = channel
        while let each = next, let parent = each.parent {
            next = parent
            guard let end = each[direction].end else { continue }
            let isStream = each.carrier.stream != nil
            // An alert other than close_notify says why its sender gives up, and ends nothing that TCP does not end.
            if !isStream, each[direction].abort != nil { continue }
            // What TCP ends with the same packet, TCP ends.
            if let earliest, isStream ? end.mark.number > earliest.fin.packet : end.mark.number >= earliest.fin.packet { continue }
            // QUIC's streams end with a FIN of their own.
            let sign = !isStream ? "close_notify" : channel.datagrams == nil ? "END_STREAM" : "FIN"
            earliest = End(
                fin: .init(packet: end.mark.number, time: end.mark.time, knewAll: end.knewAll, knewMore: end.knewMore, sign: sign),
                kind: isStream ? .stream : .closeNotify)
        }
        return earliest
    }
}

extension ConnectionRules.TransportEnd.Fin {
    var mark: PacketMark { PacketMark(number: packet, time: time) }
}
