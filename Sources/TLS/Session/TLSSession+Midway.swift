import Bytes
import Channels

// A capture that begins after the handshake: the traffic secrets of TLS 1.3 are all that is needed, if a sequence number is found.
extension TLSSession {
    /// Sequence numbers that are tried: first few with every secret and suite, then many.
    private static let sequences: [Range<UInt64>] = [0..<1_024, 1_024..<65_536]
    /// Secrets that are tried.
    private static let secretLimit = 64

    func beginMidway(_ direction: Direction) -> Step {
        guard !store.isEmpty else {
            markOpaque(direction, .notFromBeginning)
            return .again
        }
        isFromBeginning = false
        // In place of what other connections may spend: only some secrets are theirs, and every connection may be foreign.
        trialBudget = store.takeMidwayBudget()
        withHalf(direction) { $0.stage = .trial(Half.Trial(labels: [.clientTraffic, .serverTraffic])) }
        return .again
    }

    /// Tries the secrets that no other connection has used on the first whole record of a direction.
    func takeMidway(
        _ header: RecordHeader, _ payload: Span<UInt8>, at range: Range<Int>, _ direction: Direction, _ output: inout LayerOutput
    ) -> Step {
        let start = output.bytes.count
        let candidates = unusedSecrets([.clientTraffic, .serverTraffic], limit: Self.secretLimit)
        for sequences in Self.sequences {
            for candidate in candidates {
                for suite in suites(candidate.secret) {
                    guard let kind = suite.protection else { continue }
                    var protection = RecordProtection.tls13(kind, candidate.secret, suite.hash)
                    protection?.sequence = sequences.lowerBound
                    let count = UInt64(sequences.count - 1)
                    guard let found = open(header, payload, with: &protection, skippingUpTo: count, into: &output) else { continue }
                    assume(suite, candidate, direction)
                    withHalf(direction) { half in
                        half.stage = .open
                        half.secret = (candidate.label, candidate.secret)
                        half.protection = protection.take()
                        half.resetLosses()
                    }
                    return take(found.content, from: start, at: range, direction, &output)
                }
            }
        }
        if store.expectsMore { return .wait }
        store.returnMidwayBudget(trialBudget)
        trialBudget = 0
        markOpaque(direction, .notFromBeginning)
        return .again
    }

    /// The cipher suites whose hash makes secrets of this length.
    private func suites(_ secret: Secret) -> [CipherSuite] {
        secret.byteCount == HashAlgorithm.sha384.byteCount
            ? [CipherSuite(code: 0x1302)] : [0x1301, 0x1303, 0x1304, 0x1305].map(CipherSuite.init(code:))
    }

    /// What the hellos must have said.
    private func assume(_ suite: CipherSuite, _ candidate: Candidate, _ direction: Direction) {
        trialBudget = max(0, trialBudget) + Self.trialBudgetLimit
        guard let random = candidate.random else { return }
        client = candidate.label == .clientTraffic ? direction : direction.opposite
        hello = ClientHello(random: random)
        answer = ServerHello(version: .tls13, random: random, suite: suite)
        security.version = ProtocolVersion.tls13.name
        security.cipher = suite.name
        security.keySource = store.name(ofSource: candidate.source)
        security.clientRandoms = [random.bytes]
        store.markUsed(random)
        withHalf(direction.opposite) { half in
            half.stage = .trial(Half.Trial(labels: [isClient(direction) ? .serverTraffic : .clientTraffic]))
            half.unopenedCount = Self.sequences.last?.upperBound ?? 0
        }
    }
}
