import Bytes

/// Values side by side that grow at the end and are changed in place: to reach one counts no references, and asks for no owner.
@safe
struct Rows<Row: BitwiseCopyable>: ~Copyable {
    private var base: UnsafeMutablePointer<Row>?
    private(set) var count = 0
    private var capacity = 0

    init() { unsafe base = nil }

    deinit { unsafe base?.deallocate() }

    var isEmpty: Bool { count == 0 }

    @inline(__always)
    private func address(of index: Int) -> UnsafeMutablePointer<Row> {
        // Invariant: rows below the count are initialized, and where there is one, there is a block.
        precondition(index >= 0 && index < count)
        return unsafe base.unsafelyUnwrapped + index
    }

    subscript(index: Int) -> Row {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(address(of: index)) }
        @inline(__always) unsafeMutableAddress { unsafe address(of: index) }
    }

    /// The row of the lowest bits of a number, where there are as many rows as a power of two.
    subscript(masked number: Int) -> Row {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(address(masked: number)) }
        @inline(__always) unsafeMutableAddress { unsafe address(masked: number) }
    }

    @inline(__always)
    private func address(masked number: Int) -> UnsafeMutablePointer<Row> {
        // Invariant: whatever the count, what is left of a number is below it.
        precondition(count > 0)
        return unsafe base.unsafelyUnwrapped + (number & (count &- 1))
    }

    /// Fetches so many rows from one on, which need not be there.
    @inline(__always)
    func prefetch(from index: Int, count: Int) {
        // Invariant: none but a hint; the address need not be one of the block.
        if let base = unsafe base { unsafe Prefetch.request(base + index, byteCount: count &* MemoryLayout<Row>.stride) }
    }

    @inline(__always)
    mutating func append(_ row: Row) {
        if count == capacity { grow(toHold: max(2 * capacity, 4)) }
        unsafe (base.unsafelyUnwrapped + count).initialize(to: row)
        count &+= 1
    }

    @inline(__always)
    mutating func removeAll() { count = 0 }

    mutating func removeLast(_ removedCount: Int) {
        precondition(removedCount >= 0 && removedCount <= count)
        count &-= removedCount
    }

    /// Makes all of them the same value; the block is as large as they are.
    mutating func fill(_ row: Row, count newCount: Int) {
        count = 0
        if capacity != newCount { grow(toHold: newCount) }
        unsafe base?.initialize(repeating: row, count: newCount)
        count = newCount
    }

    private mutating func grow(toHold wanted: Int) {
        precondition(wanted >= count)
        let larger = UnsafeMutablePointer<Row>.allocate(capacity: wanted)
        if let base = unsafe base {
            unsafe larger.moveInitialize(from: base, count: count)
            unsafe base.deallocate()
        }
        unsafe base = larger
        capacity = wanted
    }
}
