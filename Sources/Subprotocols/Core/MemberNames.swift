import Bytes
import JSON

/// The names of an object's members, each as one of 64 bits: enough to say that a name is not among them.
struct MemberNames {
    private var bits: UInt64 = 0

    /// Of a protocol's own names.
    init(_ names: [StaticString]) {
        // Invariant: the first byte is read of a name that has one.
        for name in names where name.utf8CodeUnitCount > 0 { insert(name.utf8CodeUnitCount, unsafe name.utf8Start[0]) }
    }

    /// Of the object that a message is; nil if it is none.
    init?(_ content: Span<UInt8>) {
        var members = JSONMembers(content)
        guard members.isObject else { return nil }
        while let name = members.next(content) {
            if !name.range.isEmpty { insert(name.range.count, content[name.range.lowerBound]) }
        }
    }

    func mayShare(_ other: MemberNames) -> Bool { bits & other.bits != 0 }

    private mutating func insert(_ count: Int, _ first: UInt8) { bits |= 1 << (UInt64(count &* 7 &+ Int(first)) & 63) }
}
