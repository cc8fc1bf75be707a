/// The search for the next frame of a direction that is out of step.
///
/// Most frames begin where a packet's bytes begin, which a few bytes can prove; where frames fill packets back to back, every
/// offset is looked at.
struct Resynchronization {
    /// Follows frames from the beginning of a packet.
    var search: FrameSearch
    /// Where that is, relative to the waiting bytes.
    var candidate = 0
    /// Bytes at the beginning of those that wait of which every offset has been looked at.
    private(set) var examinedByteCount = 0
    /// No more bytes will come before the next gap or the end.
    var isLast = false

    init(_ search: FrameSearch) { self.search = search }

    /// Whether to look at every offset: each time the bytes have doubled, so that the work stays in proportion to them.
    func mustExamine(_ count: Int) -> Bool { count > examinedByteCount && (isLast || count >= examinedByteCount * 2) }

    mutating func noteExamined(_ count: Int) { examinedByteCount = count }

    /// Begins anew after the first `count` of the waiting bytes.
    mutating func forget(_ count: Int, isMasked: Bool?) {
        examinedByteCount = max(0, examinedByteCount - count)
        guard candidate < count else { return candidate -= count }
        search.restart(isMasked: isMasked)
        candidate = 0
    }
}
