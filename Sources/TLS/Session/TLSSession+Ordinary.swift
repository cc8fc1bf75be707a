import Bytes
import Channels

// Whole records of application data in a connection that is open: nearly all there are.
extension TLSSession {
    public func takeOrdinary(_ bytes: Span<UInt8>, from direction: Direction, into made: inout ByteBuffer) -> OrdinaryUnit? {
        // The server's first data decides about early data.
        guard earlyData != .offered else { return nil }
        let count = direction == .fromLow ? fromLow.takeOrdinary(bytes, into: &made) : fromHigh.takeOrdinary(bytes, into: &made)
        guard count > 0 else { return nil }
        addToBudget(count)
        return OrdinaryUnit(byteCount: count)
    }

    public func awaitedByteCount(from direction: Direction) -> Int {
        direction == .fromLow ? fromLow.awaitedByteCount : fromHigh.awaitedByteCount
    }

    /// A record was opened: what that is worth may be spent on trying.
    func addToBudget(_ recordByteCount: Int) {
        guard trialBudget < Self.trialBudgetLimit else { return }
        trialBudget = min(trialBudget + Self.trialBudgetShare * recordByteCount, Self.trialBudgetLimit)
    }
}

extension Half {
    /// Opens a record of application data that stands whole at the beginning of `bytes`, where some was opened before and nothing is
    /// missing. Its length; 0 for any other record, and then nothing has changed.
    @inline(__always)
    fileprivate mutating func takeOrdinary(_ bytes: Span<UInt8>, into made: inout ByteBuffer) -> Int {
        guard hasOpened, skipped == 0, !isLocating, unopenedCount == 0, !owesGap, waitingByteCount == 0, case .open = stage,
            bytes.count >= RecordHeader.byteCount, let header = RecordHeader(bytes), header.type == .applicationData,
            bytes.count >= header.recordByteCount
        else { return 0 }
        let payload = bytes.extracting(RecordHeader.byteCount..<header.recordByteCount)
        guard let opened = protection?.openOrdinary(header, payload, into: &made) else { return 0 }
        guard opened.type == .applicationData, opened.byteCount > 0 else {
            protection?.sequence &-= 1
            made.removeAll()
            return 0
        }
        byteCount &+= UInt64(header.recordByteCount)
        return header.recordByteCount
    }

    /// The length of the record that waits for its end, or of a header that waits for its own; 0 where something else is waited for.
    fileprivate var awaitedByteCount: Int {
        guard waitingByteCount > 0, !isLocating else { return 0 }
        return partial?.header.recordByteCount ?? (waitingByteCount < RecordHeader.byteCount ? RecordHeader.byteCount : 0)
    }
}
