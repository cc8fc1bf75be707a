import Bytes

/// Ends of TCP connections that wait for what follows them, each until its time.
struct WaitingEnds {
    struct Entry {
        var index: Int32
        /// Of the flow that had the row then.
        var serial: UInt64
        var due: Timestamp
    }

    /// How long data may still come that were under way, and the last acknowledgement.
    private static let shortWait: Int64 = 1_000_000_000
    /// How long peers may say nothing before an end that does not fit their connection is believed.
    private static let longWait: Int64 = 60_000_000_000

    private var short = Queue()
    private var long = Queue()

    var isEmpty: Bool { short.isEmpty && long.isEmpty }

    mutating func add(_ index: Int, _ serial: UInt64, isLong: Bool, at now: Timestamp) {
        let (due, overflows) = now.nanoseconds.addingReportingOverflow(isLong ? Self.longWait : Self.shortWait)
        let entry = Entry(index: Int32(index), serial: serial, due: Timestamp(nanoseconds: overflows ? .max : due))
        if isLong { long.append(entry) } else { short.append(entry) }
    }

    /// The next one whose time has come.
    mutating func next(at now: Timestamp) -> Entry? { short.next(at: now) ?? long.next(at: now) }

    /// Entries in the order in which they were added, which is nearly that of their times.
    private struct Queue {
        private var entries: [Entry] = []
        private var head = 0

        var isEmpty: Bool { head == entries.count }

        mutating func append(_ entry: Entry) { entries.append(entry) }

        mutating func next(at now: Timestamp) -> Entry? {
            guard head < entries.count, entries[head].due <= now else { return nil }
            let entry = entries[head]
            head += 1
            if head * 2 > entries.count {
                entries.removeFirst(head)
                head = 0
            }
            return entry
        }
    }
}
