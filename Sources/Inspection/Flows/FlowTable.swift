import Bytes

/// The indices of flows by the hash of their key: open addressing with linear probing, because every packet needs a look-up.
///
/// A slot is half of the hash and an index, so a look-up nearly always touches one slot and one row.
@safe
struct FlowTable: ~Copyable {
    /// The hash's lower half, then index + 1; 0 is free.
    private var slots: UnsafeMutablePointer<UInt64>
    private var mask: Int
    private(set) var count = 0

    init() {
        mask = 255
        unsafe slots = Self.allocate(256)
    }

    deinit { unsafe slots.deallocate() }

    private static func allocate(_ count: Int) -> UnsafeMutablePointer<UInt64> {
        let slots = UnsafeMutablePointer<UInt64>.allocate(capacity: count)
        unsafe slots.initialize(repeating: 0, count: count)
        return unsafe slots
    }

    // Invariant of all access to slots: positions are taken modulo the number of slots, a power of two.
    @inline(__always)
    private subscript(position: Int) -> UInt64 {
        get { unsafe slots[position & mask] }
        nonmutating set { unsafe slots[position & mask] = newValue }
    }

    /// The index of the row with this key; -1 if there is none.
    @inline(__always)
    func find(_ key: FlowKey, _ hash: UInt64, in rows: borrowing Slab<FlowRow>) -> Int {
        var position = Int(hash & 0xFFFF_FFFF)
        while true {
            let slot = self[position]
            if slot == 0 { return -1 }
            if slot >> 32 == hash & 0xFFFF_FFFF {
                let index = Int(slot & 0xFFFF_FFFF) - 1
                if rows[index].key == key { return index }
            }
            position += 1
        }
    }

    @inline(__always)
    func prefetch(_ hash: UInt64) { unsafe Prefetch.request(slots + (Int(hash & 0xFFFF_FFFF) & mask)) }

    /// The index of the first row with this hash's upper half, which is nearly always that of its key; -1 if there is none.
    func likelyIndex(_ hash: UInt64) -> Int {
        var position = Int(hash & 0xFFFF_FFFF)
        while self[position] != 0 {
            if self[position] >> 32 == hash & 0xFFFF_FFFF { return Int(self[position] & 0xFFFF_FFFF) - 1 }
            position += 1
        }
        return -1
    }

    mutating func insert(_ index: Int, _ hash: UInt64) {
        if (count + 1) * 2 > mask + 1 { grow() }
        store(Self.slot(index, hash))
        count += 1
    }

    mutating func remove(_ index: Int, _ hash: UInt64) {
        var free = Int(hash & 0xFFFF_FFFF)
        let wanted = Self.slot(index, hash)
        while self[free] != wanted {
            if self[free] == 0 { return }
            free += 1
        }
        count -= 1
        // What follows in the run moves up as far as it may: not before the position that its own hash asks for.
        var next = free + 1
        while self[next] != 0 {
            let home = Int(self[next] >> 32)
            if (next - home) & mask >= (next - free) & mask {
                self[free] = self[next]
                free = next
            }
            next += 1
        }
        self[free] = 0
    }

    private static func slot(_ index: Int, _ hash: UInt64) -> UInt64 { hash << 32 | UInt64(index + 1) }

    private func store(_ slot: UInt64) {
        var position = Int(slot >> 32)
        while self[position] != 0 { position += 1 }
        self[position] = slot
    }

    private mutating func grow() {
        let old = unsafe slots
        let oldCount = mask + 1
        unsafe slots = Self.allocate(oldCount * 2)
        mask = oldCount * 2 - 1
        for position in 0..<oldCount where unsafe old[position] != 0 { store(unsafe old[position]) }
        unsafe old.deallocate()
    }
}
