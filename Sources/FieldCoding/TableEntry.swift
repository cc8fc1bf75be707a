import Bytes
import Channels

/// A header field in a table of HPACK or QPACK.
public struct TableEntry: Sendable, Equatable {
    /// Nil where it was not captured.
    public var name: [UInt8]?
    public var value: [UInt8]?
    /// Of the text that it was made of, where that is located; 0 for any other.
    public var number = 0

    public init(name: [UInt8]? = nil, value: [UInt8]? = nil) {
        self.name = name
        self.value = value
    }

    /// RFC 7541 §4.1, RFC 9204 §3.2.1; what is not known counts as empty.
    public var size: Int { (name?.count ?? 0) + (value?.count ?? 0) + 32 }
}

extension FieldSection {
    /// Adds a field as long as there is room, and notes where something of it is not known.
    ///
    /// - Parameter room: what fields may still take, counted as entries of a table; 0 after one that did not fit.
    public mutating func add(_ entry: TableEntry, within room: inout Int) {
        guard entry.size <= room else {
            isCut = true
            room = 0
            return
        }
        room -= entry.size
        if entry.name == nil || entry.value == nil { unknownCount += 1 }
        fields.append(Field(name: entry.name, value: entry.value))
    }
}
