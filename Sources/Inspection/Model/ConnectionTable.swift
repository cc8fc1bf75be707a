/// What a sink notes about connections, by the connection's row: an array, since every frame needs a look-up.
///
/// A note stays after its connection has ended, until another connection takes the row; it is never returned for that one.
public struct ConnectionTable<Value> {
    @usableFromInline var entries: [(number: UInt64, value: Value)?] = []
    @usableFromInline var count = 0

    public init() {}

    /// Nothing is noted of any connection.
    @inlinable public var isEmpty: Bool { count == 0 }

    /// Nil if nothing is noted.
    @inlinable
    public subscript(connection: Connection) -> Value? {
        get {
            guard connection.row < entries.count, let entry = entries[connection.row], entry.number == connection.number else { return nil }
            return entry.value
        }
        set {
            while entries.count <= connection.row { entries.append(nil) }
            if let newValue {
                if entries[connection.row] == nil { count += 1 }
                entries[connection.row] = (connection.number, newValue)
            } else if entries[connection.row]?.number == connection.number {
                entries[connection.row] = nil
                count -= 1
            }
        }
    }

    /// Everything that is noted.
    public var values: [Value] { entries.compactMap { $0?.value } }

    public mutating func removeAll() { (entries, count) = ([], 0) }
}
