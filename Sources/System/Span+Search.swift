#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

extension Span<UInt8> {
    /// True when `wanted` stands somewhere in these bytes; found with the search of the C library, which looks at many bytes at once.
    package func contains(_ wanted: [UInt8]) -> Bool {
        guard let first = wanted.first else { return true }
        guard count >= wanted.count else { return false }
        let last = count - wanted.count
        return unsafe withUnsafeBufferPointer { (bytes: UnsafeBufferPointer<UInt8>) -> Bool in
            guard let base = unsafe UnsafeRawPointer(bytes.baseAddress) else { return false }
            var start = 0
            while start <= last {
                // Invariant: `start...last` and the `wanted.count` bytes after each lie inside of the span.
                guard let found = unsafe memchr(base + start, Int32(first), last - start + 1) else { return false }
                if unsafe memcmp(found, wanted, wanted.count) == 0 { return true }
                start = unsafe UnsafeRawPointer(found) - base + 1
            }
            return false
        }
    }
}
