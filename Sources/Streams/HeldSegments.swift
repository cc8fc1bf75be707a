import Bytes
import Channels

extension StreamReassembler {
    /// A segment's payload that waits after a gap.
    public struct Held: Sendable {
        public var sequence: UInt32
        public var bytes: [UInt8]
        /// How many of `bytes` were delivered already.
        public var skipped = 0
        /// The number of bytes right after `bytes` that the capture cut off.
        public var cutOff: Int
        public var mark: PacketMark

        @inlinable var length: Int { bytes.count + cutOff }
    }
}

/// Segments that wait after a gap, in the order of their sequence numbers and without overlap.
///
/// A deque: removing the first and adding at either end cost the same however many wait. An object, because only a stream with a
/// gap has one.
final class HeldSegments {
    typealias Held = StreamReassembler.Held
    private static let overheadByteCount = 64

    private var items: [Held] = []
    /// The index of the first segment; what is before it is free.
    private var head = 0
    /// Bytes that wait. Each segment counts as 64 bytes more than its payload.
    private(set) var byteCount = 0
    /// Segments that had to be moved for others, so that a test can tell what that costs.
    private(set) var movedCount = 0

    /// What is known of the gap before the first of them.
    var outlook: GapOutlook?

    var count: Int { items.count - head }
    var isEmpty: Bool { items.count == head }
    var first: Held? { isEmpty ? nil : items[head] }
    /// The sequence number after the last segment; nil if none waits.
    var end: UInt32? { isEmpty ? nil : items.last.map { $0.sequence &+ UInt32(truncatingIfNeeded: $0.length) } }

    func removeFirst() -> Held {
        let piece = items[head]
        items[head].bytes = []
        head += 1
        if head == items.count {
            items.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 64, head / 3 > count {
            // Without this a stream with one gap after another would keep the places of all that it ever held.
            movedCount += count
            items.removeFirst(head)
            head = 0
        }
        byteCount -= piece.bytes.count + Self.overheadByteCount
        return piece
    }

    /// Of a segment that starts at `start`, keeps what no other covers, from its byte at `position` on. Returns how many bytes that
    /// was, including those that were cut off.
    func add(_ bytes: Span<UInt8>, length: Int, from position: Int, at start: UInt32, mark: PacketMark, next: UInt32) -> Int {
        var position = position
        var added = 0
        var index = firstSegment(endingAfter: start &+ UInt32(truncatingIfNeeded: position), next: next)
        while position < length {
            let sequence = start &+ UInt32(truncatingIfNeeded: position)
            let untilNext = index < count ? distance(from: sequence, to: items[head + index].sequence) : Int.max
            if untilNext > 0 {
                let end = position + min(untilNext, length - position)
                let captured = min(position, bytes.count)..<min(end, bytes.count)
                let piece = Held(
                    sequence: sequence, bytes: bytes.extracting(captured).copied(), cutOff: end - position - captured.count, mark: mark)
                insert(piece, at: index)
                byteCount += piece.bytes.count + Self.overheadByteCount
                added += end - position
                position = end
            } else {
                position += items[head + index].length + untilNext
            }
            index += 1
        }
        return added
    }

    /// Whether bytes at `start` differ from those that wait there.
    func contradict(_ bytes: Span<UInt8>, at start: UInt32, next: UInt32) -> Bool {
        for index in head + firstSegment(endingAfter: start, next: next)..<items.count {
            let shift = distance(from: start, to: items[index].sequence)
            guard shift < bytes.count else { break }
            let (from, to) = (max(shift, 0), min(shift + items[index].bytes.count, bytes.count))
            guard from < to else { continue }
            for at in from..<to where bytes[at] != items[index].bytes[at - shift] { return true }
        }
        return false
    }

    private func insert(_ piece: Held, at index: Int) {
        guard index == 0, count > 0 else {
            movedCount += count - index
            return items.insert(piece, at: head + index)
        }
        if head == 0 {
            movedCount += count
            head = max(16, items.count)
            items.insert(contentsOf: repeatElement(Held(sequence: 0, bytes: [], cutOff: 0, mark: piece.mark), count: head), at: 0)
        }
        head -= 1
        items[head] = piece
    }

    /// The index of the first segment that ends after `start`.
    private func firstSegment(endingAfter start: UInt32, next: UInt32) -> Int {
        let ahead = distance(from: next, to: start)
        // Nearly always the new segment belongs after all others.
        if let last = items.last, !isEmpty, distance(from: next, to: last.sequence) + last.length <= ahead { return count }
        var range = head..<items.count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if distance(from: next, to: items[middle].sequence) + items[middle].length > ahead {
                range = range.lowerBound..<middle
            } else {
                range = middle + 1..<range.upperBound
            }
        }
        return range.lowerBound - head
    }
}
