import Bytes
import Channels

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
        var reader = Reader(position: 0)
        while reader.position < block.count {
            guard takeField(block, &reader, &section, &room) else {
                section.isMalformed = true
                table.lose()
                break
            }
        }
        return section
    }

    private struct Reader {
        var position: Int
    }

    /// One representation (RFC 7541 §6); false if it is none.
    private mutating func takeField(
        _ block: Span<UInt8>, _ reader: inout Reader, _ section: inout FieldSection, _ room: inout Int
    ) -> Bool {
        let first = block[reader.position]
        if first & 0x80 != 0 {
            guard let index = Self.integer(block, &reader, prefix: 7), let entry = entry(at: index) else { return false }
            if entry.number > 0 { references.append(entry.number) }
            add(entry, to: &section, &room)
            return true
        }
        if first & 0xE0 == 0x20 {
            guard let size = Self.integer(block, &reader, prefix: 5) else { return false }
            table.setLimit(size)
            return true
        }
        let isIndexed = first & 0xC0 == 0x40
        guard let index = Self.integer(block, &reader, prefix: isIndexed ? 6 : 4) else { return false }
        // An entry larger than the table empties it, so what is too long to be kept need not be kept.
        let kept = isIndexed ? max(room, table.limit + 1) : room
        var name: [UInt8]?
        if index == 0 {
            guard let text = Self.string(block, &reader, limit: kept) else { return false }
            name = text
        } else {
            guard let entry = entry(at: index) else { return false }
            name = entry.name
        }
        let prefix = reader.position
        guard let value = Self.string(block, &reader, limit: kept) else { return false }
        var entry = TableEntry(name: name, value: value)
        if texts != nil { note(&entry, value, isCut: value.count >= kept, at: prefix, in: block, until: reader.position) }
        add(entry, to: &section, &room)
        if isIndexed {
            table.insert(entry)
        }
        return true
    }

    /// - Parameter isCut: as much of the value was decoded as is kept; there may be more.
    private mutating func note(
        _ entry: inout TableEntry, _ value: [UInt8], isCut: Bool, at prefix: Int, in block: Span<UInt8>, until end: Int
    ) {
        var reader = Reader(position: prefix)
        _ = Self.integer(block, &reader, prefix: 7)
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

    private func add(_ entry: TableEntry, to section: inout FieldSection, _ room: inout Int) {
        let size = (entry.name?.count ?? 0) + (entry.value?.count ?? 0) + 32
        guard size <= room else {
            section.isCut = true
            room = 0
            return
        }
        room -= size
        if entry.name == nil || entry.value == nil { section.unknownCount += 1 }
        section.fields.append(FieldSection.Field(name: entry.name, value: entry.value))
    }

    // MARK: Primitives

    /// An integer (RFC 7541 §5.1); nil if it does not end here, or is larger than any that makes sense.
    private static func integer(_ block: Span<UInt8>, _ reader: inout Reader, prefix: Int) -> Int? {
        guard reader.position < block.count else { return nil }
        let mask = (1 << prefix) - 1
        var value = Int(block[reader.position]) & mask
        reader.position += 1
        if value < mask { return value }
        var shift = 0
        while reader.position < block.count, shift <= 28 {
            let byte = block[reader.position]
            reader.position += 1
            value += Int(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        return nil
    }

    /// A string (RFC 7541 §5.2).
    private static func string(_ block: Span<UInt8>, _ reader: inout Reader, limit: Int) -> [UInt8]? {
        guard reader.position < block.count else { return nil }
        let isCoded = block[reader.position] & 0x80 != 0
        guard let length = integer(block, &reader, prefix: 7), length <= block.count - reader.position else { return nil }
        let bytes = block.extracting(reader.position..<reader.position + length)
        reader.position += length
        if !isCoded { return bytes.extracting(0..<min(length, limit)).copied() }
        var text: [UInt8] = []
        text.reserveCapacity(min(length * 8 / 5, limit))
        return HuffmanCode.decode(bytes, into: &text, limit: limit) ? text : nil
    }
}
