import FieldCoding

/// The fields that one end has inserted so far (RFC 9204 §3.2), counted from 0 for the first.
///
/// They come in order on a stream of their own. Where bytes of it are missing, it is not known how many they inserted, so nothing that is
/// inserted later has a number that is known: what was inserted before remains certain, and the rest of the connection cannot add to it.
struct DynamicTable: Sendable {
    /// Entries from the oldest to the newest, those before `start` forgotten.
    private var entries: [TableEntry] = []
    private var start = 0
    private(set) var size = 0
    private(set) var capacity = 0
    /// How many entries were inserted, as far as that was read.
    private(set) var insertCount: UInt64 = 0

    /// Memory for the entries of one end; beyond, old ones are taken for unknown.
    static let largestCapacity = 1 << 20

    var count: Int { entries.count - start }

    /// The entry of this number; nil where it is not known, or not any more.
    func entry(at index: UInt64) -> TableEntry? {
        guard index < insertCount, insertCount - index <= UInt64(count) else { return nil }
        return entries[entries.count - Int(insertCount - index)]
    }

    /// The entry that was inserted so many entries before the newest one.
    func newest(_ distance: Int) -> TableEntry? {
        distance >= 0 && distance < count ? entries[entries.count - 1 - distance] : nil
    }

    /// False if the entry is larger than the table.
    mutating func insert(_ entry: TableEntry) -> Bool {
        guard entry.size <= capacity else { return false }
        evict(toFit: entry.size)
        entries.append(entry)
        size += entry.size
        insertCount += 1
        return true
    }

    mutating func setCapacity(_ wanted: Int) {
        capacity = min(wanted, Self.largestCapacity)
        evict(toFit: 0)
    }

    private mutating func evict(toFit added: Int) {
        while count > 0, size + added > capacity {
            size -= entries[start].size
            entries[start] = TableEntry()
            start += 1
        }
        guard start > 32, start * 2 > entries.count else { return }
        entries.removeFirst(start)
        start = 0
    }
}
