/// What a sink notes about connections, found by the connection's row: an array, since it is asked for with every frame.
///
/// A note stays when its connection has ended, until another connection has the row; it is never taken for the other one's.
public struct ConnectionTable<Value> {
    @usableFromInline var entries: [(number: UInt64, value: Value)?] = []

    public init() {}

    /// Nil where nothing is noted.
    @inlinable
    public subscript(connection: Connection) -> Value? {
        get {
            guard connection.row < entries.count, let entry = entries[connection.row], entry.number == connection.number else { return nil }
            return entry.value
        }
        set {
            while entries.count <= connection.row { entries.append(nil) }
            if let newValue {
                entries[connection.row] = (connection.number, newValue)
            } else if entries[connection.row]?.number == connection.number {
                entries[connection.row] = nil
            }
        }
    }

    /// Everything that is noted.
    public var values: [Value] { entries.compactMap { $0?.value } }

    public mutating func removeAll() { entries = [] }
}
