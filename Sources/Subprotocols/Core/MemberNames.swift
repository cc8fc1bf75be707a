import Bytes
import JSON

/// The names of an object's members, each as one of 64 bits: enough to say that a name is not among them.
struct MemberNames {
    private var bits: UInt64 = 0

    /// Of a protocol's own names.
    init(_ names: [StaticString]) {
        // Invariant: bytes are read of a name that has some.
        for name in names where name.utf8CodeUnitCount > 0 {
            unsafe insert(name.utf8CodeUnitCount, name.utf8Start[0], name.utf8Start[name.utf8CodeUnitCount - 1])
        }
    }

    /// Of the object that a message is; nil if it is none.
    init?(_ content: Span<UInt8>) {
        var members = JSONMembers(content)
        guard members.isObject else { return nil }
        while let name = members.next(content) {
            if !name.range.isEmpty { insert(name.range.count, content[name.range.lowerBound], content[name.range.upperBound - 1]) }
            // Passed over in place, where it is short.
            _ = members.shortValue(content)
        }
    }

    func mayShare(_ other: MemberNames) -> Bool { bits & other.bits != 0 }

    func mayHave(_ all: MemberNames) -> Bool { bits & all.bits == all.bits }

    private mutating func insert(_ count: Int, _ first: UInt8, _ last: UInt8) {
        let mixed = UInt32(truncatingIfNeeded: count) << 16 ^ UInt32(first) << 8 ^ UInt32(last)
        bits |= 1 << UInt64((mixed &* 0x9E37_79B9) >> 26)
    }
}
