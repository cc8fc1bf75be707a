import Bytes

/// The requests of one side that may still be answered, found by what tells them apart.
///
/// Bounded: when there are too many, the oldest is forgotten and counted. A look-up takes as long whatever their number.
struct OpenRequests: ~Copyable {
    struct Entry {
        var hash: UInt64
        var message: UInt64
        var time: Int64
        var type: StaticString
        var role: Operation.Role
        /// Where key, then id, then name, then word are in `bytes`; the id is the key where it has no place of its own.
        var start: Int
        var keyCount: Int
        var isKeyID: Bool
        var idCount: Int
        var nameCount: Int
        var wordCount: Int
        var space: UInt8
        var mustBeAnswered: Bool
        var isAnswered = false
        var isOpen = true

        var idStart: Int { isKeyID ? start : start + keyCount }
        var nameStart: Int { idStart + idCount }
        var wordStart: Int { nameStart + nameCount }
        var byteCount: Int { wordStart + wordCount - start }
    }

    /// In the order in which they were made; those that are closed stay until there are many.
    private(set) var entries: [Entry] = []
    private var openCount = 0
    private var bytes = ByteBuffer()
    /// Slots with the index of an entry and one more; 0 where empty, -1 where there was one.
    private var slots: [Int32] = []
    private var usedSlotCount = 0
    /// The first entry that may be open.
    private var oldest = 0
    private(set) var forgottenCount: UInt64 = 0

    static let limit = 4_096
    /// Bytes that all of them take together at most.
    static let byteLimit = 1 << 20
    private static let seed = UInt64.random(in: .min ... .max) | 1

    static func hash(_ key: Span<UInt8>, _ space: UInt8) -> UInt64 {
        let count = key.count
        var hash = seed ^ UInt64(space) ^ (UInt64(truncatingIfNeeded: count) << 8)
        if count >= 8 {
            var position = 0
            while position < count &- 8 {
                hash = mix(hash ^ key.uint64LE(at: position))
                position &+= 8
            }
            return mix(hash ^ key.uint64LE(at: count &- 8))
        }
        var rest: UInt64 = 0
        for position in 0..<count { rest = rest << 8 | UInt64(key[position]) }
        return mix(hash ^ rest)
    }

    @inline(__always)
    private static func mix(_ word: UInt64) -> UInt64 {
        let product = word.multipliedFullWidth(by: seed)
        return product.high ^ product.low
    }

    // MARK: Finding

    /// The index of the newest open request with this key.
    func find(_ key: Span<UInt8>, _ space: UInt8) -> Int? { openCount == 0 ? nil : find(key, space, hash: Self.hash(key, space)) }

    private func find(_ key: Span<UInt8>, _ space: UInt8, hash: UInt64) -> Int? {
        guard openCount > 0 else { return nil }
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            let index = Int(slots[slot]) - 1
            if index >= 0, entries[index].hash == hash, matches(index, key, space) { return index }
            slot = (slot + 1) & mask
        }
        return nil
    }

    private func matches(_ index: Int, _ key: Span<UInt8>, _ space: UInt8) -> Bool {
        guard entries[index].isOpen, entries[index].space == space, entries[index].keyCount == key.count else { return false }
        let start = entries[index].start
        let own = bytes.span.extracting(start..<start + key.count)
        for position in 0..<key.count where own[position] != key[position] { return false }
        return true
    }

    @_lifetime(borrow self)
    func name(of index: Int) -> Span<UInt8> {
        bytes.span.extracting(entries[index].nameStart..<entries[index].wordStart)
    }

    /// In place of the type, where applications choose the words.
    @_lifetime(borrow self)
    func word(of index: Int) -> Span<UInt8> {
        let start = entries[index].wordStart
        return bytes.span.extracting(start..<start + entries[index].wordCount)
    }

    @_lifetime(borrow self)
    func id(of index: Int) -> Span<UInt8> {
        bytes.span.extracting(entries[index].idStart..<entries[index].nameStart)
    }

    // MARK: Changing

    /// Notes a request under its id.
    mutating func add(_ space: UInt8, _ meaning: borrowing Meaning, _ message: MessageFacts, mustBeAnswered: Bool) {
        add(meaning.last(\.id), isKeyID: true, space, meaning, message, mustBeAnswered: mustBeAnswered)
    }

    /// Notes it under a key that is not its id.
    mutating func add(_ key: Span<UInt8>, _ space: UInt8, _ meaning: borrowing Meaning, _ message: MessageFacts, mustBeAnswered: Bool) {
        add(key, isKeyID: false, space, meaning, message, mustBeAnswered: mustBeAnswered)
    }

    /// Notes the operation of a meaning that was added last as a request. One with the same key takes the place of the one before, which
    /// is then counted as closed.
    private mutating func add(
        _ key: Span<UInt8>, isKeyID: Bool, _ space: UInt8, _ meaning: borrowing Meaning, _ message: MessageFacts, mustBeAnswered: Bool
    ) {
        let hash = Self.hash(key, space)
        if openCount > 0, let index = find(key, space, hash: hash) { close(index) }
        let (name, word) = (meaning.last(\.name), meaning.last(\.word))
        var entry = Entry(
            hash: hash, message: message.number, time: message.startTime, type: meaning.operations.latest.type,
            role: meaning.operations.latest.role, start: 0, keyCount: key.count, isKeyID: isKeyID,
            idCount: Int(meaning.operations.latest.id.count), nameCount: name.count, wordCount: word.count, space: space,
            mustBeAnswered: mustBeAnswered)
        let byteCount = entry.byteCount
        while openCount >= Self.limit || (openCount > 0 && openByteCount + byteCount > Self.byteLimit) { forgetOldest() }
        if openCount == 0 { removeAll() }
        if entries.count > 2 * openCount + 64 || (usedSlotCount + 1) * 2 > slots.count { rebuild() }
        entry.start = bytes.count
        bytes.append(key)
        if !isKeyID { bytes.append(meaning.last(\.id)) }
        bytes.append(name)
        bytes.append(word)
        openByteCount += byteCount
        entries.append(entry)
        openCount += 1
        place(entries.count - 1, hash)
    }

    private var openByteCount = 0

    /// Pairs a request with the operation of a meaning that was added last, and closes it with its last answer.
    mutating func pair(_ index: Int, isLast: Bool, _ message: MessageFacts, _ meaning: inout Meaning) {
        let word = meaning.copy(word(of: index))
        let name = meaning.operations.latest.name.isEmpty ? meaning.copy(name(of: index)) : meaning.operations.latest.name
        let id = meaning.operations.latest.id.isEmpty ? meaning.copy(id(of: index)) : meaning.operations.latest.id
        let (latency, overflowed) = message.endTime.subtractingReportingOverflow(entries[index].time)
        meaning.operations.latest.request = entries[index].message
        meaning.operations.latest.requestType = entries[index].type
        meaning.operations.latest.isFirstAnswer = !entries[index].isAnswered
        meaning.operations.latest.latency = overflowed ? nil : latency
        meaning.operations.latest.requestWord = word
        meaning.operations.latest.name = name
        meaning.operations.latest.id = id
        if isLast { close(index) } else { entries[index].isAnswered = true }
    }

    mutating func close(_ index: Int) {
        guard entries[index].isOpen else { return }
        entries[index].isOpen = false
        openCount -= 1
        openByteCount -= entries[index].byteCount
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: entries[index].hash) & mask
        while slots[slot] != Int32(index + 1) { slot = (slot + 1) & mask }
        slots[slot] = -1
    }

    private mutating func forgetOldest() {
        while oldest < entries.count, !entries[oldest].isOpen { oldest += 1 }
        guard oldest < entries.count else { return }
        if entries[oldest].mustBeAnswered, !entries[oldest].isAnswered { forgottenCount += 1 }
        close(oldest)
    }

    private mutating func place(_ index: Int, _ hash: UInt64) {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] > 0 { slot = (slot + 1) & mask }
        if slots[slot] == 0 { usedSlotCount += 1 }
        slots[slot] = Int32(index + 1)
    }

    private mutating func removeAll() {
        if entries.count == 1 { entries.removeLast() } else if !entries.isEmpty { entries.removeAll(keepingCapacity: true) }
        bytes.removeAll(keepingAtMost: 8 << 10)
        openByteCount = 0
        oldest = 0
        // Slots of closed entries are looked at no more once all are empty; few are emptied often, many seldom.
        if usedSlotCount * 4 > slots.count { emptySlots(slots.count) }
    }

    private mutating func emptySlots(_ count: Int) {
        if slots.count == count {
            for slot in 0..<count { slots[slot] = 0 }
        } else {
            slots = [Int32](repeating: 0, count: count)
        }
        usedSlotCount = 0
    }

    /// Keeps only what is open, with room for as many again.
    private mutating func rebuild() {
        var kept = ByteBuffer(capacity: openByteCount)
        var open: [Entry] = []
        open.reserveCapacity(openCount + 1)
        for var entry in entries where entry.isOpen {
            let start = kept.count
            kept.append(bytes.span.extracting(entry.start..<entry.start + entry.byteCount))
            entry.start = start
            open.append(entry)
        }
        bytes = kept
        entries = open
        oldest = 0
        var count = 16
        while count < 4 * (openCount + 1) { count *= 2 }
        emptySlots(count)
        for index in entries.indices { place(index, entries[index].hash) }
    }
}
