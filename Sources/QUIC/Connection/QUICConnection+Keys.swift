import Bytes
import Channels
import TLS

// Which keys protect a packet.
extension QUICConnection {
    /// One packet, and what is found out about it.
    struct Trial {
        let level: PacketLevel
        let version: QUICVersion
        let numberOffset: Int
        var head: PacketHead?
    }

    /// A secret that may protect a packet.
    private struct Candidate {
        var item: KeyStore.Item
        var suite: PacketSuite
        var random: Random
    }

    /// Decrypts a packet, given that there are keys, or that some are found which open it.
    @inline(__always)
    func decrypt(_ packet: Span<UInt8>, _ trial: inout Trial, _ sender: Sender, into plain: inout ByteBuffer) -> Opening {
        guard trial.level == .application, sender.phases != nil else {
            return decryptOther(packet, &trial, sender, into: &plain)
        }
        if isForeign { return .failed }
        let expected = sender.application.expected
        trial.head = sender.phases?.open(packet, numberOffset: trial.numberOffset, expecting: expected, &room.header, into: &plain)
        if trial.head != nil { return .opened }
        // So many packets may be missing that the number cannot be told from those that were captured.
        let other = sender.application.acknowledgedEnd
        guard other > expected else { return .failed }
        trial.head = sender.phases?.open(packet, numberOffset: trial.numberOffset, expecting: other, &room.header, into: &plain)
        return trial.head == nil ? .failed : .opened
    }

    private func decryptOther(_ packet: Span<UInt8>, _ trial: inout Trial, _ sender: Sender, into plain: inout ByteBuffer) -> Opening {
        switch trial.level {
        case .initial where isConfirmed, .handshake where isConfirmed: return .failed
        case .initial:
            trial.head = openInitial(packet, trial, sender, into: &plain)
            return trial.head == nil ? .failed : .opened
        case .handshake where sender.handshakeProtection != nil:
            trial.head = sender.handshakeProtection?.open(
                packet, numberOffset: trial.numberOffset, expecting: sender.handshake.expected, &room.header, into: &plain)
            return trial.head == nil ? .failed : .opened
        case .earlyData:
            guard isClient(sender), earlyData == .accepted || earlyData == .offered || hello == nil else { return .failed }
            guard earlyData == .accepted else { return .waits }
            guard sender.earlyProtection != nil else { break }
            trial.head = sender.earlyProtection?.open(
                packet, numberOffset: trial.numberOffset, expecting: sender.application.expected, &room.header, into: &plain)
            return trial.head == nil ? .failed : .opened
        case .handshake, .application: break
        }
        return isForeign ? .failed : findKeys(packet, &trial, sender, into: &plain)
    }

    private func openInitial(_ packet: Span<UInt8>, _ trial: Trial, _ sender: Sender, into plain: inout ByteBuffer) -> PacketHead? {
        let expected = sender.initial.expected
        let isClient = isClient(sender)
        switch trial.version {
        case .v1:
            if initialV1 == nil { initialV1 = InitialProtection(.v1, destination: initialDestination) }
            return isClient
                ? initialV1?.client.open(packet, numberOffset: trial.numberOffset, expecting: expected, &room.header, into: &plain)
                : initialV1?.server.open(packet, numberOffset: trial.numberOffset, expecting: expected, &room.header, into: &plain)
        case .v2:
            if initialV2 == nil { initialV2 = InitialProtection(.v2, destination: initialDestination) }
            return isClient
                ? initialV2?.client.open(packet, numberOffset: trial.numberOffset, expecting: expected, &room.header, into: &plain)
                : initialV2?.server.open(packet, numberOffset: trial.numberOffset, expecting: expected, &room.header, into: &plain)
        }
    }

    // MARK: Secrets

    /// Looks for a secret that opens a packet, the first one of its kind.
    private func findKeys(_ packet: Span<UInt8>, _ trial: inout Trial, _ sender: Sender, into plain: inout ByteBuffer) -> Opening {
        guard let hello else { return .waits }
        if answer != nil, suite == nil {
            sender.misfit = .unsupportedSuite
            return .failed
        }
        let label = label(of: trial.level, isClient(sender))
        var lack = sender.lacks[trial.level] ?? Sender.Lack()
        if lack.generation == store.generation { return store.expectsMore ? .waits : .failed }
        var candidates = candidates(label, hello)
        if candidates.isEmpty, store.findMore() { candidates = self.candidates(label, hello) }
        for candidate in candidates where open(packet, with: candidate, &trial, sender, into: &plain) {
            use(candidate, sender, trial.level)
            return .opened
        }
        lack.failedCount += candidates.isEmpty ? 0 : 1
        let isForeign = candidates.first.map { $0.random != hello.random } ?? false
        if candidates.isEmpty || lack.failedCount >= (isForeign ? Self.foreignTrialLimit : Self.trialLimit) {
            lack.generation = store.generation
        }
        sender.lacks[trial.level] = lack
        guard candidates.isEmpty || isForeign else {
            sender.misfit = .keysDoNotFit(label)
            return .failed
        }
        sender.misfit = reasonOfMissingSecrets(label)
        return store.expectsMore ? .waits : .failed
    }

    /// Packets that are tried until secrets are given up.
    private static let trialLimit = 64
    /// The same for secrets of other client randoms, of which there may be many.
    private static let foreignTrialLimit = 4
    /// Secrets of other client randoms that are tried.
    private static let innerLimit = 512

    private func label(of level: PacketLevel, _ isClient: Bool) -> KeyLogLabel {
        switch level {
        case .earlyData: .clientEarly
        case .initial, .handshake: isClient ? .clientHandshake : .serverHandshake
        case .application: isClient ? .clientTraffic : .serverTraffic
        }
    }

    private func candidates(_ label: KeyLogLabel, _ hello: ClientHello) -> [Candidate] {
        var items = store.items(of: hello.random).filter { $0.label == label }.map { (random: hello.random, item: $0) }
        // The key log of a client that encrypts its hello names the random of the inner one (RFC 9849).
        if items.isEmpty, hello.hasEncryptedHello { items = store.unusedItems(label, limit: Self.innerLimit) }
        return items.flatMap { random, item in
            // Without the server's hello, the length of the secret says which suites come into question.
            let suites = suite.map { [$0] } ?? PacketSuite.all.filter { $0.hash.byteCount == item.secret.byteCount }
            return suites.map { Candidate(item: item, suite: $0, random: random) }
        }
    }

    private func open(
        _ packet: Span<UInt8>, with candidate: Candidate, _ trial: inout Trial, _ sender: Sender, into plain: inout ByteBuffer
    ) -> Bool {
        guard candidate.item.secret.byteCount == candidate.suite.hash.byteCount else { return false }
        guard trial.level != .application else {
            guard var phases = KeyPhases(candidate.suite, candidate.item.secret, trial.version) else { return false }
            trial.head = phases.open(
                packet, numberOffset: trial.numberOffset, expecting: sender.application.expected, &room.header, into: &plain)
            guard trial.head != nil else { return false }
            sender.phases = consume phases
            return true
        }
        guard var protection = PacketProtection(candidate.suite, candidate.item.secret, trial.version) else { return false }
        let expected = trial.level == .earlyData ? sender.application.expected : sender.handshake.expected
        trial.head = protection.open(packet, numberOffset: trial.numberOffset, expecting: expected, &room.header, into: &plain)
        guard trial.head != nil else { return false }
        if trial.level == .earlyData {
            sender.earlyProtection = consume protection
        } else {
            sender.handshakeProtection = consume protection
        }
        return true
    }

    private func use(_ candidate: Candidate, _ sender: Sender, _ level: PacketLevel) {
        if suite == nil, level != .earlyData {
            suite = candidate.suite
            security.version = security.version ?? ProtocolVersion.tls13.name
            security.cipher = security.cipher ?? candidate.suite.name
            readiness += 1
        }
        if level == .handshake { sender.hasOpenedHandshake = true }
        sender.misfit = nil
        security.keySource = store.name(ofSource: candidate.item.source)
        store.markUsed(candidate.random)
        // That of an encrypted hello, once it is known, leads to all other secrets.
        hello?.random = candidate.random
        if !security.clientRandoms.contains(candidate.random.bytes) { security.clientRandoms.append(candidate.random.bytes) }
        // Where the server's decision was not captured, the client's going on is all that is known of it.
        if level == .application, isClient(sender), earlyData == .offered { decideEarlyData(answer?.selectsPreSharedKey ?? true) }
    }

    func decideEarlyData(_ isAccepted: Bool) {
        earlyData = isAccepted ? .accepted : .refused
        readiness += 1
    }

    /// The server's handshake can be opened, and so will say what became of early data.
    var mayOpenHandshake: Bool {
        guard let hello else { return true }
        return store.expectsMore || hello.hasEncryptedHello || store.items(of: hello.random).contains { $0.label == .serverHandshake }
    }
}
