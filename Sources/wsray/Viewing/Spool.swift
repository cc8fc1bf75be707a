#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file without a name, for payloads that do not stand in the capture as they are; gone with the program, however that ends.
final class Spool: Sendable {
    let descriptor: Int32

    /// nil when there is no directory that it can be made in.
    init?() {
        // /var/tmp before /tmp: the latter is often memory.
        let places = [Output.environment("TMPDIR"), "/var/tmp", "/tmp"].compactMap { $0 }
        var made: Int32 = -1
        for place in places where made < 0 {
            var name = Array("\(place)/wsray-XXXXXX".utf8CString)
            made = unsafe mkstemp(&name)
            if made >= 0 { unsafe unlink(name) }
        }
        guard made >= 0 else { return nil }
        descriptor = made
        _ = fcntl(made, F_SETFD, FD_CLOEXEC)
    }

    deinit { close(descriptor) }

    /// Appends everything; false when the disk is full.
    func append(_ bytes: Span<UInt8>) -> Bool {
        unsafe bytes.withUnsafeBytes { source in
            var written = 0
            while written < source.count {
                // Invariant: `written` is below the count.
                let count = unsafe write(descriptor, source.baseAddress.unsafelyUnwrapped + written, source.count - written)
                if count > 0 { written += count } else if errno != EINTR { return false }
            }
            return true
        }
    }
}
