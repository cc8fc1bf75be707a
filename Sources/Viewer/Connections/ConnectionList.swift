import Filter
import Inspection

/// Which connections are listed, and in which order.
struct ConnectionList: Sendable {
    var order = ConnectionOrder.number
    /// The last first.
    var isReversed = false
    var filter: ConnectionFilter?
    /// TCP connections whose streams are not shown, by number.
    var folded: Set<UInt64> = []
    private(set) var items: [ConnectionItem] = []
    /// What the items were made of.
    private var basis: Basis?

    private struct Basis: Equatable {
        var revision: UInt64
        var order: ConnectionOrder
        var isReversed: Bool
        var filter: String?
        var folded: Set<UInt64>
    }

    /// Makes the items anew where something changed that they depend on; true when it did.
    mutating func update(_ transcript: Transcript) -> Bool {
        let now = Basis(
            revision: transcript.revision, order: order, isReversed: isReversed, filter: filter?.condition.text, folded: folded)
        guard basis != now else { return false }
        basis = now
        var chosen = (0..<UInt32(transcript.connections.count)).map { $0 }
        if var filter {
            self.filter = nil
            chosen = filter.select(chosen, transcript)
            items = arranged(chosen, transcript)
            items += filter.selectEncrypted(transcript).map { .encrypted($0) }
            items += filter.selectAttempts(transcript).map { .attempt($0) }
            self.filter = filter
        } else {
            items = arranged(chosen, transcript)
            items += transcript.encrypted.indices.map { .encrypted($0) }
            items += transcript.attempts.indices.map { .attempt($0) }
        }
        return true
    }

    private func arranged(_ chosen: [UInt32], _ transcript: Transcript) -> [ConnectionItem] {
        if order == .number { return grouped(isReversed ? chosen.reversed() : chosen, transcript) }
        let keys = chosen.map { order.key(transcript.connections[Int($0)]) }
        let places = chosen.indices.sorted { a, b in
            if keys[a] == keys[b] { return a < b }
            return isReversed ? keys[a] < keys[b] : keys[a] > keys[b]
        }
        return places.map { .connection(chosen[$0]) }
    }

    /// Streams of one TCP connection stand together below it, where the first of them would stand.
    private func grouped(_ chosen: [UInt32], _ transcript: Transcript) -> [ConnectionItem] {
        guard !transcript.streamsOfFlow.isEmpty else { return chosen.map { .connection($0) } }
        let isChosen = Set(chosen)
        var begun: Set<UInt64> = []
        var items: [ConnectionItem] = []
        for index in chosen {
            let carrier = transcript.connections[Int(index)].carrier
            guard carrier.stream != nil else {
                items.append(.connection(index))
                continue
            }
            guard begun.insert(carrier.flow).inserted else { continue }
            items.append(.carrier(carrier.flow))
            if folded.contains(carrier.flow) { continue }
            let streams = (transcript.streamsOfFlow[carrier.flow] ?? []).filter { isChosen.contains($0) }
            items += (isReversed ? streams.reversed() : streams).map { .connection($0) }
        }
        return items
    }

    /// Whether streams stand below the TCP connection that carries them.
    var isGrouped: Bool { order == .number }
}
