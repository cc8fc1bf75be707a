import Bytes

/// What becomes of the bytes of one direction of a TCP connection when secrets are removed.
///
/// A list of what is known to be harmless, or how it is made so. All else is overwritten: what was not understood is not let through.
struct StreamPlan {
    enum Treatment: Equatable {
        case keep
        /// Other bytes of the same number, from this place in `bytes`.
        case replace(at: Int)
        /// Fillers, under a mask.
        case fill(Mask)
        /// A compressed message of `count` bytes that says nothing, from its byte at `origin` on, under a mask.
        case deflate(count: UInt64, origin: UInt64, Mask)
        /// A chunked body of `count` bytes that says nothing; nil where its end is not known.
        case chunks(count: UInt64?)
    }

    /// A frame's masking key, and which byte of the payload the range begins with.
    struct Mask: Equatable {
        var key: UInt32
        var phase: UInt64

        static let none = Mask(key: 0, phase: 0)

        func moved(by count: UInt64) -> Mask { Mask(key: key, phase: phase &+ count) }

        func byte(at offset: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: key >> (24 - 8 * ((phase + offset) & 3))) }
    }

    private struct Entry {
        var range: Range<UInt64>
        var treatment: Treatment
    }

    private var entries: [Entry] = []
    private var bytes: [UInt8] = []
    /// What `add` took, for a limit on all plans.
    private(set) var byteCount = 0
    private var isSorted = true
    /// Where a chunked body begins whose end is not known yet.
    private var openBody: UInt64?

    /// Where the first range begins that is not overwritten.
    var first: UInt64? { entries.first?.range.lowerBound }

    mutating func add(_ range: Range<UInt64>, _ treatment: Treatment) {
        guard !range.isEmpty else { return }
        if let last = entries.last {
            if last.treatment == .keep, treatment == .keep, last.range.upperBound == range.lowerBound {
                entries[entries.count - 1].range = last.range.lowerBound..<range.upperBound
                return
            }
            if range.lowerBound < last.range.upperBound { isSorted = false }
        }
        entries.append(Entry(range: range, treatment: treatment))
        byteCount += MemoryLayout<Entry>.stride
    }

    mutating func add(at offset: UInt64, replacement: [UInt8]) {
        add(offset..<offset + UInt64(replacement.count), .replace(at: bytes.count))
        bytes += replacement
        byteCount += replacement.count
    }

    // MARK: Bodies

    mutating func beginChunkedBody(at offset: UInt64) { openBody = offset }

    /// The body that has begun, if there is one, ends before `offset`.
    mutating func endBody(at offset: UInt64) {
        guard let start = openBody else { return }
        openBody = nil
        if start < offset { add(start..<offset, .chunks(count: offset - start)) }
    }

    // MARK: The whole

    /// Copies what becomes of a range to another place, of another plan. This one is finished.
    func copy(_ range: Range<UInt64>, to start: UInt64, of other: inout StreamPlan) {
        var index = firstEntry(endingBehind: range.lowerBound)
        while index < entries.count, entries[index].range.lowerBound < range.upperBound {
            let entry = entries[index]
            index += 1
            let low = max(entry.range.lowerBound, range.lowerBound)
            let high = min(entry.range.upperBound, range.upperBound)
            let skipped = low - entry.range.lowerBound
            let place = start + low - range.lowerBound..<start + high - range.lowerBound
            switch entry.treatment {
            case .keep: other.add(place, .keep)
            case .replace(let at):
                let from = at + Int(skipped)
                other.add(at: place.lowerBound, replacement: Array(bytes[from..<from + Int(high - low)]))
            case .fill(let mask): other.add(place, .fill(mask.moved(by: skipped)))
            case .deflate(let count, let origin, let mask):
                other.add(place, .deflate(count: count, origin: origin + skipped, mask.moved(by: skipped)))
            case .chunks: break
            }
        }
    }

    /// Says that nothing more is added.
    mutating func finish() {
        if let start = openBody { add(start..<UInt64(Int64.max), .chunks(count: nil)) }
        openBody = nil
        sort()
    }

    /// Puts the ranges in order. What runs into the next, as a frame does whose end was lost, ends there.
    private mutating func sort() {
        guard !isSorted else { return }
        entries.sort { $0.range.lowerBound < $1.range.lowerBound }
        for index in entries.indices.dropLast() {
            let range = entries[index].range
            entries[index].range = range.lowerBound..<min(range.upperBound, entries[index + 1].range.lowerBound)
        }
        entries.removeAll { $0.range.isEmpty }
        isSorted = true
    }

    /// Overwrites in `payload`, whose first byte stands at `offset`, what is not to be let through.
    func apply(to payload: inout [UInt8], from start: Int, at offset: UInt64, count: Int) {
        var place = offset
        let end = offset + UInt64(count)
        var index = firstEntry(endingBehind: offset)
        while place < end {
            guard index < entries.count, entries[index].range.lowerBound < end else {
                for at in place..<end { payload[start + Int(at - offset)] = StoredBlocks.filler }
                return
            }
            let entry = entries[index]
            let from = max(entry.range.lowerBound, place)
            for at in place..<from { payload[start + Int(at - offset)] = StoredBlocks.filler }
            let to = min(entry.range.upperBound, end)
            if entry.treatment != .keep {
                for at in from..<to { payload[start + Int(at - offset)] = byte(of: entry, at: at - entry.range.lowerBound) }
            }
            place = to
            index += 1
        }
    }

    private func byte(of entry: Entry, at offset: UInt64) -> UInt8 {
        switch entry.treatment {
        case .keep: 0
        case .replace(let place): bytes[place + Int(offset)]
        case .fill(let mask): StoredBlocks.filler ^ mask.byte(at: offset)
        case .chunks(let count): ChunkedFiller.byte(at: offset, of: count)
        case .deflate(let count, let origin, let mask): StoredBlocks.byte(at: origin + offset, of: count) ^ mask.byte(at: offset)
        }
    }

    private func firstEntry(endingBehind offset: UInt64) -> Int {
        var range = 0..<entries.count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = entries[middle].range.upperBound > offset ? range.lowerBound..<middle : middle + 1..<range.upperBound
        }
        return range.lowerBound
    }
}
