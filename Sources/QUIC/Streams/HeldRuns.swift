import Bytes
import Channels

/// Bytes of one direction of a stream that came before those that precede them, with the packets that brought them.
struct HeldRuns {
    /// Bytes that follow one another.
    struct Run {
        var start: UInt64
        var bytes: [UInt8] = []
        /// Where the bytes of each packet begin.
        var pieces: [(start: UInt64, mark: PacketMark)] = []
        /// The numbers of packets that may have brought what is missing before it.
        var suspects: Range<UInt64>

        var end: UInt64 { start + UInt64(bytes.count) }
        /// Memory that it takes.
        var cost: Int { bytes.count + pieces.count * 24 + 96 }
    }

    /// In order; none overlaps another.
    private(set) var runs: [Run] = []

    /// Runs of one direction of a stream.
    static let limit = 1_024

    var isEmpty: Bool { runs.isEmpty }
    var first: Run? { runs.first }

    /// Keeps those of the bytes that are not there yet.
    ///
    /// - Parameter suspects: where they lie after everything else.
    /// - Returns: how many were there already, and the memory that the others take.
    mutating func insert(
        _ bytes: Span<UInt8>, at start: UInt64, mark: PacketMark, suspects: Range<UInt64>
    ) -> (repeatedCount: Int, cost: Int) {
        let end = start + UInt64(bytes.count)
        var position = start
        var index = firstIndex(endingAfter: start)
        var added = (count: 0, cost: 0)
        while position < end {
            let next = index < runs.count ? runs[index].start : UInt64.max
            if next <= position {
                position = min(end, max(position, runs[index].end))
                index += 1
                continue
            }
            let stop = min(end, next)
            let piece = bytes.extracting(Int(position - start)..<Int(stop - start))
            added.count += piece.count
            if index > 0, runs[index - 1].end == position {
                runs[index - 1].pieces.append((position, mark))
                unsafe piece.withUnsafeBufferPointer { unsafe runs[index - 1].bytes.append(contentsOf: $0) }
                added.cost += piece.count + 24
            } else {
                let run = Run(
                    start: position, bytes: piece.copied(), pieces: [(position, mark)],
                    suspects: index < runs.count ? runs[index].suspects : suspects)
                added.cost += run.cost
                runs.insert(run, at: index)
                index += 1
            }
            position = stop
        }
        return (bytes.count - added.count, added.cost)
    }

    private func firstIndex(endingAfter offset: UInt64) -> Int {
        var search = 0..<runs.count
        while !search.isEmpty {
            let middle = search.lowerBound + search.count / 2
            search = runs[middle].end > offset ? search.lowerBound..<middle : middle + 1..<search.upperBound
        }
        return search.lowerBound
    }

    /// Takes the runs that `offset`, up to which everything has come, reaches.
    mutating func take(from offset: UInt64) -> [Run] {
        var end = offset
        var count = 0
        while count < runs.count, runs[count].start <= end {
            end = max(end, runs[count].end)
            count += 1
        }
        guard count > 0 else { return [] }
        defer { runs.removeFirst(count) }
        return Array(runs.prefix(count))
    }

    mutating func removeAll() { runs = [] }
}
