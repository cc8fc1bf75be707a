import Bytes
import FieldCoding

/// Reads what an encoder's stream inserts into the table (RFC 9204 §4.3).
struct EncoderInstructions: ~Copyable {
    /// The beginning of an instruction that has not come whole.
    private var pending = ByteBuffer()
    /// Bytes of it that are awaited before it is looked at again.
    private var needed = 0
    /// Bytes since something was missing, in which an unknown number of entries may have been inserted; nil if nothing bounds them, as when an
    /// instruction could not be read.
    private(set) var unreadByteCount: UInt64? = 0
    /// Nothing more can be read.
    private(set) var isLost = false

    init() {}

    /// Carries out instructions until so many entries have been inserted; the number of bytes taken.
    ///
    /// What waits for those entries must be read before the next instruction, which may evict them.
    mutating func take(_ bytes: Span<UInt8>, until count: UInt64 = .max, into table: inout DynamicTable) -> Int {
        if isLost {
            lose(UInt64(bytes.count))
        } else if pending.isEmpty {
            let read = read(bytes, until: count, into: &table)
            if read.isEnough { return read.end }
            if isLost { lose(nil) } else { pending.append(bytes.extracting(read.end..<bytes.count)) }
        } else {
            let waiting = pending.count
            pending.append(bytes)
            guard pending.count >= needed else { return bytes.count }
            var all = ByteBuffer()
            swap(&all, &pending)
            let read = read(all.span, until: count, into: &table)
            if read.isEnough { return read.end - waiting }
            if isLost {
                // An encoder that says what is not possible may have inserted anything.
                lose(nil)
            } else {
                all.removeFirst(read.end)
                swap(&all, &pending)
            }
        }
        return bytes.count
    }

    /// Notes that so many bytes were not captured, or could not be read.
    mutating func lose(_ byteCount: UInt64?) {
        isLost = true
        let pending = UInt64(pending.count)
        self.pending.removeAll(keepingAtMost: 0)
        guard let byteCount, let unread = unreadByteCount else { return unreadByteCount = nil }
        let (sum, overflow) = unread.addingReportingOverflow(byteCount)
        unreadByteCount = overflow ? nil : sum &+ pending
    }

    /// The stream turned out to be there from its beginning.
    mutating func begin() {
        isLost = false
        unreadByteCount = 0
    }

    /// Carries out whole instructions; where they end, and whether there are enough entries now.
    private mutating func read(_ bytes: Span<UInt8>, until count: UInt64, into table: inout DynamicTable) -> (end: Int, isEnough: Bool) {
        var position = 0
        while position < bytes.count {
            var reader = FieldReader(position: position)
            do throws(FieldReadingError) {
                guard try Self.carryOut(bytes, &reader, &table) else {
                    isLost = true
                    break
                }
            } catch {
                // A character has at most 30 bits, and what is larger than the table must not be inserted.
                guard case .incomplete(let count) = error, count <= 4 * table.capacity + 32 else {
                    isLost = true
                    break
                }
                needed = bytes.count - position + count
                break
            }
            position = reader.position
            if table.insertCount >= count { return (position, true) }
        }
        return (position, false)
    }

    /// One instruction; false if it asks for what is not possible.
    private static func carryOut(
        _ bytes: Span<UInt8>, _ reader: inout FieldReader, _ table: inout DynamicTable
    ) throws(FieldReadingError) -> Bool {
        let first = bytes[reader.position]
        // What is too long for the table is not inserted, so that it need not be kept.
        let limit = table.capacity + 1
        if first & 0xE0 == 0x20 {
            table.setCapacity(try reader.integer(bytes, prefix: 5))
            return true
        }
        if first & 0xE0 == 0 {
            guard let entry = table.newest(try reader.integer(bytes, prefix: 5)) else { return false }
            return table.insert(entry)
        }
        var entry = TableEntry()
        if first & 0x80 != 0 {
            let index = try reader.integer(bytes, prefix: 6)
            guard let name = (first & 0x40 != 0 ? StaticTable.entry(at: index) : table.newest(index))?.name else { return false }
            entry.name = name
        } else {
            entry.name = try reader.string(bytes, prefix: 5, limit: limit)
        }
        entry.value = try reader.string(bytes, limit: limit)
        return table.insert(entry)
    }
}
