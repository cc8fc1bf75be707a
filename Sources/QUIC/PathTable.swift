import Channels

/// The connection that each pair of endpoints spoke last, by the number that stands for the pair: open addressing with linear probing,
/// because every datagram needs a look-up.
///
/// The numbers are hashes that nobody can predict, so that their lowest bits are spread.
struct PathTable: ~Copyable {
    /// Counts no references: whoever removes a connection removes its paths first.
    @safe
    struct Entry {
        let path: UInt64
        let connection: Unmanaged<QUICConnection>
        /// The directions of the pair are swapped in the connection.
        let isSwapped: Bool

        init(_ path: UInt64, _ connection: QUICConnection, isSwapped: Bool) {
            self.path = path
            unsafe self.connection = .passUnretained(connection)
            self.isSwapped = isSwapped
        }

        /// A direction of the pair as one of the connection.
        @inline(__always)
        func inside(_ direction: Direction) -> Direction { isSwapped ? direction.opposite : direction }

        /// The connection, to be kept for longer than a call.
        var retained: QUICConnection { unsafe connection.takeUnretainedValue() }
    }

    private var slots: [Entry?] = Array(repeating: nil, count: 64)
    private(set) var count = 0

    @inline(__always)
    subscript(path: UInt64) -> Entry? { slots[slot(of: path)] }

    /// The slot of a path, or that which it would take.
    @inline(__always)
    private func slot(of path: UInt64) -> Int {
        let mask = slots.count &- 1
        var slot = Int(truncatingIfNeeded: path) & mask
        while let entry = slots[slot], entry.path != path { slot = (slot &+ 1) & mask }
        return slot
    }

    /// Adds an entry, in the place of another one of its path.
    mutating func insert(_ entry: Entry) {
        if (count + 1) * 2 > slots.count { grow() }
        let slot = slot(of: entry.path)
        if slots[slot] == nil { count += 1 }
        slots[slot] = entry
    }

    mutating func remove(_ path: UInt64) {
        let mask = slots.count - 1
        var hole = slot(of: path)
        guard slots[hole] != nil else { return }
        count -= 1
        slots[hole] = nil
        // Entries after it that would not be found any more move up.
        var slot = (hole + 1) & mask
        while let entry = slots[slot] {
            let wanted = Int(truncatingIfNeeded: entry.path) & mask
            if (slot - wanted) & mask >= (slot - hole) & mask {
                slots[hole] = entry
                slots[slot] = nil
                hole = slot
            }
            slot = (slot + 1) & mask
        }
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: nil, count: old.count * 2)
        count = 0
        for case let entry? in old { insert(entry) }
    }
}
