import CVector

/// Looks up sixteen bytes of a table at once, which not every x86 processor can do.
public struct ByteLookup: Sendable {
    /// Nil where the processor cannot. Asking a virtual one takes microseconds: keep the answer.
    public init?() {
        if wsray_can_look_up() == 0 { return nil }
    }

    /// The bytes of `table` at indices below 16.
    @inlinable @inline(__always)
    public func bytes(of table: SIMD16<UInt8>, at indices: SIMD16<UInt8>) -> SIMD16<UInt8> { wsray_look_up(table, indices) }
}
