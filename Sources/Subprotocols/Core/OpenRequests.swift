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
        /// Where name, then word, then id, then key are in `bytes`: an id that is not the key, and a key that `keyWord` does not say.
        var start: Int32
        // Of texts, none of which is longer than `Meaning.textLimit`.
        var nameCount: Int16
        var wordCount: Int16
        var idCount: Int16
        var keyCount: Int16

        var name: Range<Int> { Self.range(Int(start), nameCount) }
        var word: Range<Int> { Self.range(name.upperBound, wordCount) }
        var id: Range<Int> { isKeyID ? longKey : Self.range(word.upperBound, idCount) }
        var longKey: Range<Int> { Self.range(isKeyID ? word.upperBound : id.upperBound, key.isShort ? 0 : keyCount) }
        var end: Int { longKey.upperBound }
        /// What counts against the limit.
        var byteCount: Int { Int(nameCount) &+ Int(wordCount) &+ (isKeyID ? 0 : Int(idCount)) &+ Int(keyCount) }

        // Invariant: counts are not negative.
        @inline(__always)
        private static func range(_ start: Int, _ count: Int16) -> Range<Int> {
            unsafe Range(uncheckedBounds: (start, start &+ Int(count)))
        }

        var key: RequestKey { RequestKey(word: keyWord, count: Int(keyCount), space: space) }
    }

    /// In the order in which they were made; those that are closed stay until there are many, or nothing open follows them.
    private(set) var entries = Rows<Entry>()
    private var openCount = 0
    private var openByteCount = 0
    /// The texts of entries, each of them padded.
    private var bytes = ByteBuffer()
    /// A power of two: the index of an entry and one more; 0 where empty, -1 where there was one.
    private var slots = Rows<Int32>()
    private var usedSlotCount = 0
    /// The first entry that may be open.
    private var oldest = 0
    /// Those that were forgotten before an answer came, or whose id is too long.
    private(set) var unpairedCount: UInt64 = 0
    private let seed = RequestKey.seed

    static let limit = 4_096
    /// Bytes that all of them take together at most.
    static let byteLimit = 1 << 20
    /// Bytes of a key that may have been cut, and then is that of others too. Up to three more are cut with a character.
    private static let cutKeyCount = Meaning.textLimit - 3

    // MARK: Finding

    /// Fetches what the next request and its answer need.
    @inline(__always)
    func prefetch() {
        // The last request, and where the next one will stand; of the slots, all where they are few.
        entries.prefetch(from: max(0, entries.count &- 1), count: 2)
        slots.prefetch(from: 0, count: 16)
        bytes.prefetchEnd()
    }

    /// The slot of the newest open request with this key.
    // Mutating, so that it is not copied for the call.
    @inline(__always)
    private mutating func find(_ key: RequestKey, _ bytes: Span<UInt8>) -> Int? {
        guard openCount > 0 else { return nil }
        var slot = key.slot(seed: seed)
        while slots[masked: slot] != 0 {
            let index = Int(slots[masked: slot]) &- 1
            if index >= 0, matches(index, key, bytes) { return slot }
            slot &+= 1
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

    @inline(never)
    private mutating func isSame(_ index: Int, _ key: Span<UInt8>) -> Bool {
        let own = bytes.span.extracting(entries[index].longKey)
        for position in 0..<key.count where own[position] != key[position] { return false }
        return true
    }

    /// There is an open request with this key.
    mutating func has(_ key: Span<UInt8>, _ space: UInt8) -> Bool { find(RequestKey(key, space, seed: seed), key) != nil }

    @_lifetime(borrow self)
    func name(of index: Int) -> Span<UInt8> { bytes.span.extracting(entries[index].name) }

    /// In place of the type, where applications choose the words.
    @_lifetime(borrow self)
    func word(of index: Int) -> Span<UInt8> { bytes.span.extracting(entries[index].word) }

    func id(of index: Int) -> [UInt8] {
        let entry = entries[index]
        return entry.isKeyID && entry.key.isShort ? entry.key.shortBytes : bytes.span.extracting(entry.id).copied()
    }

    // MARK: Asking

    /// Notes the operation of a meaning that was added last as a request, under its id. One with the same key takes the place of the one
    /// before, which is then counted as closed.
    mutating func add(_ space: UInt8, _ meaning: borrowing Meaning, _ message: UInt64, _ time: Int64, mustBeAnswered: Bool) {
        let id = meaning.operations.latest.id
        let key = RequestKey(id, of: meaning, space, seed: seed)
        guard key.isShort || key.count < Self.cutKeyCount else { return noteUnpaired(mustBeAnswered) }
        if openCount > 0, let slot = find(key, meaning.bytes(of: id)) { close(slot) }
        let start = begin(key, 0, meaning)
        if !key.isShort { bytes.append(padded: id.range, of: meaning.state.text) }
        append(key, isKeyID: true, start, meaning, message, time, mustBeAnswered: mustBeAnswered)
    }

    /// Notes it under a key that is not its id.
    mutating func add(
        _ keyBytes: Span<UInt8>, _ space: UInt8, _ meaning: borrowing Meaning, _ message: UInt64, _ time: Int64, mustBeAnswered: Bool
    ) {
        let id = meaning.operations.latest.id
        let key = RequestKey(keyBytes, space, seed: seed)
        guard key.count < Self.cutKeyCount else { return noteUnpaired(mustBeAnswered) }
        if let slot = find(key, keyBytes) { close(slot) }
        let start = begin(key, Int(id.count), meaning)
        bytes.append(padded: id.range, of: meaning.state.text)
        if !key.isShort { bytes.append(padded: 0..<keyBytes.count, of: keyBytes) }
        append(key, isKeyID: false, start, meaning, message, time, mustBeAnswered: mustBeAnswered)
    }

    @inline(never)
    private mutating func noteUnpaired(_ mustBeAnswered: Bool) {
        if mustBeAnswered { unpairedCount += 1 }
    }

    /// Makes room for a request and writes what its texts begin with; where they do.
    @inline(__always)
    private mutating func begin(_ key: RequestKey, _ idCount: Int, _ meaning: borrowing Meaning) -> Int {
        let (name, word) = (meaning.operations.latest.name, meaning.operations.latest.word)
        let byteCount = Int(name.count) &+ Int(word.count) &+ idCount &+ key.count
        if openCount >= Self.limit || openByteCount &+ byteCount > Self.byteLimit { forget(toHold: byteCount) }
        if entries.count > 2 &* openCount &+ 64 || (usedSlotCount &+ 1) &* 2 > slots.count { rebuild() }
        openCount &+= 1
        openByteCount &+= byteCount
        let start = bytes.count
        bytes.append(padded: name.range, of: meaning.state.text)
        if !word.isEmpty { bytes.append(padded: word.range, of: meaning.state.text) }
        return start
    }

    @inline(__always)
    private mutating func append(
        _ key: RequestKey, isKeyID: Bool, _ start: Int, _ meaning: borrowing Meaning, _ message: UInt64, _ time: Int64,
        mustBeAnswered: Bool
    ) {
        entries.append(
            Entry(
                keyWord: key.word, message: message, time: time, type: meaning.operations.latest.type,
                role: meaning.operations.latest.role, space: key.space, isKeyID: isKeyID, mustBeAnswered: mustBeAnswered,
                start: Int32(truncatingIfNeeded: start), nameCount: Int16(truncatingIfNeeded: meaning.operations.latest.name.count),
                wordCount: Int16(truncatingIfNeeded: meaning.operations.latest.word.count),
                idCount: Int16(truncatingIfNeeded: meaning.operations.latest.id.count), keyCount: Int16(truncatingIfNeeded: key.count)))
        place(entries.count &- 1, key)
    }

    @inline(never)
    private mutating func forget(toHold byteCount: Int) {
        while openCount >= Self.limit || (openCount > 0 && openByteCount + byteCount > Self.byteLimit) { forgetOldest() }
    }

    private mutating func forgetOldest() {
        while oldest < entries.count, !entries[oldest].isOpen { oldest += 1 }
        guard oldest < entries.count else { return }
        if entries[oldest].mustBeAnswered, !entries[oldest].isAnswered { unpairedCount += 1 }
        var slot = entries[oldest].key.slot(seed: seed)
        while slots[masked: slot] != Int32(truncatingIfNeeded: oldest &+ 1) { slot &+= 1 }
        close(slot)
    }

    @inline(__always)
    private mutating func place(_ index: Int, _ key: RequestKey) {
        var slot = key.slot(seed: seed)
        while slots[masked: slot] > 0 { slot &+= 1 }
        if slots[masked: slot] == 0 { usedSlotCount &+= 1 }
        slots[masked: slot] = Int32(truncatingIfNeeded: index &+ 1)
    }

    // MARK: Answering

    /// Pairs the operation of a meaning that was added last with the request of its id; false where there is none.
    /// - Parameters:
    ///   - time: when the answer was complete.
    ///   - isLast: no more answers to it come.
    mutating func answer(_ space: UInt8, _ time: Int64, isLast: Bool, _ meaning: inout Meaning) -> Bool {
        let id = meaning.operations.latest.id
        guard openCount > 0, let slot = find(RequestKey(id, of: meaning, space, seed: seed), meaning.bytes(of: id)) else { return false }
        pair(slot, time, isLast: isLast, &meaning)
        return true
    }

    /// The same with the request of a key that is not its id.
    mutating func answer(_ key: Span<UInt8>, _ space: UInt8, _ time: Int64, isLast: Bool, _ meaning: inout Meaning) -> Bool {
        guard let slot = find(RequestKey(key, space, seed: seed), key) else { return false }
        pair(slot, time, isLast: isLast, &meaning)
        return true
    }

    /// Pairs the request of a slot, and closes it with its last answer.
    @inline(__always)
    private mutating func pair(_ slot: Int, _ time: Int64, isLast: Bool, _ meaning: inout Meaning) {
        let index = Int(slots[masked: slot]) &- 1
        relate(index, time, &meaning)
        meaning.operations.latest.isFirstAnswer = !entries[index].isAnswered
        if isLast { close(slot) } else { entries[index].isAnswered = true }
    }

    /// Says of the operation that was added last that it belongs to the request of its id, which waits as before; false where none has it.
    mutating func follow(_ space: UInt8, _ time: Int64, _ meaning: inout Meaning) -> Bool {
        let id = meaning.operations.latest.id
        guard let slot = find(RequestKey(id, of: meaning, space, seed: seed), meaning.bytes(of: id)) else { return false }
        relate(Int(slots[masked: slot]) &- 1, time, &meaning)
        return true
    }

    /// Says which request the operation belongs to, and names it where it has no name.
    @inline(__always)
    private mutating func relate(_ index: Int, _ time: Int64, _ meaning: inout Meaning) {
        let (latency, overflowed) = time.subtractingReportingOverflow(entries[index].time)
        meaning.operations.latest.latency = overflowed ? nil : latency
        meaning.operations.latest.request = entries[index].message
        meaning.operations.latest.requestType = entries[index].type
        meaning.operations.latest.requestWord =
            entries[index].wordCount == 0 ? Operation.Text() : meaning.copy(entries[index].word, of: bytes)
        if meaning.operations.latest.name.isEmpty {
            meaning.operations.latest.name = meaning.copy(entries[index].name, of: bytes)
        } else if entries[index].nameCount == 0 {
            meaning.operations.latest.isRequestUnnamed = true
        }
        if meaning.operations.latest.id.isEmpty { repeatID(of: index, in: &meaning) }
    }

    @inline(never)
    private mutating func repeatID(of index: Int, in meaning: inout Meaning) {
        let id = id(of: index)
        meaning.operations.latest.id = meaning.copy(0..<id.count, of: id.span)
    }

    // MARK: Closing

    /// Closes the request of a slot.
    private mutating func close(_ slot: Int) {
        let index = Int(slots[masked: slot]) &- 1
        entries[index].isOpen = false
        openCount &-= 1
        openByteCount &-= entries[index].byteCount
        // Before an empty slot nothing has to be passed over.
        if slots[masked: slot &+ 1] == 0 {
            slots[masked: slot] = 0
            usedSlotCount &-= 1
        } else {
            slots[masked: slot] = -1
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

    private mutating func emptySlots(_ count: Int) {
        slots.fill(0, count: count)
        usedSlotCount = 0
    }

    /// Keeps only what is open, with room for as many again.
    private mutating func rebuild() {
        var kept = ByteBuffer(capacity: openByteCount + ByteBuffer.blockByteCount)
        var open = Rows<Entry>()
        for index in 0..<entries.count where entries[index].isOpen {
            var entry = entries[index]
            let start = kept.count
            kept.append(bytes.span.extracting(Int(entry.start)..<entry.end))
            kept.pad()
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
