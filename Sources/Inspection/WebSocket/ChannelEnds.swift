import Channels
import Rules

/// How each direction of a channel ended, and which did so first: with TCP or, of a stream among others, with an end of its own before.
struct ChannelEnds {
    struct End {
        var fin: ConnectionRules.TransportEnd.Fin
        /// The stream ended, and not TCP.
        var isOfStream: Bool
    }

    private var ends = Pair<End?>(fromLow: nil, fromHigh: nil)
    /// The direction that ended first. Its end need not have been captured.
    let first: Direction?

    init(of channel: Channel, _ noted: FlowFacts?) {
        let isStream = channel.carrier.stream != nil
        for direction in Direction.allCases {
            let fin = noted?[direction].fin
            if isStream, let end = channel[direction].end, fin.map({ end.mark.number <= $0.packet }) ?? true {
                // QUIC's streams end with a FIN of their own.
                let sign = channel.datagrams == nil ? "END_STREAM" : "FIN"
                ends[direction] = End(
                    fin: .init(packet: end.mark.number, time: end.mark.time, knewAll: end.knewAll, sign: sign), isOfStream: true)
            } else {
                ends[direction] = fin.map { End(fin: $0, isOfStream: false) }
            }
        }
        switch (ends[.fromLow], ends[.fromHigh]) {
        case (let low?, let high?) where low.isOfStream || high.isOfStream:
            first = low.fin.packet <= high.fin.packet ? .fromLow : .fromHigh
        case (let low?, nil) where low.isOfStream: first = .fromLow
        case (nil, let high?) where high.isOfStream: first = .fromHigh
        default: first = noted?.firstFIN
        }
    }

    subscript(direction: Direction) -> End? { ends[direction] }
}

extension ConnectionRules.TransportEnd.Fin {
    var mark: PacketMark { PacketMark(number: packet, time: time) }
}
