/// The operations of a message, in their order. Most messages have one, which needs no allocation and no question of who owns it.
public struct OperationList: RandomAccessCollection, Sendable {
    /// Those before the last.
    @usableFromInline var earlier: [Operation] = []
    /// The one that was added last; of no meaning where there is none.
    @usableFromInline var latest = Operation(.event, "")
    public private(set) var count = 0

    @inlinable public var startIndex: Int { 0 }
    @inlinable public var endIndex: Int { count }
    @inlinable public var isEmpty: Bool { count == 0 }

    @inlinable
    public subscript(index: Int) -> Operation {
        if index == count &- 1, count > 0 { return latest }
        return earlier[index]
    }

    @inline(__always)
    mutating func append(_ operation: Operation) {
        if count > 0 { earlier.append(latest) }
        latest = operation
        count &+= 1
    }

    /// Changes one of them.
    mutating func change(_ index: Int, _ body: (inout Operation) -> Void) {
        if index == count &- 1 { body(&latest) } else { body(&earlier[index]) }
    }

    @inline(__always)
    mutating func removeAll() {
        if count > 1 { earlier.removeAll(keepingCapacity: true) }
        count = 0
    }
}
