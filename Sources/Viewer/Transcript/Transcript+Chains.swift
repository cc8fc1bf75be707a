import Chains

/// The chains of a transcript, made once nothing more comes.
struct TranscriptChains {
    private var chains: [Chain] = []
    /// By the number of a connection.
    private var places: [UInt64: (chain: Int, position: Int)] = [:]

    /// Connections and attempts that are looked at.
    private static let limit = 100_000

    init(_ transcript: Transcript) {
        var log = ChainLog(limit: Self.limit)
        var begin = CaptureStart(connectionCount: 0, attemptCount: 0)
        for end in transcript.captures {
            Self.take(transcript, from: begin, to: end, into: &log)
            log.beginAnew()
            begin = end
        }
        let end = CaptureStart(connectionCount: transcript.connections.count, attemptCount: transcript.attempts.count)
        Self.take(transcript, from: begin, to: end, into: &log)
        chains = log.found().chains
        for (index, chain) in chains.enumerated() {
            for (position, link) in chain.links.enumerated() where link.number > 0 { places[link.number] = (index, position) }
        }
    }

    /// Takes what is between two counts; of attempts only the first are kept.
    private static func take(_ transcript: Transcript, from begin: CaptureStart, to end: CaptureStart, into log: inout ChainLog) {
        for entry in transcript.connections.prefix(end.connectionCount).dropFirst(begin.connectionCount) {
            if let verdict = entry.verdict { log.take(entry.constant.connection, verdict) }
        }
        for attempt in transcript.attempts.prefix(end.attemptCount).dropFirst(begin.attemptCount) { log.take(attempt) }
    }

    /// The chain that a connection is part of, and its position in it; nil where it stands alone.
    subscript(number: UInt64) -> (chain: Chain, position: Int)? { places[number].map { (chains[$0.chain], $0.position) } }
}
