import Packets

// Whether a segment that would end the stream, or begin another, fits it (RFC 9293 §3.10.7.4, RFC 5961).
extension StreamReassembler {
    /// True if the receiver of a RST with this sequence number takes it, as far as an observer knows what it has received: the
    /// number must be that of the next byte, or, with some systems, one beside it (RFC 5961 §3.2).
    ///
    /// Where nothing is known of the stream, anything fits.
    public func fits(resetAt sequence: UInt32) -> Bool {
        guard isSynchronized else { return true }
        let fromLower = distance(from: lowestExpected, to: sequence)
        let toUpper = distance(from: sequence, to: highestExpected)
        return fromLower >= -1 && toUpper >= -1
    }

    /// How far a sequence number is after the next byte's; negative if it is before it.
    public func lead(of sequence: UInt32) -> Int { distance(from: next, to: sequence) }

    /// True if an acknowledgement covers bytes that have not been passed on yet.
    public func isAhead(acknowledgment number: UInt32) -> Bool { isSynchronized && lead(of: number) > 0 }

    /// True if no captured acknowledgement covers what comes before a sequence number.
    public func isUnacknowledged(_ sequence: UInt32) -> Bool {
        isSynchronized && hasAcknowledgment && distance(from: highest, to: sequence) > 0
    }

    /// True if an acknowledgement covers more than those before it.
    public func isNews(acknowledgment number: UInt32) -> Bool {
        !hasAcknowledgment || distance(from: highest, to: number) > 0
    }

    /// True if none of the bytes has come between an acknowledgement and those before it, nor any before them.
    public func lacksBeginning(acknowledgedBy number: UInt32) -> Bool {
        !isSynchronized && hasAcknowledgment && distance(from: highest, to: number) > 0
    }

    /// True if a FIN was captured, and every byte before it was captured or acknowledged.
    public var isFinPlaced: Bool {
        guard let finSequence else { return false }
        return distance(from: next, to: finSequence) <= 0 || hasAcknowledgment && distance(from: finSequence, to: highest) >= 0
    }

    /// True if the other side has acknowledged the FIN.
    public var isFinAcknowledged: Bool {
        guard let finSequence, hasAcknowledgment else { return false }
        return distance(from: finSequence, to: highest) > 0
    }

    /// True if a segment brings bytes after a FIN that nobody has acknowledged.
    public func refutesFIN(_ segment: Segment) -> Bool {
        guard let finSequence, segment.payloadLength > 1, !isFinAcknowledged else { return false }
        return distance(from: finSequence, to: segment.sequence) + segment.payloadLength > 0 && lead(of: segment.sequence) >= 0
    }

    /// True if segments wait after bytes that the other side has acknowledged.
    public var isGapAcknowledged: Bool { held != nil && acknowledgedPastGap >= Self.patience }

    /// What is known of the bytes before the first segment that waits; `nil` if nothing waits.
    public var outlook: GapOutlook? {
        get { held?.outlook.flatMap { $0.sequence == next ? $0 : nil } }
        nonmutating set { held?.outlook = newValue }
    }

    /// True if a segment brings the next byte.
    public func isNext(at sequence: UInt32, length: Int) -> Bool {
        let ahead = distance(from: next, to: sequence)
        return ahead <= 0 && ahead + length > 0
    }

    /// True if a segment repeats bytes with another content, and the other side has acknowledged exactly what comes before it: it may
    /// be this copy that is received.
    public func isDisputed(by segment: Segment, _ bytes: Span<UInt8>, recent memory: borrowing RecentBytes) -> Bool {
        let old = -lead(of: segment.sequence)
        guard isSynchronized, hasAcknowledgment, highest == segment.sequence, old > 0, segment.payloadLength > 1,
            segment.payloadLength != old, held == nil
        else { return false }
        return contradicts(bytes, at: segment.sequence, upTo: min(old, bytes.count), memory)
    }

    /// Goes back to a sequence number, since its receiver took another copy of the bytes from there on.
    public mutating func goBack(to sequence: UInt32) { goOn(at: sequence) }

    /// What the receiver may be waiting for at least, and at most.
    private var lowestExpected: UInt32 { hasAcknowledgment && distance(from: highest, to: next) >= 0 ? highest : next }
    private var highestExpected: UInt32 {
        var end = held?.end ?? next
        if hasAcknowledgment, distance(from: end, to: highest) > 0 { end = highest }
        if let finSequence, distance(from: end, to: finSequence) >= 0 { end = finSequence &+ 1 }
        return end
    }
}
