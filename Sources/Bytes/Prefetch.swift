import CVector

/// Memory that is needed soon: the processor fetches it meanwhile.
public enum Prefetch {
    /// Bytes that come from memory together.
    public static let lineByteCount = 64

    /// Asks for the lines of `byteCount` bytes. Any address will do, since nothing is read.
    @inlinable @inline(__always)
    public static func request(_ address: UnsafeRawPointer, byteCount: Int = 1) {
        let begin = UInt(bitPattern: address) & ~UInt(lineByteCount - 1)
        let end = UInt(bitPattern: address) &+ UInt(byteCount)
        var line = begin
        while line < end {
            unsafe wsray_prefetch(UnsafeRawPointer(bitPattern: line))
            line &+= UInt(lineByteCount)
        }
    }
}
