import Bytes
import Channels
import FieldCoding

/// Field sections of one end, with the table that they refer to (RFC 9204).
final class SectionDecoder {
    enum Outcome {
        case section(FieldSection)
        /// It refers to entries that have not come: so many must have been inserted.
        case waits(for: UInt64)
        /// What the other end lets the table grow to is needed, and not known yet.
        case waitsForSettings
    }

    /// What the other end said of the size of the table.
    enum Capacity: Equatable {
        case awaited
        /// It was not captured.
        case unknown
        case known(UInt64)
    }

    private(set) var table = DynamicTable()
    private var encoder = EncoderInstructions()
    private var acknowledgments = Acknowledgments()
    var capacity: Capacity = .awaited
    /// Bytes of names and values that are kept of one section; fields beyond it are left out.
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Entries that have come, or will not come any more although the other end has them.
    var settledCount: UInt64 { encoder.isLost ? .max : max(table.insertCount, acknowledgments.knownCount) }

    // MARK: The streams of encoder and decoder

    /// Takes instructions until so many entries have been inserted; the number of bytes taken.
    func takeInstructions(_ bytes: Span<UInt8>, until count: UInt64 = .max) -> Int { encoder.take(bytes, until: count, into: &table) }
    func takeAcknowledgments(_ bytes: Span<UInt8>) { acknowledgments.take(bytes) }
    func beginInstructions() { encoder.begin() }
    func beginAcknowledgments() { acknowledgments.begin() }
    /// - Parameter byteCount: of the encoder's stream; nil where that is not known.
    func loseInstructions(_ byteCount: UInt64?) { encoder.lose(byteCount) }
    func loseAcknowledgments() { acknowledgments.lose() }

    // MARK: Sections

    /// Reads a whole section.
    ///
    /// - Parameters:
    ///   - required: what it was found to wait for before.
    ///   - isFinal: what it waits for will not come.
    func decode(_ block: Span<UInt8>, of stream: UInt64, required: UInt64? = nil, isFinal: Bool) -> Outcome {
        var section = FieldSection()
        section.byteCount = block.count
        var reader = FieldReader()
        guard let encoded = try? reader.integer(block, prefix: 8), reader.position < block.count else {
            return .section(malformed(section))
        }
        let isNegative = block[reader.position] & 0x80 != 0
        guard let delta = try? reader.integer(block, prefix: 7) else { return .section(malformed(section)) }
        var references = References.unknown
        if encoded == 0 {
            if isNegative { return .section(malformed(section)) }
            references = .upTo(0, base: UInt64(delta))
        } else {
            switch required.map({ .known($0) }) ?? self.required(UInt64(encoded), of: stream) {
            case .awaited:
                if !isFinal { return .waitsForSettings }
                acknowledgments.expect(nil, of: stream)
            case .malformed: return .section(malformed(section))
            case .unknown: if required == nil { acknowledgments.expect(nil, of: stream) }
            case .known(let count):
                if required == nil { acknowledgments.expect(count, of: stream) }
                if count > settledCount, !isFinal { return .waits(for: count) }
                guard !isNegative || delta < count else { return .section(malformed(section)) }
                references = .upTo(count, base: isNegative ? count - UInt64(delta) - 1 : count + UInt64(delta))
            }
        }
        var room = limit
        while reader.position < block.count {
            guard let entry = entry(block, &reader, references, limit: room) else { return .section(malformed(section)) }
            section.add(entry, within: &room)
        }
        return .section(section)
    }

    private func malformed(_ section: FieldSection) -> FieldSection {
        var section = section
        section.isMalformed = true
        return section
    }

    // MARK: What a section requires

    private enum Required {
        case known(UInt64)
        case unknown
        case awaited
        case malformed
    }

    /// How many entries a section requires, which it says modulo twice the most entries that fit (RFC 9204 §4.5.1.1).
    ///
    /// Of so many entries as may be there at the same time, the newest is one that was inserted when the section was written. That tells
    /// the number as long as it is known well enough how many entries there are.
    private func required(_ encoded: UInt64, of stream: UInt64) -> Required {
        if acknowledgments.wasEarly(stream) { return .unknown }
        let mostEntries: UInt64
        switch capacity {
        case .awaited: return .awaited
        case .unknown: return .unknown
        case .known(let byteCount): mostEntries = byteCount / 32
        }
        let fullRange = 2 * mostEntries
        guard mostEntries > 0, encoded <= fullRange else { return .malformed }
        let least = max(table.insertCount, acknowledgments.knownCount)
        var most = least + mostEntries
        if encoder.isLost {
            let (sum, overflow) = table.insertCount.addingReportingOverflow(encoder.unreadByteCount ?? .max)
            most = overflow ? .max : sum
            guard most >= least, most - least <= mostEntries else { return .unknown }
        }
        let largest = least + mostEntries
        var count = largest / fullRange * fullRange + encoded - 1
        if count > largest {
            guard count > fullRange else { return .malformed }
            count -= fullRange
        }
        if count == 0 { return .malformed }
        return count > most ? .unknown : .known(count)
    }

    // MARK: Fields

    /// Which entries a section may refer to.
    private enum References {
        case upTo(UInt64, base: UInt64)
        /// It is not known what its indices count from.
        case unknown

        func beforeBase(_ index: Int, in table: borrowing DynamicTable) -> TableEntry? {
            guard case .upTo(_, let base) = self else { return TableEntry() }
            return UInt64(index) < base ? entry(base - 1 - UInt64(index), in: table) : nil
        }

        func afterBase(_ index: Int, in table: borrowing DynamicTable) -> TableEntry? {
            guard case .upTo(_, let base) = self else { return TableEntry() }
            return entry(base + UInt64(index), in: table)
        }

        /// Nil where the section must not refer to it.
        private func entry(_ index: UInt64, in table: borrowing DynamicTable) -> TableEntry? {
            guard case .upTo(let count, _) = self, index < count else { return nil }
            return table.entry(at: index) ?? TableEntry()
        }
    }

    /// One representation of a field (RFC 9204 §4.5); nil if it is none.
    private func entry(_ block: Span<UInt8>, _ reader: inout FieldReader, _ references: References, limit: Int) -> TableEntry? {
        let first = block[reader.position]
        var entry: TableEntry
        if first & 0x80 != 0 {
            guard let index = try? reader.integer(block, prefix: 6) else { return nil }
            return first & 0x40 != 0 ? StaticTable.entry(at: index) : references.beforeBase(index, in: table)
        }
        if first & 0xF0 == 0x10 {
            guard let index = try? reader.integer(block, prefix: 4) else { return nil }
            return references.afterBase(index, in: table)
        }
        if first & 0xC0 == 0x40 {
            guard let index = try? reader.integer(block, prefix: 4),
                let named = first & 0x10 != 0 ? StaticTable.entry(at: index) : references.beforeBase(index, in: table)
            else { return nil }
            entry = TableEntry(name: named.name)
        } else if first & 0xE0 == 0x20 {
            guard let name = try? reader.string(block, prefix: 3, limit: limit) else { return nil }
            entry = TableEntry(name: name)
        } else {
            guard let index = try? reader.integer(block, prefix: 3), let named = references.afterBase(index, in: table) else { return nil }
            entry = TableEntry(name: named.name)
        }
        guard let value = try? reader.string(block, limit: limit) else { return nil }
        entry.value = value
        return entry
    }
}
