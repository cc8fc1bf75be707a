import Bytes

/// The requests of one side that may still be answered, found by what tells them apart.
///
/// Bounded: when there are too many, the oldest is forgotten and counted. A look-up takes as long whatever their number.
struct OpenRequests: ~Copyable {
    struct Entry: BitwiseCopyable {
        var keyWord: UInt64
        var message: UInt64
        var time: Int64
        var type: StaticString
        var role: Operation.Role
        var space: UInt8
        var isKeyID: Bool
        var mustBeAnswered: Bool
        var isAnswered = false
        var isOpen = true
        /// Where key, then id, then name, then word are in `bytes`; the id is the key where it has no place of its own.
        var start: Int32
        // Of texts, none of which is longer than `Meaning.textLimit`.
        var keyCount: Int16
        var idCount: Int16
        var nameCount: Int16
        var wordCount: Int16

        var idStart: Int { isKeyID ? Int(start) : Int(start) &+ Int(keyCount) }
        var nameStart: Int { idStart &+ Int(idCount) }
        var wordStart: Int { nameStart &+ Int(nameCount) }
        var end: Int { wordStart &+ Int(wordCount) }
        var byteCount: Int { end &- Int(start) }
        var key: RequestKey { RequestKey(word: keyWord, count: Int(keyCount), space: space) }
    }

    /// In the order in which they were made; those that are closed stay until there are many, or nothing open follows them.
    private(set) var entries = Rows<Entry>()
    private var openCount = 0
    private var openByteCount = 0
    private var bytes = ByteBuffer()
    /// A power of two: the index of an entry and one more; 0 where empty, -1 where there was one.
    private var slots = Rows<Int32>()
    private var usedSlotCount = 0
    /// The first entry that may be open.
    private var oldest = 0
    private(set) var forgottenCount: UInt64 = 0
    private let seed = RequestKey.seed

    static let limit = 4_096
    /// Bytes that all of them take together at most.
    static let byteLimit = 1 << 20

    // MARK: Finding

    /// The index of the newest open request with this key.
    @inline(__always)
    mutating func find(_ bytes: Span<UInt8>, _ space: UInt8) -> Int? {
        openCount == 0 ? nil : find(RequestKey(bytes, space, seed: seed), bytes)
    }

    // Mutating, so that it is not copied for the call.
    private mutating func find(_ key: RequestKey, _ bytes: Span<UInt8>) -> Int? {
        guard openCount > 0 else { return nil }
        let mask = slots.count &- 1
        var slot = key.slot(mask, seed: seed)
        while slots[slot] != 0 {
            let index = Int(slots[slot]) &- 1
            if index >= 0, matches(index, key, bytes) { return index }
            slot = (slot &+ 1) & mask
        }
        return nil
    }

    @inline(__always)
    private mutating func matches(_ index: Int, _ key: RequestKey, _ bytes: Span<UInt8>) -> Bool {
        guard entries[index].keyWord == key.word, Int(entries[index].keyCount) == key.count, entries[index].space == key.space else {
            return false
        }
        return key.isShort || isSame(index, bytes)
    }

    private mutating func isSame(_ index: Int, _ key: Span<UInt8>) -> Bool {
        let start = Int(entries[index].start)
        let own = bytes.span.extracting(start..<start + key.count)
        for position in 0..<key.count where own[position] != key[position] { return false }
        return true
    }

    @_lifetime(borrow self)
    @inline(__always)
    func name(of index: Int) -> Span<UInt8> {
        bytes.span.extracting(entries[index].nameStart..<entries[index].wordStart)
    }

    /// In place of the type, where applications choose the words.
    @_lifetime(borrow self)
    @inline(__always)
    func word(of index: Int) -> Span<UInt8> {
        bytes.span.extracting(entries[index].wordStart..<entries[index].end)
    }

    @_lifetime(borrow self)
    @inline(__always)
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
    @inline(__always)
    private mutating func add(
        _ key: Span<UInt8>, isKeyID: Bool, _ space: UInt8, _ meaning: borrowing Meaning, _ message: MessageFacts, mustBeAnswered: Bool
    ) {
        let requestKey = RequestKey(key, space, seed: seed)
        if openCount > 0, let index = find(requestKey, key) { close(index) }
        let (id, name, word) = (meaning.last(\.id), meaning.last(\.name), meaning.last(\.word))
        let byteCount = key.count &+ (isKeyID ? 0 : id.count) &+ name.count &+ word.count
        while openCount >= Self.limit || (openCount > 0 && openByteCount + byteCount > Self.byteLimit) { forgetOldest() }
        if entries.count > 2 * openCount + 64 || (usedSlotCount + 1) * 2 > slots.count { rebuild() }
        let start = bytes.count
        bytes.append(short: key)
        if !isKeyID { bytes.append(short: id) }
        bytes.append(short: name)
        if !word.isEmpty { bytes.append(short: word) }
        openByteCount &+= byteCount
        openCount &+= 1
        entries.append(
            Entry(
                keyWord: requestKey.word, message: message.number, time: message.startTime, type: meaning.operations.latest.type,
                role: meaning.operations.latest.role, space: space, isKeyID: isKeyID, mustBeAnswered: mustBeAnswered,
                start: Int32(truncatingIfNeeded: start), keyCount: Int16(truncatingIfNeeded: key.count),
                idCount: Int16(truncatingIfNeeded: id.count), nameCount: Int16(truncatingIfNeeded: name.count),
                wordCount: Int16(truncatingIfNeeded: word.count)))
        place(entries.count &- 1, requestKey)
    }

    /// Pairs a request with the operation of a meaning that was added last, and closes it with its last answer.
    mutating func pair(_ index: Int, isLast: Bool, _ message: MessageFacts, _ meaning: inout Meaning) {
        meaning.operations.latest.requestWord = meaning.copy(word(of: index))
        if meaning.operations.latest.name.isEmpty { meaning.operations.latest.name = meaning.copy(name(of: index)) }
        if meaning.operations.latest.id.isEmpty { meaning.operations.latest.id = meaning.copy(id(of: index)) }
        let (latency, overflowed) = message.endTime.subtractingReportingOverflow(entries[index].time)
        meaning.operations.latest.request = entries[index].message
        meaning.operations.latest.requestType = entries[index].type
        meaning.operations.latest.isFirstAnswer = !entries[index].isAnswered
        meaning.operations.latest.latency = overflowed ? nil : latency
        if isLast { close(index) } else { entries[index].isAnswered = true }
    }

    private mutating func close(_ index: Int) {
        guard entries[index].isOpen else { return }
        entries[index].isOpen = false
        openCount &-= 1
        openByteCount &-= entries[index].byteCount
        let mask = slots.count &- 1
        var slot = entries[index].key.slot(mask, seed: seed)
        while slots[slot] != Int32(truncatingIfNeeded: index &+ 1) { slot = (slot &+ 1) & mask }
        // Before an empty slot nothing has to be passed over.
        if slots[(slot &+ 1) & mask] == 0 {
            slots[slot] = 0
            usedSlotCount &-= 1
        } else {
            slots[slot] = -1
        }
        guard index == entries.count &- 1 else { return }
        if openCount > 0 { return dropClosed() }
        entries.removeAll()
        oldest = 0
        bytes.removeAll(keepingAtMost: Self.keptByteCount)
        // Slots of closed entries are looked at no more once all are empty; few are emptied often, many seldom.
        if usedSlotCount &* 4 > slots.count { emptySlots(slots.count) }
    }

    private static let keptByteCount = 8 << 10

    /// Forgets the last entries, as far as they are closed.
    private mutating func dropClosed() {
        var kept = entries.count
        while kept > 0, !entries[kept &- 1].isOpen { kept &-= 1 }
        bytes.truncate(to: Int(entries[kept].start))
        entries.removeLast(entries.count &- kept)
        oldest = min(oldest, kept)
    }

    private mutating func forgetOldest() {
        while oldest < entries.count, !entries[oldest].isOpen { oldest += 1 }
        guard oldest < entries.count else { return }
        if entries[oldest].mustBeAnswered, !entries[oldest].isAnswered { forgottenCount += 1 }
        close(oldest)
    }

    @inline(__always)
    private mutating func place(_ index: Int, _ key: RequestKey) {
        let mask = slots.count &- 1
        var slot = key.slot(mask, seed: seed)
        while slots[slot] > 0 { slot = (slot &+ 1) & mask }
        if slots[slot] == 0 { usedSlotCount &+= 1 }
        slots[slot] = Int32(truncatingIfNeeded: index &+ 1)
    }

    private mutating func emptySlots(_ count: Int) {
        slots.fill(0, count: count)
        usedSlotCount = 0
    }

    /// Keeps only what is open, with room for as many again.
    private mutating func rebuild() {
        var kept = ByteBuffer(capacity: openByteCount)
        var open = Rows<Entry>()
        for index in 0..<entries.count where entries[index].isOpen {
            var entry = entries[index]
            let start = kept.count
            kept.append(bytes.span.extracting(Int(entry.start)..<entry.end))
            entry.start = Int32(truncatingIfNeeded: start)
            open.append(entry)
        }
        bytes = kept
        entries = open
        oldest = 0
        var count = 16
        while count < 4 * (openCount + 1) { count *= 2 }
        emptySlots(count)
        for index in 0..<entries.count { place(index, entries[index].key) }
    }
}
