import Bytes
import Channels

/// A secret that may protect a direction.
struct Candidate {
    var label: KeyLogLabel
    var secret: Secret
    /// Where it came from.
    var source: Int
    /// The client random that it was found by.
    var random: Random?
}

// Secrets and the keys that are made from them.
extension TLSSession {
    // MARK: TLS 1.3

    /// The secrets of TLS 1.3 that come into question, in the order of their labels.
    func secrets(_ labels: [KeyLogLabel]) -> [Candidate] {
        guard let hello else { return [] }
        let items = store.items(of: hello.random)
        var candidates = labels.flatMap { label in
            items.filter { $0.label == label }
                .map { Candidate(label: label, secret: $0.secret, source: $0.source, random: hello.random) }
        }
        // The key log of a client that encrypts its hello names the random of the inner one (RFC 9849).
        if candidates.isEmpty, hello.hasEncryptedHello { candidates = unusedSecrets(labels, limit: Self.innerLimit) }
        return candidates
    }

    /// Secrets of other client randoms that are tried.
    private static let innerLimit = 512

    func unusedSecrets(_ labels: [KeyLogLabel], limit: Int) -> [Candidate] {
        labels.flatMap { label in
            store.unusedItems(label, limit: limit).map {
                Candidate(label: label, secret: $0.item.secret, source: $0.item.source, random: $0.random)
            }
        }
    }

    /// The server's handshake can be opened, and so will say what became of early data.
    var mayOpenHandshake: Bool { store.expectsMore || !secrets([.serverHandshake]).isEmpty }

    /// The secret after a KeyUpdate (RFC 8446 §7.2).
    func nextSecret(_ secret: Secret, _ suite: CipherSuite) -> Secret {
        KeyDerivation.expand(secret, label: "traffic upd", byteCount: suite.hash.byteCount, suite.hash)
    }

    func updateKeys(_ direction: Direction) {
        guard let suite = answer?.suite, let kind = suite.protection else { return }
        withHalf(direction) { half in
            guard let (label, secret) = half.secret else { return }
            let next = nextSecret(secret, suite)
            half.secret = (label, next)
            half.protection = RecordProtection.tls13(kind, next, suite.hash)
            half.resetLosses()
        }
    }

    // MARK: TLS 1.2 and older

    /// The next records of a direction are protected with the secrets of the newest hellos.
    func beginProtection(_ direction: Direction) {
        withHalf(direction) { half in
            half.stage = .trial(Half.Trial())
            half.protection = nil
            half.resetLosses()
        }
        let isFull = fromLow.hasKeyExchange || fromHigh.hasKeyExchange
        if !isFull { security.isResumed = true }
    }

    /// The master secrets that come into question.
    func masters() -> [Candidate] {
        guard let hello, let answer else { return [] }
        var candidates: [Candidate] = []
        for item in store.items(of: hello.random) {
            switch item.label {
            case .clientRandom: candidates.append(candidate(item, item.secret, hello.random))
            case .premaster: if let master = master(from: item.secret) { candidates.append(candidate(item, master, hello.random)) }
            default: break
            }
        }
        if candidates.isEmpty, let item = premasterByItsCipher(), let master = master(from: item.secret) {
            candidates.append(candidate(item, master, nil))
        }
        if candidates.isEmpty, security.isResumed {
            let known = store.master(sessionID: answer.sessionID) ?? (hello.ticket.isEmpty ? nil : store.master(ticket: hello.ticket))
            if let known { candidates.append(candidate(known, known.secret, nil)) }
        }
        for candidate in candidates.prefix(1) {
            store.keep(
                candidate.secret, sessionID: answer.sessionID, ticket: newTicket.isEmpty ? nil : newTicket, source: candidate.source)
        }
        return candidates
    }

    private func candidate(_ item: KeyStore.Item, _ secret: Secret, _ random: Random?) -> Candidate {
        Candidate(label: item.label, secret: secret, source: item.source, random: random)
    }

    /// The premaster secret of an RSA key exchange, from a key log or by the server's key.
    ///
    /// Looked for once, and not for each record that is tried: a private key takes a millisecond.
    private func premasterByItsCipher() -> KeyStore.Item? {
        let generation = store.generation
        if let foundPremaster, foundPremaster.generation == generation { return foundPremaster.item }
        let item = findPremaster()
        foundPremaster = (generation, item)
        return item
    }

    private func findPremaster() -> KeyStore.Item? {
        guard encryptedPremaster.count >= 8 else { return nil }
        if let item = store.premaster(encryptedPrefix: encryptedPremaster.span.uint64BE(at: 0)) { return item }
        for (key, source) in store.privateKeys {
            if let premaster = key.decrypt(encryptedPremaster.span) {
                return KeyStore.Item(label: .rsa, secret: premaster, source: source)
            }
        }
        return nil
    }

    /// The master secret (RFC 5246 §8.1, RFC 7627 §4).
    private func master(from premaster: Secret) -> Secret? {
        guard let hello, let answer, let version = answer.version else { return nil }
        if answer.extendsMasterSecret {
            let hash: HashAlgorithm = version == .tls12 ? answer.suite.hash : .md5AndSHA1
            let session = KeyDerivation.digest(transcript.span, hash)
            return KeyDerivation.pseudorandom(
                premaster, label: "extended master secret", seed: session, byteCount: 48, pseudorandomHash)
        }
        return KeyDerivation.pseudorandom(
            premaster, label: "master secret", seed: hello.random.bytes + answer.random.bytes, byteCount: 48, pseudorandomHash)
    }

    private var pseudorandomHash: HashAlgorithm {
        answer?.version == .tls12 ? answer?.suite.hash ?? .sha256 : .md5AndSHA1
    }

    // MARK: Protection

    /// What a direction's records are protected with, given a secret; nil where this libcrypto does not have the cipher.
    func protection(
        _ secret: Secret, _ suite: CipherSuite, _ kind: Protection, _ version: ProtocolVersion, _ direction: Direction
    ) -> RecordProtection? {
        if version == .tls13 { return RecordProtection.tls13(kind, secret, suite.hash) }
        guard let hello, let answer else { return nil }
        let (mac, key, iv) = (kind.macKeyByteCount, kind.keyByteCount, kind.fixedIVByteCount(version))
        let block = KeyDerivation.pseudorandom(
            secret, label: "key expansion", seed: answer.random.bytes + hello.random.bytes, byteCount: 2 * (mac + key + iv),
            pseudorandomHash)
        // The client's MAC key, the server's, then the keys, then the IVs (RFC 5246 §6.3).
        let side = isClient(direction) ? 0 : 1
        let macKey = block.span.extracting(side * mac..<(side + 1) * mac)
        let cipherKey = block.span.extracting(2 * mac + side * key..<2 * mac + (side + 1) * key)
        let ivStart = 2 * (mac + key) + side * iv
        return RecordProtection(
            kind, version, key: cipherKey, iv: block.span.extracting(ivStart..<ivStart + iv), macKey: macKey,
            encryptsThenMACs: answer.encryptsThenMACs)
    }

    // MARK: What is missing

    /// Why there is no secret for a direction.
    var reasonOfMissingSecrets: OpaqueReason {
        if store.isEmpty { return .noKeys }
        guard let hello else { return .notFromBeginning }
        let labels = store.items(of: hello.random).map(\.label)
        if answer?.version == .tls13, !labels.isEmpty {
            if !labels.contains(.clientTraffic), !labels.contains(.serverTraffic) { return .handshakeOnly }
            if !labels.contains(.clientTraffic) { return .lineMissing(.clientTraffic) }
            return labels.contains(.serverTraffic) ? .recordsLost : .lineMissing(.serverTraffic)
        }
        if !store.hasLines, !security.isResumed, answer?.suite.sendsPremaster == false { return .notRSAKeyExchange }
        return security.isResumed && answer?.version != .tls13 ? .resumed : .noLine
    }
}
