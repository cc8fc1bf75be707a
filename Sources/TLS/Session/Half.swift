import Bytes
import Channels

/// One direction of a TLS connection.
struct Half: ~Copyable {
    /// What its records need to be read.
    enum Stage {
        /// Nothing: the hellos, and all of the handshake up to ChangeCipherSpec.
        case plain
        /// Secrets that open the next record are to be found.
        case trial(Trial)
        /// `protection` opens them.
        case open
        /// They cannot be read.
        case opaque(OpaqueReason)
    }

    /// Which secrets may open the next record.
    struct Trial {
        /// TLS 1.3: the secrets that come into question, in this order; empty in TLS 1.2, which has one.
        var labels: [KeyLogLabel] = []
        /// Records that none of them opened.
        var failedCount = 0
    }

    /// A record whose end has not come.
    struct Partial {
        var header: RecordHeader
        /// Bytes of it that have come.
        var byteCount: Int
    }

    // What every record needs stands first.
    var stage = Stage.plain
    /// Bytes that were left in the channel.
    var waitingByteCount = 0
    /// They are left until more is known, and not until more of them come.
    var isHeldUp = false
    /// Bytes of a record that are not looked at.
    var skipped = 0
    /// A header is to be found: bytes are missing.
    var isLocating = false
    /// Application data was opened.
    var hasOpened = false
    /// Records before the one that was opened are missing, and no gap was reported for them.
    var owesGap = false
    /// A record was found.
    var hasBegun = false
    /// Bytes are missing from the capture, or could not be kept.
    var hasGap = false
    /// Bytes came that are no record, although none are missing, and nothing was opened since.
    var hasNonsense = false
    /// Its first bytes were no record.
    var isForeign = false
    /// The gap before the next record was reported.
    var hasReportedGap = false
    /// The handshake has a certificate or a key exchange: it is a full one.
    var hasKeyExchange = false
    /// Records that did not open since the last that did.
    var unopenedCount: UInt64 = 0
    /// Bytes that were passed over because nothing opens them, and of ordinary records.
    var byteCount: UInt64 = 0
    var protection: RecordProtection?
    /// What `protection` was made from, in TLS 1.3.
    var secret: (label: KeyLogLabel, secret: Secret)?
    var messages = HandshakeStream()
    var partial: Partial?
    /// The store's generation when its secrets were tried without success.
    var triedGeneration: Int?
    /// Bytes that may have held records which were not counted.
    var missingByteCount: UInt64 = 0
    /// Why the secrets that were tried on a first record failed, where some did.
    var misfit: OpaqueReason?
    var alert: Alert?

    /// Advances over bytes that are not looked at.
    mutating func skip(upTo count: Int) -> Int {
        let step = min(skipped, count)
        skipped -= step
        if isClosed { byteCount += UInt64(step) }
        return step
    }

    /// Records of it are protected and cannot be read.
    var isUnread: Bool {
        switch stage {
        case .trial: !hasOpened && !isUntried
        case .opaque: !hasOpened
        case .plain, .open: false
        }
    }

    /// Records were opened, and those that came next were not, as after a renegotiation whose secrets are not there.
    var hasStopped: Bool {
        switch stage {
        case .trial: hasOpened && !isUntried
        case .opaque: hasOpened
        case .plain, .open: false
        }
    }

    /// `byteCount`, and those that wait for secrets.
    var recordByteCount: UInt64 { isClosed ? byteCount + UInt64(waitingByteCount) : byteCount }

    /// Its records are protected, and nothing opens them, or nothing yet.
    var isClosed: Bool {
        switch stage {
        case .trial, .opaque: true
        case .plain, .open: false
        }
    }

    var isTrying: Bool { if case .trial = stage { true } else { false } }
    var isOpen: Bool { if case .open = stage { true } else { false } }

    /// No record has come since secrets are to be found.
    var isUntried: Bool {
        guard case .trial(let trial) = stage else { return false }
        return trial.failedCount == 0 && triedGeneration == nil && waitingByteCount == 0
    }

    /// Nothing came after the hello that goes on with the handshake: no key exchange, no change to protected records, no alert.
    var isSilentSinceHello: Bool {
        guard case .plain = stage else { return false }
        return !hasKeyExchange && alert == nil && !hasGap && !hasNonsense && waitingByteCount == 0
    }

    /// The most records that may be missing.
    func possibleLosses(_ version: ProtocolVersion, _ kind: Protection) -> UInt64 {
        unopenedCount + missingByteCount / UInt64(kind.leastRecordByteCount(version)) + (missingByteCount > 0 ? 1 : 0)
    }

    /// A record was opened: nothing is missing before the next one.
    mutating func resetLosses() {
        missingByteCount = 0
        unopenedCount = 0
        isLocating = false
        hasNonsense = false
        hasReportedGap = false
    }

    /// A record was opened whose sequence number says that so many before it were not.
    mutating func resetLosses(skipped: UInt64) {
        if skipped > 0, !hasReportedGap { owesGap = true }
        resetLosses()
    }

    /// Notes that bytes are missing, after those that waited; returns what is missing of the content besides what was reported.
    mutating func lose(_ gap: Gap) -> Gap? {
        hasGap = true
        let waiting = waitingByteCount
        if isClosed { byteCount += UInt64(waiting) }
        waitingByteCount = 0
        protection?.forgetChain()
        let partial = partial
        self.partial = nil
        if !isLocating, let count = gap.byteCount {
            if waiting == 0, count <= UInt64(skipped) {
                skipped -= Int(count)
                return nil
            }
            if let partial, count <= UInt64(partial.header.recordByteCount - partial.byteCount) {
                // All within one record, after which the next one begins.
                skipped = partial.header.recordByteCount - partial.byteCount - Int(count)
                unopenedCount += 1
                return .bounded(UInt64(partial.header.payloadByteCount))
            }
        }
        skipped = 0
        isLocating = true
        let missing = gap.byteCount.map { $0 &+ UInt64(waiting) }
        missingByteCount &+= missing ?? Self.unknownByteCount
        return .bounded(missing)
    }

    /// What is assumed where nobody knows how much is missing.
    private static let unknownByteCount: UInt64 = 1 << 20

    mutating func markOpaque(_ reason: OpaqueReason) {
        stage = .opaque(reason)
        protection = nil
        secret = nil
        messages.removeAll()
    }

    /// Why it has not been opened; nil if it has, or never came to that.
    func reasonOfOpacity(of session: TLSSession) -> OpaqueReason? {
        switch stage {
        case .opaque(let reason): reason
        case .trial where isUntried: nil
        case .trial: misfit ?? session.reasonOfMissingSecrets
        case .plain, .open: nil
        }
    }
}
