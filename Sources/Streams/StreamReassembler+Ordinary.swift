import Bytes

// What nearly all segments are: data that are next in the stream, and acknowledgements.
extension StreamReassembler {
    /// What became of a segment that may be ordinary.
    public enum Outcome {
        /// It is not, and nothing was changed.
        case notOrdinary
        case taken
        /// The same, and `nextHeld` or `overdueGap` of the other direction may return something.
        case takenWithAttention
    }

    /// Takes a segment that is next in the stream, whole, and nothing but data, while nothing waits in the other direction, whose
    /// bytes it acknowledges.
    ///
    /// `offset` is then the one after its bytes.
    public mutating func takeOrdinary(
        _ bytes: Span<UInt8>, at sequence: UInt32, length: Int, acknowledging number: UInt32, of other: inout StreamReassembler,
        recent memory: inout RecentBytes
    ) -> Outcome {
        guard sequence == next, isSynchronized, bytes.count == length, !hasFIN, held == nil, !other.needsAttention else {
            return .notOrdinary
        }
        acknowledgedPastGap = 0
        advance(by: length)
        remember(bytes, at: sequence, &memory)
        return other.note(acknowledgment: number) ? .takenWithAttention : .taken
    }

    /// Takes a segment without data that is no probe, while nothing waits in the other direction, whose bytes it acknowledges.
    public mutating func takeOrdinary(
        emptyAt sequence: UInt32, acknowledging number: UInt32, of other: inout StreamReassembler
    ) -> Outcome {
        guard sequence != next &- 1, !other.needsAttention else { return .notOrdinary }
        return other.note(acknowledgment: number) ? .takenWithAttention : .taken
    }

    /// Notes what the other side acknowledges, once for each of its packets; true if `nextHeld` or `overdueGap` may return
    /// something.
    @discardableResult
    public mutating func acknowledge(_ number: UInt32) -> Bool { note(acknowledgment: number) }

    @inline(__always)
    private mutating func note(acknowledgment number: UInt32) -> Bool {
        if hasAcknowledgment, distance(from: highest, to: number) <= 0,
            !isSynchronized || distance(from: next, to: highest) < Self.plausibleDistance
        {
            // Repeated, or an old one that was overtaken. An absurd number, however, is replaced by the next.
            if number != highest { reconsider(number) }
        } else {
            highest = number
            hasAcknowledgment = true
        }
        if isSynchronized, distance(from: next, to: number) > 0, acknowledgedPastGap < .max { acknowledgedPastGap += 1 }
        return needsAttention
    }
}
