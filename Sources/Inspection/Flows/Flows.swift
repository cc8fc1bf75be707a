import Bytes
import Channels
import Packets

/// All TCP connections that are followed: their rows, how they are found, and which is forgotten when there are too many.
@safe
struct Flows: ~Copyable {
    private var rows = Slab<FlowRow>()
    private var table = FlowTable()
    private let seed: HashSeed
    /// Where the next search for a flow to forget begins.
    private var hand = 0
    /// Rows that are not in the table.
    private var datagramFlowCount = 0
    /// Flows that are over, in the order in which they ended, so that the oldest can be removed.
    private var ended: [Reference] = []
    private var endedHead = 0
    /// Those in tunnels, by what their key would be outside.
    private var tunnelled: [FlowKey: [Int32]] = [:]
    /// Flows that are still to be ended, the last one first, when no packet follows.
    var closing: [Int] = []

    /// A row as it was; another flow may have taken it since.
    struct Reference {
        var index: Int32
        var serial: UInt64
    }

    /// Flows that are over and still known, so that late packets are not taken for a new one.
    private static let endedCount = 1_024

    init(seed: HashSeed = .random) { self.seed = seed }

    var count: Int { table.count + datagramFlowCount }

    /// The address of a row, valid until the next flow is inserted.
    @inline(__always)
    func address(of index: Int) -> UnsafeMutablePointer<FlowRow> { unsafe rows.address(of: index) }

    /// The address of one direction of a flow, as long as that of its row is valid.
    @inline(__always)
    func address(of index: Int, _ direction: Direction) -> UnsafeMutablePointer<FlowDirection> {
        unsafe rows.address(of: index).address(of: direction)
    }

    subscript(index: Int) -> FlowRow {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(rows.address(of: index)) }
        @inline(__always) unsafeMutableAddress { unsafe rows.address(of: index) }
    }

    /// One direction of a flow.
    subscript(index: Int, direction: Direction) -> FlowDirection {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(address(of: index, direction)) }
        @inline(__always) unsafeMutableAddress { unsafe address(of: index, direction) }
    }

    /// All channels of a flow, each after the one that carries it.
    func channels(of index: Int) -> [Channel] {
        guard let channel = self[index].channel else { return [] }
        guard case .carrier = channel.session else { return [channel] }
        return [channel] + channel.descendants
    }

    /// The same one by one, without an array of the only one that most flows have.
    func forEachChannel(of index: Int, _ body: (Channel) -> Void) {
        guard let channel = self[index].channel else { return }
        body(channel)
        if case .carrier = channel.session { channel.descendants.forEach(body) }
    }

    /// A channel of a flow carries an open WebSocket connection.
    func carriesWebSocket(_ index: Int) -> Bool {
        guard let channel = self[index].channel else { return false }
        switch channel.session {
        case .webSocket: return true
        case .carrier: return channel.descendants.contains { $0.webSocket != nil }
        case .http, .opaque: return false
        }
    }

    /// The last packet of either direction.
    func lastPacket(of index: Int) -> PacketMark {
        let (a, b) = (self[index, .fromLow].lastPacket, self[index, .fromHigh].lastPacket)
        return a.number > b.number ? a : b
    }

    @inline(__always)
    func hash(_ key: FlowKey) -> UInt64 { key.hash(seed) }

    /// The index of a flow; -1 if there is none.
    @inline(__always)
    func find(_ key: FlowKey, _ hash: UInt64) -> Int { table.find(key, hash, in: rows) }

    func likelyIndex(_ hash: UInt64) -> Int { table.likelyIndex(hash) }

    /// Asks for a row.
    @inline(__always)
    func prefetch(_ index: Int) { unsafe Prefetch.request(rows.address(of: index), byteCount: MemoryLayout<FlowRow>.size) }

    /// Asks for where a row with this hash is found.
    @inline(__always)
    func prefetch(slotOf hash: UInt64) { table.prefetch(hash) }

    mutating func insert(_ key: FlowKey, _ hash: UInt64, serial: UInt64, fractionDigits: UInt8) -> Int {
        let index = rows.insert(FlowRow(key: key, serial: serial, fractionDigits: fractionDigits))
        table.insert(index, hash)
        if key.scope != .none { tunnelled[key.outside, default: []].append(Int32(index)) }
        return index
    }

    /// Adds a connection on datagrams, which its ends need not lead to.
    mutating func insertOfDatagrams(_ key: FlowKey, serial: UInt64, fractionDigits: UInt8) -> Int {
        let index = rows.insert(FlowRow(key: key, serial: serial, fractionDigits: fractionDigits))
        rows[index].isOfDatagrams = true
        datagramFlowCount += 1
        return index
    }

    mutating func remove(_ index: Int) {
        if rows[index].isOfDatagrams {
            datagramFlowCount -= 1
            return rows.remove(index, leaving: .vacant())
        }
        let key = rows[index].key
        table.remove(index, hash(key))
        if key.scope != .none { removeTunnelled(index, key.outside) }
        rows.remove(index, leaving: .vacant())
    }

    /// There are flows in tunnels.
    var hasTunnels: Bool { !tunnelled.isEmpty }

    /// Flows with the same ends in any tunnel or outside, the newest first; few enough to be looked at one by one.
    func views(of key: FlowKey) -> [Int] {
        let outside = find(key.outside, hash(key.outside))
        return (tunnelled[key.outside] ?? []).suffix(Self.viewCount).reversed().map { Int($0) } + (outside >= 0 ? [outside] : [])
    }

    private static let viewCount = 16

    private mutating func removeTunnelled(_ index: Int, _ key: FlowKey) {
        guard var indices = tunnelled[key], let place = indices.lastIndex(of: Int32(index)) else { return }
        indices.remove(at: place)
        tunnelled[key] = indices.isEmpty ? nil : indices
    }

    /// Keeps a flow that is over for a while, and removes those that have been over for long.
    mutating func retire(_ index: Int) {
        ended.append(Reference(index: Int32(index), serial: rows[index].serial))
        guard ended.count - endedHead >= 2 * Self.endedCount else { return }
        for reference in ended[endedHead..<endedHead + Self.endedCount] where isStill(reference) { remove(Int(reference.index)) }
        endedHead += Self.endedCount
        guard endedHead * 2 > ended.count else { return }
        ended.removeFirst(endedHead)
        endedHead = 0
    }

    func isStill(_ reference: Reference) -> Bool { rows[Int(reference.index)].serial == reference.serial }

    /// A flow that can be forgotten: one that is over, or one without a packet since the last look at it.
    ///
    /// The clock algorithm: each step forward takes back a mark that a packet has set, so there are never more steps than packets.
    mutating func idle() -> Int? {
        while endedHead < ended.count {
            let reference = ended[endedHead]
            if isStill(reference) { return Int(reference.index) }
            endedHead += 1
        }
        guard count > 0 else { return nil }
        while true {
            hand = hand + 1 < rows.usedCount ? hand + 1 : 0
            if rows[hand].serial == 0 { continue }
            if !rows[hand].isFresh { return hand }
            rows[hand].isFresh = false
        }
    }

    /// Indices of all flows, in no order.
    var indices: [Int] { (0..<rows.usedCount).filter { rows[$0].serial != 0 } }
}

extension UnsafeMutablePointer<FlowRow> {
    /// The address of one direction of the flow.
    @inline(__always)
    func address(of direction: Direction) -> UnsafeMutablePointer<FlowDirection> {
        // Invariant: a stored property of a row stands where it is as long as the row does.
        unsafe direction == .fromLow
            ? withUnsafeMutablePointer(to: &pointee.fromLow) { unsafe $0 } : withUnsafeMutablePointer(to: &pointee.fromHigh) { unsafe $0 }
    }
}
