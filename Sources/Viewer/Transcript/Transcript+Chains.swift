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
        for entry in transcript.connections {
            if let verdict = entry.verdict { log.take(entry.constant.connection, verdict) }
        }
        for attempt in transcript.attempts { log.take(attempt) }
        chains = log.found().chains
        for (index, chain) in chains.enumerated() {
            for (position, link) in chain.links.enumerated() where link.number > 0 { places[link.number] = (index, position) }
        }
    }

    /// The chain that a connection is part of, and its position in it; nil where it stands alone.
    subscript(number: UInt64) -> (chain: Chain, position: Int)? { places[number].map { (chains[$0.chain], $0.position) } }
}
