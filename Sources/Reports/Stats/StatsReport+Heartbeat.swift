import Bytes
import Inspection
import Statistics
import Streams
import Text
import WebSocket

extension StatsReport {
    /// Connections with pings that are shown in full.
    private static let heartbeatLimit = 100

    mutating func writeHeartbeats(_ figures: Figures) {
        let beating = figures.rows.filter { row in
            Side.allCases.contains { row.heartbeat(of: $0).isShown || row.protocolHeartbeat(of: $0).isShown }
        }
        guard !beating.isEmpty else { return }
        writeHeading("Heartbeat")
        // Whose heartbeat it is, where there are others than WebSocket's.
        let hasOthers = beating.contains { row in Side.allCases.contains { row.protocolHeartbeat(of: $0).isShown } }
        let whose = hasOthers ? [Table.Column(title: "of", isLeft: true, rank: 6)] : []
        var table = Table(
            [.init(title: "#")] + whose + [
                .init(title: "asked", isLeft: true), .init(title: "pings", rank: 3), .init(title: "answered"),
                .init(title: "unanswered"), .init(title: "unsolicited", rank: 4), .init(title: "pong min", rank: 2), .init(title: "median"),
                .init(title: "max", rank: 2), .init(title: "ack min", rank: 1), .init(title: "median"), .init(title: "max", rank: 1),
            ])
        var sentences: [(String, Ink)] = []
        for row in beating.prefix(Self.heartbeatLimit) {
            for side in Side.allCases {
                let own = row.protocolHeartbeat(of: side)
                if own.isShown {
                    table.add(
                        [
                            "\(row.number)", row.protocolName ?? "", "\(side.other.name)", Quantity.count(own.sent),
                            own.answered > 0 ? Quantity.count(own.answered) : "–", "–", "–",
                        ] + Self.cells(own.roundTrips) + ["–", "–", "–"])
                }
                let beat = row.heartbeat(of: side)
                guard beat.isShown else { continue }
                // Pongs that nobody asked for come from the side that would be asked.
                let unsolicited = row.heartbeat(of: side.other).counts.unsolicited
                table.add(
                    [
                        "\(row.number)"
                    ] + (hasOthers ? ["WebSocket"] : []) + [
                        "\(side.other.name)", Quantity.count(beat.counts.sent),
                        Quantity.count(beat.counts.answered + beat.counts.covered), Quantity.count(beat.counts.unanswered),
                        Quantity.count(unsolicited),
                    ] + Self.cells(beat.roundTrips) + Self.cells(beat.acknowledgeTimes))
                if let sentence = Self.sentence(on: beat, asked: side.other) {
                    sentences.append(("#\(row.number): \(sentence.0)", sentence.1))
                }
            }
        }
        table.write(to: &output, options.palette, width: options.width)
        for (sentence, ink) in sentences { writeSentence(sentence, ink: ink) }
        if beating.count > Self.heartbeatLimit {
            writeSentence(
                "\(Quantity.counted(UInt64(beating.count - Self.heartbeatLimit), "more connection")) with pings: --json has them all.")
        }
        writeSentence("pong: from a ping to its pong. ack: from data to its TCP acknowledgement, over the same path.", ink: .dim)
    }

    private static func cells(_ durations: Durations) -> [String] {
        guard let median = durations.median else { return ["–", "–", "–"] }
        return [durations.minimum, median, durations.maximum].map(Quantity.duration)
    }

    /// What the two times say together, as far as they do.
    static func sentence(on beat: Heartbeat, asked side: Side) -> (String, Ink)? {
        let pong = Quantity.duration(beat.roundTrips.median ?? 0)
        let median = Quantity.duration(beat.acknowledgeTimes.median ?? 0)
        let least = Quantity.duration(beat.acknowledgeTimes.minimum)
        let peer = side.name
        return switch beat.judgement {
        case .quick: nil
        case .slowPeer:
            (
                "The \(peer) is slow, not the network: its pongs take \(pong), while its TCP acknowledges data after \(median).",
                .warning
            )
        case .slowNetwork:
            (
                "The network to the \(peer) is slow rather than the \(peer): of the \(pong) that a pong takes, TCP needs \(least) or more.",
                .warning
            )
        case .undecided:
            (
                "Pongs of the \(peer) take \(pong); TCP acknowledges its data after \(least) to \(Quantity.duration(beat.acknowledgeTimes.maximum)), so either may be slow.",
                .note
            )
        case .silentPeer:
            ("The \(peer) answered no ping, although its TCP acknowledged data after \(median): the network is there.", .warning)
        case nil: nil
        }
    }
}

extension Heartbeat {
    var isShown: Bool { counts.sent > 0 }
}
