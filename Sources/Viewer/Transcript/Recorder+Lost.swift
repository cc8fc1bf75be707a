import Bytes

// What was to be kept on the disk, and was not: rows that are still to be handed over say so.
extension Recorder {
    /// Says that `spooled` could not be written, and empties it; nothing more is spooled.
    public mutating func lostSpool() {
        lose { [start = spoolStart] row in !row.flags.contains(.isInCapture) && row.place >= start }
        spooled.removeAll()
        spoolEnd = .fullDisk
    }

    /// Says that packets from one on are not in the file that they should be read from again.
    public mutating func lostPackets(from first: UInt64) {
        lose { row in row.flags.contains(.isInCapture) && UInt64(row.packet) >= first }
    }

    private mutating func lose(_ isLost: (FrameRow) -> Bool) {
        let first = nextRow - UInt32(batch.rows.count)
        var added: [(row: UInt32, FrameDetails)] = []
        for index in batch.rows.indices {
            let row = batch.rows[index]
            guard row.storedCount > 0 || row.flags.contains(.storesWire), isLost(row) else { continue }
            var details = details(of: first + UInt32(index)) ?? FrameDetails()
            if row.flags.contains(.storesContent), details.message == nil {
                // How long the content was is known by what is stored of it.
                details.message = (1, UInt64(row.storedCount), row.length, row.flags.contains(.isComplete))
                added.append((first + UInt32(index), details))
                batch.rows[index].flags.insert(.hasDetails)
            }
            batch.rows[index].storedCount = 0
            batch.rows[index].flags.remove(.storesWire)
            batch.rows[index].flags.insert(.isCut)
        }
        guard !added.isEmpty else { return }
        let changed = Set(added.map(\.row))
        batch.details = (batch.details.filter { !changed.contains($0.row) } + added).sorted { $0.row < $1.row }
    }

    private func details(of row: UInt32) -> FrameDetails? {
        let place = batch.details.partitioningIndex { $0.row >= row }
        return place < batch.details.count && batch.details[place].row == row ? batch.details[place].1 : nil
    }
}
