import CVector

/// Answers about sixteen bytes as bits, that of the first byte least significant: the first byte with a property is found by counting
/// the zeros before it.
public enum ByteBlock {
    /// A comparison's lanes as bytes, 0x00 or 0xFF each, which combine at once where masks combine lane by lane.
    @inlinable @inline(__always)
    public static func lanes(_ mask: SIMDMask<SIMD16<Int8>>) -> SIMD16<UInt8> { unsafe unsafeBitCast(mask, to: SIMD16<UInt8>.self) }

    /// The top bit of each byte: of lanes, which are set; of text, what is no ASCII.
    @inlinable @inline(__always)
    public static func topBits(_ bytes: SIMD16<UInt8>) -> UInt32 { wsray_top_bits(bytes) }
}
