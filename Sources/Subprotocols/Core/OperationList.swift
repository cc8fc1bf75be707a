/// The operations of a message, in their order. Most messages have one, which needs no allocation and no question of who owns it.
public struct OperationList: RandomAccessCollection, Sendable {
    /// Those before the last.
    @usableFromInline var earlier: [Operation] = []
    /// The one that was added last; of no meaning where there is none.
    public internal(set) var latest = Operation(.event, "")
    @usableFromInline var total = 0

    @inlinable public var count: Int { total }

    @inlinable public var startIndex: Int { 0 }
    @inlinable public var endIndex: Int { count }
    @inlinable public var isEmpty: Bool { count == 0 }

    @inlinable
    public subscript(index: Int) -> Operation {
        if index == count &- 1, count > 0 { return latest }
        return earlier[index]
    }

    @inline(__always)
    mutating func append(_ role: Operation.Role, _ type: StaticString) {
        if total > 0 { keepLatest() }
        latest.begin(role, type)
        total &+= 1
    }

    mutating func append(_ operation: Operation) {
        if total > 0 { keepLatest() }
        latest = operation
        total &+= 1
    }

    @inline(never)
    private mutating func keepLatest() { earlier.append(latest) }

    /// Changes one of them.
    mutating func change(_ index: Int, _ body: (inout Operation) -> Void) {
        if index == count &- 1 { body(&latest) } else { body(&earlier[index]) }
    }

    @inline(__always)
    mutating func removeAll() {
        if count > 1 { earlier.removeAll(keepingCapacity: true) }
        total = 0
    }
}
