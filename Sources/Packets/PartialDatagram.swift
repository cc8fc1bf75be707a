import Bytes

/// A datagram of which fragments are still missing.
struct PartialDatagram {
    /// What the fragments of one datagram have in common (RFC 791 §3.2, RFC 8200 §4.5).
    struct Key: Hashable {
        var source: IPAddress
        var destination: IPAddress
        var identification: UInt32
        /// 0 for IPv6, where fragments of one datagram may name different ones and the first fragment's counts.
        var protocolNumber: UInt8
        /// The tunnel that they came through.
        var scope: UInt64
    }

    let key: Key
    /// When its first fragment to arrive was captured.
    let began: Timestamp
    private(set) var bytes: [UInt8] = []
    /// What is covered on the wire: sorted, apart from each other.
    private var runs: [Range<Int>] = []
    /// Where it ends, once the last fragment has come.
    private(set) var length: Int?
    /// Bytes before the first that the capture cut away.
    private var intactCount = Int.max
    /// What the fragment at offset 0 said that the payload is.
    private(set) var protocolNumber: UInt8 = 0
    private(set) var packets: [UInt64] = []

    init(key: Key, began: Timestamp) {
        self.key = key
        self.began = began
    }

    var isWhole: Bool {
        guard let length else { return false }
        return runs.count == 1 && runs[0] == 0..<length
    }

    /// The bytes up to the first that was not captured.
    consuming func takeBytes() -> [UInt8] {
        if intactCount < bytes.count { bytes.removeLast(bytes.count - intactCount) }
        return bytes
    }

    /// True when a fragment ending at `end` contradicts what the others said about where the datagram ends.
    func contradicts(end: Int, isLast: Bool) -> Bool {
        if let length { return isLast ? end != length : end > length }
        return isLast && end < runs.last?.upperBound ?? 0
    }

    enum Outcome { case added, duplicate, conflicting }

    /// Takes the bytes of `range` that no earlier fragment brought; `piece` is as much of it as was captured.
    mutating func add(
        _ piece: Span<UInt8>, covering range: Range<Int>, isLast: Bool, protocolNumber: UInt8, packet: UInt64, packetLimit: Int
    ) -> Outcome {
        if isLast { length = range.upperBound }
        if range.lowerBound == 0, runs.first?.lowerBound != 0 { self.protocolNumber = protocolNumber }
        if range.upperBound > bytes.count { bytes.append(contentsOf: repeatElement(0, count: range.upperBound - bytes.count)) }
        let capturedEnd = range.lowerBound + piece.count
        if capturedEnd < range.upperBound { intactCount = min(intactCount, capturedEnd) }

        var differs = false
        var position = range.lowerBound
        for run in runs where run.upperBound > range.lowerBound && run.lowerBound < range.upperBound {
            copy(piece, from: range.lowerBound, to: position..<max(position, run.lowerBound))
            let overlapEnd = min(run.upperBound, range.upperBound)
            for index in max(run.lowerBound, range.lowerBound)..<overlapEnd where index < min(capturedEnd, intactCount) {
                if bytes[index] != piece[index - range.lowerBound] { differs = true }
            }
            position = overlapEnd
        }
        copy(piece, from: range.lowerBound, to: position..<range.upperBound)
        let isNew = cover(range)
        if isNew, packets.count < packetLimit { packets.append(packet) }
        return differs ? .conflicting : isNew ? .added : .duplicate
    }

    private mutating func copy(_ piece: Span<UInt8>, from start: Int, to range: Range<Int>) {
        for index in range where index - start < piece.count { bytes[index] = piece[index - start] }
    }

    /// Adds `range` to the runs; false when it lies in one already.
    private mutating func cover(_ range: Range<Int>) -> Bool {
        if range.isEmpty { return false }
        let first = runs.firstIndex { $0.upperBound >= range.lowerBound } ?? runs.endIndex
        let behind = runs[first...].firstIndex { $0.lowerBound > range.upperBound } ?? runs.endIndex
        guard first < behind else {
            runs.insert(range, at: first)
            return true
        }
        let merged = min(range.lowerBound, runs[first].lowerBound)..<max(range.upperBound, runs[behind - 1].upperBound)
        if behind - first == 1, merged == runs[first] { return false }
        runs.replaceSubrange(first..<behind, with: CollectionOfOne(merged))
        return true
    }
}
