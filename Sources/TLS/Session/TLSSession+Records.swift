import Bytes
import Channels

// Protected records: the secrets that open them, and what is in them.
extension TLSSession {
    @inline(__always)
    func takeProtected(
        _ header: RecordHeader, _ payload: Span<UInt8>, at range: Range<Int>, _ direction: Direction, _ output: inout LayerOutput
    ) -> Step {
        if header.type == .changeCipherSpec, answer?.version == .tls13 || !isFromBeginning { return .done }
        let start = output.bytes.count
        let content = withHalf(direction) { half in
            let content = half.protection?.open(header, payload, into: &output.bytes)
            if content != nil, half.isLocating || half.unopenedCount > 0 { half.resetLosses() }
            return content
        }
        guard let content else { return takeUnopened(header, payload, at: range, direction, &output) }
        return take(content, from: start, at: range, direction, &output)
    }

    /// What a record held stands at the end of `output.bytes`.
    func take(
        _ content: RecordProtection.Content, from start: Int, at range: Range<Int>, _ direction: Direction, _ output: inout LayerOutput
    ) -> Step {
        switch content.type {
        case .applicationData:
            let owesGap = withHalf(direction) { half in
                half.hasOpened = true
                defer { half.owesGap = false }
                return half.owesGap
            }
            if owesGap { output.noteGap(.bounded(nil), direction) }
            if content.byteCount > 0 { output.deliver(made: start..<start + content.byteCount, from: range, direction) }
            if earlyData == .offered, !isClient(direction) {
                // What would have said so is missing: both are tried.
                earlyData = .accepted
                output.resume(direction.opposite)
            }
            return .done
        case .handshake:
            withHalf(direction) { half in
                half.messages.append(output.bytes.span.extracting(start..<start + content.byteCount))
            }
            output.bytes.truncate(to: start)
            readMessages(direction, &output)
        case .alert:
            let code = content.byteCount == 2 ? output.bytes.span[start + 1] : nil
            output.bytes.truncate(to: start)
            if let code { note(Alert(code: code), direction, &output) }
        case .changeCipherSpec:
            output.bytes.truncate(to: start)
            // After a renegotiation (RFC 5246 §7.1).
            beginProtection(direction)
        case .heartbeat: output.bytes.truncate(to: start)
        }
        return .done
    }

    /// A record that the secrets in use do not open: records before it are missing, or its bytes were changed.
    private func takeUnopened(
        _ header: RecordHeader, _ payload: Span<UInt8>, at range: Range<Int>, _ direction: Direction, _ output: inout LayerOutput
    ) -> Step {
        // TLS 1.3: an alert of a peer that has no keys yet is sent in the clear.
        if let alert = alert(inTheClear: header, payload, direction) {
            note(alert, direction, &output)
            return .done
        }
        let start = output.bytes.count
        if let content = openAfterLoss(header, payload, direction, &output) ?? openWithLaterSecret(header, payload, direction, &output) {
            return take(content, from: start, at: range, direction, &output)
        }
        let step = withHalf(direction) { half in
            let lacksChain = half.protection?.lacksChain == true
            if half.isLocating, !lacksChain {
                trialBudget -= payload.count + Self.trialCost
                // Whoever puts headers into the gap's neighbourhood makes each of them cost a trial.
                guard trialBudget > 0 else {
                    half.markOpaque(.recordsLost)
                    return Step.again
                }
                half.protection?.forgetChain()
                half.missStep()
                return Step.again
            }
            half.protection?.chain(after: payload)
            half.unopenedCount += 1
            return .done
        }
        guard step == .done else { return step }
        let isContent = withHalf(direction) { half in
            guard half.hasOpened, header.type == .applicationData else { return false }
            half.hasReportedGap = true
            return true
        }
        if isContent { output.noteGap(.bounded(UInt64(payload.count)), direction) }
        return .done
    }

    /// Tries the sequence numbers that the next record may have, and then the secret after a KeyUpdate that was lost.
    func openAfterLoss(
        _ header: RecordHeader, _ payload: Span<UInt8>, _ direction: Direction, _ output: inout LayerOutput
    ) -> RecordProtection.Content? {
        withHalf(direction) { half in
            guard let version = half.protection?.version, let kind = half.protection?.kind else { return nil }
            let losses = half.possibleLosses(version, kind)
            guard losses > 0 else { return nil }
            if let found = open(header, payload, with: &half.protection, skippingUpTo: losses, into: &output) {
                half.resetLosses(skipped: found.skipped)
                return found.content
            }
            guard let secret = half.secret, secret.label == .clientTraffic || secret.label == .serverTraffic, let suite = answer?.suite
            else { return nil }
            let next = nextSecret(secret.secret, suite)
            var protection = suite.protection.flatMap { RecordProtection.tls13($0, next, suite.hash) }
            guard let found = open(header, payload, with: &protection, skippingUpTo: losses, into: &output) else { return nil }
            half.protection = protection.take()
            half.secret = (secret.label, next)
            // The KeyUpdate is missing at least.
            half.resetLosses(skipped: found.skipped + 1)
            return found.content
        }
    }

    /// Tries the secrets that come next, for what changes to them may be missing: EndOfEarlyData and Finished (RFC 8446 §4.4.4, §4.5).
    private func openWithLaterSecret(
        _ header: RecordHeader, _ payload: Span<UInt8>, _ direction: Direction, _ output: inout LayerOutput
    ) -> RecordProtection.Content? {
        guard let (label, _) = withHalf(direction, { $0.secret }), let suite = answer?.suite, let kind = suite.protection else {
            return nil
        }
        for candidate in secrets(label.later) {
            var protection = RecordProtection.tls13(kind, candidate.secret, suite.hash)
            let losses = withHalf(direction) { $0.possibleLosses(.tls13, kind) }
            guard let found = open(header, payload, with: &protection, skippingUpTo: losses, into: &output) else { continue }
            // Early data may be missing, of which its own sequence numbers would have told.
            use(candidate, &protection, skipped: found.skipped + (label == .clientEarly ? 1 : 0), direction)
            return found.content
        }
        return nil
    }

    /// Opens a record whose sequence number may be up to `limit` after the next one, within what may be spent on trying.
    func open(
        _ header: RecordHeader, _ payload: Span<UInt8>, with protection: inout RecordProtection?, skippingUpTo limit: UInt64,
        into output: inout LayerOutput
    ) -> (content: RecordProtection.Content, skipped: UInt64)? {
        let cost = payload.count + Self.trialCost
        let affordable = min(limit, UInt64(max(0, trialBudget / cost)))
        let found = protection?.open(header, payload, skippingUpTo: affordable, into: &output.bytes)
        trialBudget -= Int((found?.skipped ?? affordable) + (found == nil ? 1 : 0)) * cost
        return found
    }

    /// What a trial costs beside the bytes of the record, in bytes.
    private static let trialCost = 256

    // MARK: Finding secrets

    func takeTrial(
        _ trial: Half.Trial, _ header: RecordHeader, _ payload: Span<UInt8>, at range: Range<Int>, _ direction: Direction,
        _ output: inout LayerOutput
    ) -> Step {
        let isTLS13 = answer?.version == .tls13
        if isTLS13, header.type == .changeCipherSpec { return .done }
        if let alert = alert(inTheClear: header, payload, direction) {
            note(alert, direction, &output)
            return .done
        }
        if answer == nil { return takeMidway(header, payload, at: range, direction, &output) }
        guard let suite = answer?.suite, let version = answer?.version, version >= .tls10 else {
            markOpaque(direction, .unsupportedVersion)
            return .again
        }
        guard let kind = suite.protection else {
            markOpaque(direction, .unsupportedSuite)
            return .again
        }
        let generation = store.generation
        if withHalf(direction, { $0.triedGeneration == generation }), store.expectsMore { return .wait }
        let start = output.bytes.count
        let candidates = isTLS13 ? secrets(trial.labels) : masters()
        for candidate in candidates {
            var protection = protection(candidate.secret, suite, kind, version, direction)
            guard protection != nil else {
                markOpaque(direction, .unsupportedSuite)
                return .again
            }
            let losses = withHalf(direction) { $0.possibleLosses(version, kind) }
            guard let found = open(header, payload, with: &protection, skippingUpTo: losses, into: &output) else { continue }
            guard protection?.isAuthenticated == true || startsHandshake(found.content, output.bytes.span, start) else {
                output.bytes.truncate(to: start)
                continue
            }
            use(candidate, &protection, skipped: found.skipped, direction)
            return take(found.content, from: start, at: range, direction, &output)
        }
        if candidates.isEmpty, store.findMore() { return .again }
        if store.expectsMore {
            withHalf(direction) { $0.triedGeneration = generation }
            return .wait
        }
        guard let failed = candidates.last else {
            markOpaque(direction, reasonOfMissingSecrets)
            return .again
        }
        // Secrets of other connections were tried, in case that its hello is encrypted.
        let isForeign = failed.random != nil && failed.random != hello?.random
        guard isForeign else { return fail(trial, .keysDoNotFit(failed.label), limit: Self.trialLimit, direction) }
        return fail(trial, reasonOfMissingSecrets, limit: Self.foreignTrialLimit, direction)
    }

    private func use(_ candidate: Candidate, _ protection: inout RecordProtection?, skipped: UInt64, _ direction: Direction) {
        // What comes before the client's handshake records is early data, unless that is to be skipped.
        let lacksEarlyData = candidate.label == .clientHandshake && earlyData != .refused
        withHalf(direction) { half in
            half.stage = .open
            half.secret = answer?.version == .tls13 ? (candidate.label, candidate.secret) : nil
            half.misfit = nil
            half.protection = protection.take()
            let lostEarlyData = lacksEarlyData ? half.unopenedCount &+ half.missingByteCount : 0
            half.resetLosses(skipped: skipped &+ lostEarlyData)
        }
        security.keySource = store.name(ofSource: candidate.source)
        if let random = candidate.random {
            store.markUsed(random)
            // That of an encrypted hello, once it is known, leads to all other secrets.
            if answer?.version == .tls13 { hello?.random = random }
        }
        guard let random = hello?.random else { return }
        if !security.clientRandoms.contains(random.bytes) { security.clientRandoms.append(random.bytes) }
        if answer?.version != .tls13, candidate.label != .clientRandom || candidate.random == nil {
            store.keep(master: candidate.secret, of: random, source: candidate.source)
        }
    }

    private func fail(_ trial: Half.Trial, _ reason: OpaqueReason, limit: Int, _ direction: Direction) -> Step {
        withHalf(direction) { half in
            half.misfit = reason
            if half.isLocating {
                guard trialBudget > 0 else {
                    half.markOpaque(.recordsLost)
                    return .again
                }
                half.missStep()
                return .again
            }
            half.unopenedCount += 1
            guard trial.failedCount < limit else {
                half.markOpaque(reason)
                return .again
            }
            half.stage = .trial(Half.Trial(labels: trial.labels, failedCount: trial.failedCount + 1))
            return .done
        }
    }

    /// Records that are tried until secrets are given up: early data that was refused may take some.
    private static let trialLimit = 256
    /// The same for secrets of other client randoms, of which there may be many.
    private static let foreignTrialLimit = 4

    /// Whether what was decrypted, but not authenticated, is a Finished message (RFC 5246 §7.4.9).
    private func startsHandshake(_ content: RecordProtection.Content, _ bytes: Span<UInt8>, _ start: Int) -> Bool {
        content.type == .handshake && content.byteCount == 16 && bytes.uint32BE(at: start) == 0x1400_000C
    }
}
