/// What a sink notes about connections, by the connection's row: an array, since every frame needs a look-up.
///
/// A note stays after its connection has ended, until another connection takes the row; it is never returned for that one.
public struct ConnectionTable<Value> {
    @usableFromInline var entries: [(number: UInt64, value: Value)?] = []
    /// A bit for each row that has an entry: where few have one, the entries of the others are not looked at.
    @usableFromInline var taken: [UInt64] = []
    @usableFromInline var count = 0

    /// Of how many connections something is noted.
    @inlinable public var noteCount: Int { count }

    public init() {}

    /// Nothing is noted of any connection.
    @inlinable public var isEmpty: Bool { count == 0 }

    /// Something is noted of this connection, or of one that had its row before.
    @inlinable @inline(__always)
    public func mayHave(_ connection: Connection) -> Bool {
        let row = connection.row
        return row >> 6 < taken.count && taken[row >> 6] >> UInt64(row & 63) & 1 != 0
    }

    /// Nil if nothing is noted.
    @inlinable
    public subscript(connection: Connection) -> Value? {
        get {
            guard mayHave(connection), let entry = entries[connection.row], entry.number == connection.number else { return nil }
            return entry.value
        }
        set {
            let row = connection.row
            while entries.count <= row { entries.append(nil) }
            while taken.count <= row >> 6 { taken.append(0) }
            if let newValue {
                if entries[row] == nil { count += 1 }
                entries[row] = (connection.number, newValue)
                taken[row >> 6] |= 1 << UInt64(row & 63)
            } else if entries[row]?.number == connection.number {
                entries[row] = nil
                taken[row >> 6] &= ~(1 << UInt64(row & 63))
                count -= 1
            }
        }
    }

    /// Changes in place what is noted of a connection; nil if nothing is.
    @inlinable @inline(__always)
    public mutating func update<Result>(_ connection: Connection, _ change: (inout Value) -> Result) -> Result? {
        let row = connection.row
        guard row < entries.count, entries[row]?.number == connection.number else { return nil }
        return change(&entries[row]!.value)
    }

    /// Everything that is noted.
    public var values: [Value] { entries.compactMap { $0?.value } }

    public mutating func removeAll() { (entries, taken, count) = ([], [], 0) }
}
