import Channels

/// The connection IDs of all connections, and whose they are.
final class ConnectionIDTable {
    struct Entry: Equatable {
        var connection: UInt64
        /// Which end chose the ID: the other one sends what is addressed by it.
        var owner: Direction
    }

    private var entries: [ConnectionID: Entry] = [:]
    /// Those of further connections with the same ID, which short ones may have.
    private var others: [ConnectionID: [Entry]] = [:]
    /// How many there are of each length.
    private var counts = [Int](repeating: 0, count: ConnectionID.longest + 1)
    /// Lengths of IDs that there are, the longest first.
    private(set) var lengths: [Int] = []

    var isEmpty: Bool { entries.isEmpty && others.isEmpty && lengths.isEmpty }

    /// Connections that are kept for one ID.
    private static let limit = 8

    func add(_ id: ConnectionID, of connection: UInt64, owner: Direction) {
        guard !id.isEmpty else { return }
        let entry = Entry(connection: connection, owner: owner)
        if let known = entries[id] {
            guard known != entry, others[id]?.contains(entry) != true, others[id]?.count ?? 0 < Self.limit else { return }
            others[id, default: []].append(entry)
        } else {
            entries[id] = entry
            count(1, id)
        }
    }

    func remove(_ id: ConnectionID, of connection: UInt64) {
        others[id]?.removeAll { $0.connection == connection }
        if let rest = others[id], rest.isEmpty { others[id] = nil }
        guard entries[id]?.connection == connection else { return }
        if let next = others[id]?.popLast() {
            entries[id] = next
            if others[id]?.isEmpty == true { others[id] = nil }
        } else {
            entries[id] = nil
            count(-1, id)
        }
    }

    private func count(_ change: Int, _ id: ConnectionID) {
        let length = Int(id.byteCount)
        counts[length] += change
        guard (counts[length] == 0) == lengths.contains(length) else { return }
        lengths = counts.indices.reversed().filter { counts[$0] > 0 }
    }

    /// Those that an ID belongs to, the first one that satisfies the condition.
    func find(_ id: ConnectionID, where isWanted: (Entry) -> Bool) -> Entry? {
        guard let first = entries[id] else { return nil }
        return isWanted(first) ? first : others[id]?.first(where: isWanted)
    }
}
