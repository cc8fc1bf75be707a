import Bytes
import Channels

// Bytes that are missing, and how the next record is found after them.
extension TLSSession {
    public func noteGap(_ gap: Gap, from direction: Direction, into output: inout LayerOutput) {
        let lost = withHalf(direction) { half in
            guard let lost = half.lose(gap) else { return Gap?.none }
            guard half.hasOpened else {
                // Later records open all the same, and do not show that some are missing before them.
                if half.protection?.isAuthenticated == false { half.owesGap = true }
                return nil
            }
            half.hasReportedGap = true
            return lost
        }
        if let lost { output.noteGap(lost, direction) }
        // What waited for secrets is given up: what comes after it does not begin at the beginning.
        if withHalf(direction, { $0.isTrying && !$0.hasOpened }), store.expectsMore { isFromBeginning = false }
        let isPlain = withHalf(direction) { half in
            half.messages.removeAll()
            if case .plain = half.stage { return true } else { return false }
        }
        // A hello may be among what is missing, for which the other direction would wait.
        if isPlain, answer == nil, hello != nil { loseAnswer(&output) }
    }

    public func noteOverflow(_ count: UInt64, from direction: Direction, into output: inout LayerOutput) {
        hasOverflown = true
        security.wireByteCount += count
        // The records came, and each of them counts in the sequence numbers that are to be tried.
        trialBudget += Int(clamping: count) / 2 * Self.trialBudgetShare
        noteGap(.exact(count), from: direction, into: &output)
    }

    private func loseAnswer(_ output: inout LayerOutput) {
        guard let client else { return }
        markOpaque(client, .handshakeLost)
        markOpaque(client.opposite, .handshakeLost)
        output.resume(client)
    }

    /// Finds the next header after a gap; advances `taken` over what is none.
    func locate(_ rest: Span<UInt8>, _ direction: Direction, _ half: inout Half, _ taken: inout Int) -> RecordHeader? {
        if case .opaque = half.stage {
            half.byteCount += UInt64(rest.count)
            taken += rest.count
            return nil
        }
        // A secret that is there, or is to be found, tells records from other bytes.
        let canVerify = half.isTrying ? true : half.protection?.isAuthenticated == true
        var index = 0
        while index + RecordHeader.byteCount <= rest.count {
            guard let header = plausibleHeader(rest, at: index) else {
                index += 1
                continue
            }
            let end = index + header.recordByteCount
            // Its end has to come first.
            if rest.count < end { break }
            // Otherwise the header after it does.
            if !canVerify {
                if rest.count < end + RecordHeader.byteCount { break }
                if plausibleHeader(rest, at: end) == nil {
                    index += 1
                    continue
                }
            }
            half.passOver(index)
            taken += index
            return header
        }
        half.passOver(index)
        taken += index
        return nil
    }

    private func plausibleHeader(_ bytes: Span<UInt8>, at index: Int) -> RecordHeader? {
        guard let header = RecordHeader(bytes.extracting(index..<bytes.count)), header.payloadByteCount > 0, header.type != .heartbeat
        else { return nil }
        if let version = answer?.version, header.version != min(version, .tls12).rawValue { return nil }
        return header
    }
}

extension Half {
    /// Bytes are no record, or part of one whose beginning is missing.
    fileprivate mutating func passOver(_ count: Int) {
        missingByteCount += UInt64(count)
        if isClosed { byteCount += UInt64(count) }
    }

    /// What looked like a header is none: the search goes on with the byte after it.
    mutating func missStep() {
        skipped = 1
        missingByteCount += 1
    }
}
