import Streams

/// Flows by their key: open addressing with linear probing, because it is asked once per packet.
final class FlowTable {
    private var slots: [Flow?] = Array(repeating: nil, count: 256)
    private(set) var count = 0

    private var mask: Int { slots.count - 1 }

    @inline(__always)
    func find(_ key: FlowKey, hash: UInt64) -> Flow? {
        var index = Int(truncatingIfNeeded: hash) & mask
        while let flow = slots[index] {
            if flow.hash == hash && flow.key == key { return flow }
            index = (index + 1) & mask
        }
        return nil
    }

    func insert(_ flow: Flow) {
        if count * 2 >= slots.count { rebuild(slotCount: slots.count * 2) }
        place(flow)
        count += 1
    }

    func remove(_ flow: Flow) {
        var hole = Int(truncatingIfNeeded: flow.hash) & mask
        while let candidate = slots[hole], candidate !== flow { hole = (hole + 1) & mask }
        guard slots[hole] != nil else { return }
        slots[hole] = nil
        count -= 1
        // Whatever stands behind the hole in its run may have been pushed there and moves up.
        var next = (hole + 1) & mask
        while let flow = slots[next] {
            slots[next] = nil
            place(flow)
            next = (next + 1) & mask
        }
    }

    /// All flows, in no order.
    var all: [Flow] { slots.compactMap { $0 } }

    /// The flow that was idle for longest among a few taken from `start` on: near enough, at no cost per packet.
    func idle(near start: UInt64, sample: Int = 16) -> Flow? {
        var index = Int(truncatingIfNeeded: start) & mask
        var oldest: Flow?
        var seen = 0
        for _ in 0..<slots.count where seen < sample {
            if let flow = slots[index] {
                seen += 1
                if oldest.map({ (flow.isOver ? 0 : 1, flow.seen.number) < ($0.isOver ? 0 : 1, $0.seen.number) }) ?? true { oldest = flow }
            }
            index = (index + 1) & mask
        }
        return oldest
    }

    private func place(_ flow: Flow) {
        var index = Int(truncatingIfNeeded: flow.hash) & mask
        while slots[index] != nil { index = (index + 1) & mask }
        slots[index] = flow
    }

    private func rebuild(slotCount: Int) {
        let flows = all
        slots = Array(repeating: nil, count: slotCount)
        for flow in flows { place(flow) }
    }
}
