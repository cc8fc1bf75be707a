import FieldCoding

/// The fields that one direction of a connection has sent before (RFC 7541 §2.3.2), the newest first.
///
/// Where blocks were not captured, what they added is not known, nor how much of it there was. The entries that came since are: they
/// stand before the unknown ones, so their indices are certain.
struct DynamicTable: Sendable {
    /// Entries from the oldest to the newest, those before `start` forgotten.
    private var entries: [TableEntry] = []
    private var start = 0
    private(set) var size = 0
    /// What the sender lets it grow to.
    private(set) var limit: Int
    /// Older entries than those that are kept may exist.
    private(set) var hasUnknownEntries: Bool

    /// Memory for the entries of one direction; beyond, old ones are taken for unknown.
    static let largestLimit = 1 << 20

    init(limit: Int = 4_096, hasUnknownEntries: Bool = false) {
        self.limit = limit
        self.hasUnknownEntries = hasUnknownEntries
    }

    var count: Int { entries.count - start }

    /// What an index of the table refers to, counted from 0 for the newest entry.
    enum Answer {
        case entry(TableEntry)
        /// An entry that was not captured.
        case unknown
        /// There is none.
        case none
    }

    func entry(at index: Int) -> Answer {
        if index < count { return .entry(entries[entries.count - 1 - index]) }
        return hasUnknownEntries ? .unknown : .none
    }

    mutating func insert(_ entry: TableEntry) {
        evict(toFit: entry.size)
        guard entry.size <= limit else { return }
        entries.append(entry)
        size += entry.size
    }

    /// Notes that the sender changes how far the table may grow.
    mutating func setLimit(_ wanted: Int) {
        limit = min(wanted, Self.largestLimit)
        // A table of size 0 has no entries, known or not.
        if wanted == 0 { hasUnknownEntries = false }
        evict(toFit: 0)
        if wanted > limit, !hasUnknownEntries { isCapped = true }
    }

    /// The sender's table is larger than what is kept here.
    private var isCapped = false

    /// Notes that blocks were lost: how many entries they added is not known.
    mutating func lose() {
        entries.removeAll()
        (start, size) = (0, 0)
        hasUnknownEntries = true
    }

    private mutating func evict(toFit added: Int) {
        while count > 0, size + added > limit {
            size -= entries[start].size
            entries[start] = TableEntry()
            start += 1
            if isCapped { hasUnknownEntries = true }
        }
        guard start > 32, start * 2 > entries.count else { return }
        entries.removeFirst(start)
        start = 0
    }
}
