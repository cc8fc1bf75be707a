/// The streams of a connection: those that are open, and the numbers of those that are over.
struct StreamTable {
    private var open: [UInt64: QUICStream] = [:]
    /// The one that was asked for last.
    private var latest: QUICStream?
    /// Numbers in the order in which they were opened; some of them may be over.
    private var order: [UInt64] = []
    private var head = 0
    /// Those that are over with all of their bytes acknowledged, and those that were given up; one of each for each kind of stream.
    private var closed = [NumberSet](repeating: NumberSet(limit: 512), count: 4)
    private var forgotten = [NumberSet](repeating: NumberSet(limit: 512), count: 4)

    var count: Int { open.count }

    @inline(__always)
    mutating func known(_ id: UInt64) -> QUICStream? {
        if let latest, latest.id == id { return latest }
        guard let stream = open[id] else { return nil }
        latest = stream
        return stream
    }

    /// Lends a stream that is open, without counting references to the one that was asked for last.
    ///
    /// - Parameter body: closes and forgets no stream.
    @inline(__always)
    mutating func withKnown<Result>(_ id: UInt64, _ body: (QUICStream) -> Result) -> Result? {
        // Invariant: the table keeps the stream, and the body does not change that.
        if let latest = unsafe latest(id) { return unsafe latest._withUnsafeGuaranteedRef(body) }
        return known(id).map(body)
    }

    /// The stream that was asked for last, if it is that.
    @inline(__always)
    func latest(_ id: UInt64) -> Unmanaged<QUICStream>? {
        guard let latest, latest.id == id else { return nil }
        return unsafe .passUnretained(latest)
    }

    func find(_ id: UInt64) -> QUICStream? { open[id] }

    /// It was there, and is over.
    func isOver(_ id: UInt64) -> Bool { isClosed(id) || Self.has(forgotten[Int(id & 3)], id >> 2) }

    /// It is over, and all of its bytes were acknowledged.
    func isClosed(_ id: UInt64) -> Bool { Self.has(closed[Int(id & 3)], id >> 2) }

    private static func has(_ set: NumberSet, _ number: UInt64) -> Bool { number < set.floor || set.contains(number) }

    mutating func add(_ id: UInt64) -> QUICStream {
        let stream = QUICStream(id)
        open[id] = stream
        latest = stream
        order.append(id)
        return stream
    }

    mutating func close(_ id: UInt64) {
        remove(id)
        closed[Int(id & 3)].insert(id >> 2..<(id >> 2) + 1)
    }

    mutating func forget(_ id: UInt64) {
        remove(id)
        forgotten[Int(id & 3)].insert(id >> 2..<(id >> 2) + 1)
    }

    private mutating func remove(_ id: UInt64) {
        open[id] = nil
        if latest?.id == id { latest = nil }
        guard order.count > 2 * open.count + 64 else { return }
        order = order[head...].filter { open[$0] != nil }
        head = 0
    }

    /// The one that has been open for longest.
    var oldest: UInt64? {
        mutating get {
            while head < order.count, open[order[head]] == nil { head += 1 }
            return head < order.count ? order[head] : nil
        }
    }

    /// All that are open, in the order in which they were opened.
    var all: [QUICStream] { order[head...].compactMap { open[$0] } }
}
