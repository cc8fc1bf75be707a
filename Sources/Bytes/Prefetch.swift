import CVector

/// Memory that is needed soon: the processor fetches it meanwhile.
public enum Prefetch {
    /// Bytes that come from memory together.
    public static let lineByteCount = 64

    /// Asks for the lines of `byteCount` bytes. Any address will do, since nothing is read.
    @inlinable @inline(__always)
    public static func request(_ address: UnsafeRawPointer, byteCount: Int = 1) {
        // In steps from the first byte, wherever lines begin: no loop is left of it where the size is known.
        var offset = 0
        while offset < byteCount {
            unsafe wsray_prefetch(address + offset)
            offset &+= lineByteCount
        }
        if byteCount > 1 { unsafe wsray_prefetch(address + (byteCount - 1)) }
    }
}
