/// Rows of values at stable indices, side by side in one block of memory.
///
/// A row is changed in place: reaching it counts no references and checks no exclusive access. Rows of the block that were never
/// used take no memory. Rows that were removed are used again first.
@safe
struct Slab<Row: ~Copyable>: ~Copyable {
    private var rows: UnsafeMutablePointer<Row>
    private var capacity: Int
    /// Rows that were ever used; those beyond are not initialized.
    private(set) var usedCount = 0
    private var free: [Int32] = []

    init(capacity: Int = 256) {
        self.capacity = capacity
        unsafe rows = Self.allocate(capacity)
    }

    deinit {
        unsafe rows.deinitialize(count: usedCount)
        unsafe UnsafeMutableRawPointer(rows).deallocate()
    }

    /// Rows in use.
    var count: Int { usedCount - free.count }

    /// The address of a row, valid until the next one is inserted.
    @inline(__always)
    func address(of index: Int) -> UnsafeMutablePointer<Row> {
        // Invariant: `index` is below `usedCount`, up to which rows are initialized.
        precondition(index >= 0 && index < usedCount)
        return unsafe rows + index
    }

    subscript(index: Int) -> Row {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(address(of: index)) }
        @inline(__always) unsafeMutableAddress { unsafe address(of: index) }
    }

    /// The index that the next row will get.
    var nextIndex: Int { free.last.map { Int($0) } ?? usedCount }

    /// Adds a row and returns its index.
    mutating func insert(_ row: consuming Row) -> Int {
        if let index = free.popLast() {
            self[Int(index)] = row
            return Int(index)
        }
        if usedCount == capacity { grow() }
        unsafe (rows + usedCount).initialize(to: row)
        usedCount += 1
        return usedCount - 1
    }

    /// Removes a row, and leaves another value in its place; the index may be used again.
    mutating func remove(_ index: Int, leaving vacant: consuming Row) {
        self[index] = vacant
        free.append(Int32(index))
    }

    private mutating func grow() {
        let larger = unsafe Self.allocate(capacity * 2)
        unsafe larger.moveInitialize(from: rows, count: usedCount)
        unsafe UnsafeMutableRawPointer(rows).deallocate()
        unsafe rows = larger
        capacity *= 2
    }

    /// The block begins at a cache line.
    private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<Row> {
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: capacity * MemoryLayout<Row>.stride, alignment: 64)
        return unsafe bytes.bindMemory(to: Row.self, capacity: capacity)
    }
}
