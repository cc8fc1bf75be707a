import CVector

/// Sixteen bytes that are looked at together.
///
/// Answers about all of them are bits, that of the first byte least significant, so that the first byte with a property is found by
/// counting the zeros before it.
@safe
public struct ByteBlock {
    public static var byteCount: Int { 16 }

    @usableFromInline let bytes: SIMD16<UInt8>

    @inlinable @inline(__always)
    public init(_ bytes: SIMD16<UInt8>) { self.bytes = bytes }

    /// The sixteen bytes of a span that begin at an offset; there must be as many.
    @inlinable @inline(__always)
    public init(_ span: Span<UInt8>, at offset: Int) {
        precondition(offset >= 0 && offset <= span.count &- 16)
        // Invariant: the sixteen bytes are within the span.
        bytes = unsafe span.withUnsafeBytes {
            unsafe $0.baseAddress.unsafelyUnwrapped.loadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self)
        }
    }

    /// Which bytes are `byte`.
    @inlinable @inline(__always)
    public func matches(_ byte: UInt8) -> UInt32 { Self.bits(bytes .== SIMD16(repeating: byte)) }

    /// Which bytes are either.
    @inlinable @inline(__always)
    public func matches(_ a: UInt8, _ b: UInt8) -> UInt32 {
        Self.bits(Self.lanes(bytes .== SIMD16(repeating: a)) | Self.lanes(bytes .== SIMD16(repeating: b)))
    }

    /// Which bytes are no ASCII.
    @inlinable @inline(__always)
    public var nonASCII: UInt32 { wsray_top_bits(bytes) }

    // MARK: Kernels

    /// A comparison's lanes as bytes, 0x00 or 0xFF each, which combine at once where masks combine lane by lane.
    @inlinable @inline(__always)
    public static func lanes(_ mask: SIMDMask<SIMD16<Int8>>) -> SIMD16<UInt8> { unsafe unsafeBitCast(mask, to: SIMD16<UInt8>.self) }

    /// A bit for each lane, 0x00 or 0xFF.
    @inlinable @inline(__always)
    public static func bits(_ lanes: SIMD16<UInt8>) -> UInt32 { wsray_top_bits(lanes) }

    @inlinable @inline(__always)
    static func bits(_ mask: SIMDMask<SIMD16<Int8>>) -> UInt32 { bits(lanes(mask)) }
}
