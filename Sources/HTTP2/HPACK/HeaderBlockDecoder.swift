import Bytes
import Channels
import FieldCoding

/// Field blocks of one direction as lists of fields (RFC 7541).
///
/// What a block refers to and was not captured is a field without a name or value; all else is read as if nothing were missing.
struct HeaderBlockDecoder: Sendable {
    private(set) var table: DynamicTable
    /// Bytes of names and values that are kept of one block; fields beyond it are left out.
    let limit: Int
    /// Where values stand that the newest block writes out, if that is wanted; ranges are of the block.
    var texts: [FieldBlock.Text]?
    /// Numbers of earlier ones that it refers to.
    private(set) var references: [Int] = []
    private var textCount = 0

    init(limit: Int, hasUnknownEntries: Bool = false) {
        self.limit = limit
        table = DynamicTable(hasUnknownEntries: hasUnknownEntries)
    }

    /// Notes that a block was not captured, or could not be read.
    mutating func lose() { table.lose() }

    /// The receiver announced how large the table may be, which holds once it was acknowledged: the sender says so in a block.
    ///
    /// Reads a whole block. One that breaks the rules of HPACK ends where it does, and the table is not known after it.
    mutating func decode(_ block: Span<UInt8>) -> FieldSection {
        var section = FieldSection()
        section.byteCount = block.count
        if texts != nil {
            texts?.removeAll()
            references.removeAll()
        }
        var room = limit
        var reader = FieldReader()
        while reader.position < block.count {
            guard takeField(block, &reader, &section, &room) else {
                section.isMalformed = true
                table.lose()
                break
            }
        }
        return section
    }

    /// One representation (RFC 7541 §6); false if it is none.
    private mutating func takeField(
        _ block: Span<UInt8>, _ reader: inout FieldReader, _ section: inout FieldSection, _ room: inout Int
    ) -> Bool {
        let first = block[reader.position]
        if first & 0x80 != 0 {
            guard let index = try? reader.integer(block, prefix: 7), let entry = entry(at: index) else { return false }
            if entry.number > 0 { references.append(entry.number) }
            section.add(entry, within: &room)
            return true
        }
        if first & 0xE0 == 0x20 {
            guard let size = try? reader.integer(block, prefix: 5) else { return false }
            table.setLimit(size)
            return true
        }
        let isIndexed = first & 0xC0 == 0x40
        guard let index = try? reader.integer(block, prefix: isIndexed ? 6 : 4) else { return false }
        // An entry larger than the table empties it, so what is too long to be kept need not be kept.
        let kept = isIndexed ? max(room, table.limit + 1) : room
        var name: [UInt8]?
        if index == 0 {
            guard let text = try? reader.string(block, limit: kept) else { return false }
            name = text
        } else {
            guard let entry = entry(at: index) else { return false }
            name = entry.name
        }
        let prefix = reader.position
        guard let value = try? reader.string(block, limit: kept) else { return false }
        var entry = TableEntry(name: name, value: value)
        if texts != nil { note(&entry, value, isCut: value.count >= kept, at: prefix, in: block, until: reader.position) }
        section.add(entry, within: &room)
        if isIndexed {
            table.insert(entry)
        }
        return true
    }

    /// - Parameter isCut: as much of the value was decoded as is kept; there may be more.
    private mutating func note(
        _ entry: inout TableEntry, _ value: [UInt8], isCut: Bool, at prefix: Int, in block: Span<UInt8>, until end: Int
    ) {
        var reader = FieldReader(position: prefix)
        _ = try? reader.integer(block, prefix: 7)
        textCount += 1
        entry.number = textCount
        texts?.append(
            FieldBlock.Text(
                number: textCount, name: entry.name, value: value, isCut: isCut, prefix: prefix, prefixByte: block[prefix],
                ranges: [reader.position..<end]))
    }

    /// What an index refers to (RFC 7541 §2.3.3); nil if there is nothing.
    private func entry(at index: Int) -> TableEntry? {
        if index == 0 { return nil }
        if index <= StaticTable.count { return StaticTable[index] }
        return switch table.entry(at: index - StaticTable.count - 1) {
        case .entry(let entry): entry
        case .unknown: TableEntry()
        case .none: nil
        }
    }
}
