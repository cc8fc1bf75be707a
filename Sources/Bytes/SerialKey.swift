/// A number as the key of a dictionary that is asked for each packet: mixed by one multiplication, which takes a tenth of the time of
/// Swift's own hash.
///
/// For numbers that nobody outside can choose: those that are counted here, and hashes with a secret seed.
public struct SerialKey: Hashable, Sendable {
    public var number: UInt64

    @inlinable public init(_ number: UInt64) { self.number = number }

    @inlinable public func hash(into hasher: inout Hasher) { hasher.combine(number) }

    /// What `Dictionary` asks for; by default it would call `hash(into:)`.
    @inlinable @inline(__always)
    public func _rawHashValue(seed: Int) -> Int {
        let product = (number ^ UInt64(truncatingIfNeeded: seed)).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return Int(truncatingIfNeeded: product.high ^ product.low)
    }
}
