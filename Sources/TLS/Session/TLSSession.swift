import Bytes
import Channels

/// One TLS connection: records in, the plaintext of application data out (RFC 8446, RFC 5246).
///
/// Reads what the two peers say, and takes part in nothing. Each direction goes through the stages of `Half` by itself; what one needs
/// to know of the other (the suite, whether early data was accepted) it waits for.
// Invariant where accesses are not checked for exclusiveness: one thread reaches them, and what changes one in place calls nothing that
// reaches the same one.
public final class TLSSession: ByteLayer {
    // What every record needs stands first.
    @safe @exclusivity(unchecked) var earlyData = EarlyData.none
    /// Work that may still be spent on trying sequence numbers, in bytes.
    @safe @exclusivity(unchecked) var trialBudget = TLSSession.trialBudgetLimit
    @safe @exclusivity(unchecked) var fromLow = Half()
    @safe @exclusivity(unchecked) var fromHigh = Half()
    let store: KeyStore
    /// The direction of the client's records; nil while that is not known.
    var client: Direction?
    /// The newest hellos: renegotiation brings others.
    var hello: ClientHello?
    var answer: ServerHello?
    /// Handshake messages up to ClientKeyExchange, which an extended master secret is derived from.
    var transcript: [UInt8] = []
    /// The premaster secret as it was sent (RFC 5246 §7.4.7.1).
    var encryptedPremaster: [UInt8] = [] {
        didSet { foundPremaster = nil }
    }
    /// The premaster secret that was found for it, or that there is none, and at which generation of the store.
    var foundPremaster: (generation: Int, item: KeyStore.Item?)?
    var newTicket: [UInt8] = []
    var security = Security()
    var isFromBeginning: Bool
    /// More came while it waited for secrets than could be kept.
    var hasOverflown = false
    /// The capture has not all bytes of some of its packets.
    private var hasCutPackets = false
    static let trialBudgetLimit = 64 << 20
    /// What each byte of a record adds to it, so that a long connection does not run out of it.
    static let trialBudgetShare = 8

    /// Early data that the client sent before the server answered (RFC 8446 §4.2.10).
    enum EarlyData {
        case none
        /// It was offered, and the server's decision is not known.
        case offered
        case accepted
        case refused
    }

    init(_ store: KeyStore, isFromBeginning: Bool = true) {
        self.store = store
        self.isFromBeginning = isFromBeginning
    }

    func withHalf<Result>(_ direction: Direction, _ body: (inout Half) -> Result) -> Result {
        direction == .fromLow ? body(&fromLow) : body(&fromHigh)
    }

    func isClient(_ direction: Direction) -> Bool { client == direction }

    // MARK: Layer

    public func take(_ bytes: Span<UInt8>, from direction: Direction, into output: inout LayerOutput) -> Int {
        let taken = takeRecords(bytes, from: direction, into: &output)
        withHalf(direction) { $0.waitingByteCount = bytes.count - taken }
        return taken
    }

    public func noteCutPackets() { hasCutPackets = true }

    public func isHeldUp(from direction: Direction) -> Bool { withHalf(direction) { $0.isHeldUp } }

    private func takeRecords(_ bytes: Span<UInt8>, from direction: Direction, into output: inout LayerOutput) -> Int {
        var taken = 0
        withHalf(direction) { $0.isHeldUp = false }
        while taken < bytes.count {
            let step = withHalf(direction) { half in half.skip(upTo: bytes.count - taken) }
            if step > 0 {
                taken += step
                continue
            }
            let start = taken
            guard let record = nextRecord(bytes.extracting(taken..<bytes.count), direction, &taken) else {
                if taken > start { continue }
                break
            }
            let range = taken..<taken + record.recordByteCount
            switch take(record, bytes.extracting(taken + RecordHeader.byteCount..<range.upperBound), at: range, direction, &output) {
            case .done:
                taken = range.upperBound
                security.wireByteCount += UInt64(record.recordByteCount)
                addToBudget(record.recordByteCount)
            case .again: continue
            case .wait:
                withHalf(direction) { $0.isHeldUp = true }
                return taken
            }
        }
        return taken
    }

    enum Step {
        case done
        /// The direction is in another stage now, which has to look at the record.
        case again
        /// Not before more is known.
        case wait
    }

    /// The header of the next record if all of it is there; advances `taken` over what is none, or need not be looked at.
    private func nextRecord(_ rest: Span<UInt8>, _ direction: Direction, _ taken: inout Int) -> RecordHeader? {
        withHalf(direction) { half in
            if half.isLocating { return locate(rest, direction, &half, &taken) }
            half.partial = nil
            guard rest.count >= RecordHeader.byteCount else { return nil }
            guard let header = RecordHeader(rest) else {
                // Not a record: what follows is none either, unless bytes were lost that nobody noticed.
                if !half.hasGap {
                    half.hasNonsense = true
                    if !half.hasBegun { half.isForeign = true }
                }
                half.isLocating = true
                half.missingByteCount += 1
                if half.isClosed { half.byteCount += 1 }
                taken += 1
                return nil
            }
            if case .opaque = half.stage {
                half.byteCount += 1
                half.skipped = header.recordByteCount - 1
                taken += 1
                return nil
            }
            guard rest.count >= header.recordByteCount else {
                half.partial = Half.Partial(header: header, byteCount: rest.count)
                return nil
            }
            half.hasBegun = true
            return header
        }
    }

    private func take(
        _ header: RecordHeader, _ payload: Span<UInt8>, at range: Range<Int>, _ direction: Direction, _ output: inout LayerOutput
    ) -> Step {
        switch withHalf(direction, { $0.stage }) {
        case .plain: return takePlain(header, payload, direction, &output)
        case .trial(let trial): return takeTrial(trial, header, payload, at: range, direction, &output)
        case .open: return takeProtected(header, payload, at: range, direction, &output)
        case .opaque: return .again
        }
    }

    // MARK: Facts

    public var facts: LayerFacts {
        var facts = LayerFacts()
        facts.security = security
        facts.security?.wireByteCount += fromLow.recordByteCount + fromHigh.recordByteCount
        facts.isFromBeginning = isFromBeginning
        facts.client = client
        facts.isWaiting = store.expectsMore && (fromLow.isTrying || fromHigh.isTrying)
        let isOneSided = fromLow.hasOpened != fromHigh.hasOpened
        if isOneSided, fromLow.isUnread || fromHigh.isUnread { facts.unread = fromLow.hasOpened ? .fromHigh : .fromLow }
        facts.stopped = (fromLow.hasStopped, fromHigh.hasStopped)
        facts.opacity = reasonOfOpacity?.opacity(store, suite: answer?.suite)
        facts.opacity?.missingAnswer = missingAnswer
        return facts
    }

    /// What came in place of a ServerHello, where all of what came was captured.
    private var missingAnswer: MissingAnswer? {
        guard hello != nil, let client, isFromBeginning else { return nil }
        guard answer == nil else { return rejection(by: client) }
        let alert = client == .fromLow ? fromHigh.alert : fromLow.alert
        switch reasonOfOpacity {
        case .handshakeUnfinished: return .nothing
        case .answerNotTLS: return .foreign
        case .refused(let refusal) where refusal == alert: return .refusal(refusal.name, advice: refusal.advice)
        default: return nil
        }
    }

    /// The client went no further after the server's answer.
    private func rejection(by client: Direction) -> MissingAnswer? {
        switch reasonOfOpacity {
        case .clientStopped(let isResumed): return .rejection(nil, advice: isResumed ? nil : OpaqueReason.silentRejection)
        case .refused(let alert) where alert == withHalf(client, { $0.alert }): return .rejection(alert.name, advice: alert.advice)
        default: return nil
        }
    }

    /// Why its content, or one direction of it, was not opened.
    private var reasonOfOpacity: OpaqueReason? {
        let reasons = [fromLow.reasonOfOpacity(of: self), fromHigh.reasonOfOpacity(of: self)].compactMap { $0 }
            .map { $0.of(overflow: hasOverflown, cutPackets: hasCutPackets) }
        if fromLow.hasOpened || fromHigh.hasOpened { return reasons.first.map { .oneDirection($0) } }
        if let refused = [fromLow.alert, fromHigh.alert].compactMap({ $0 }).first(where: { $0 != .closeNotify }) {
            return .refused(refused)
        }
        // Secrets would open at most what a server says before the client's Finished.
        if hasClientStopped { return .clientStopped(isResumed: security.isResumed) }
        return reasons.first ?? reasonOfUnfinishedHandshake?.of(overflow: hasOverflown, cutPackets: hasCutPackets)
    }

    /// The server answered, nothing is missing, and the client did not go on.
    private var hasClientStopped: Bool {
        guard isFromBeginning, hello != nil, let client, let answer, !answer.isRetry else { return false }
        return withHalf(client) { $0.isSilentSinceHello } && !withHalf(client.opposite) { $0.hasGap }
    }

    /// Why there is no content although no record failed to open; nil where the handshake ended and nothing followed.
    private var reasonOfUnfinishedHandshake: OpaqueReason? {
        guard isFromBeginning else { return .notFromBeginning }
        if fromLow.isForeign || fromHigh.isForeign { return .answerNotTLS }
        // A peer that went on without an answer had one.
        let goesOn = answer == nil && (fromLow.waitingByteCount > 0 || fromHigh.waitingByteCount > 0)
        if goesOn || fromLow.hasGap || fromHigh.hasGap { return .handshakeLost }
        let isFinished = fromLow.isOpen && (fromHigh.isOpen || fromHigh.isUntried) || fromHigh.isOpen && fromLow.isUntried
        return isFinished ? nil : .handshakeUnfinished(isAnswered: answer != nil)
    }
}
