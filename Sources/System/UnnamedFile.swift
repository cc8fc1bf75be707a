#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A file without a name, for what does not fit into memory; gone with the program, however that ends.
package final class UnnamedFile: Sendable {
    package let descriptor: Descriptor

    /// nil when there is no directory that it can be made in.
    package init?() {
        var made: Int32 = -1
        for place in Self.folders where made < 0 {
            var name = Array("\(place)/wsray-XXXXXX".utf8CString)
            made = unsafe mkstemp(&name)
            if made >= 0 { unsafe unlink(name) }
        }
        guard made >= 0 else { return nil }
        descriptor = Descriptor(made)
        _ = fcntl(made, F_SETFD, FD_CLOEXEC)
    }

    deinit { descriptor.close() }

    /// Where one can be made: /var/tmp before /tmp, since the latter is often memory.
    static var folders: [String] { [CurrentProcess.environment("TMPDIR"), "/var/tmp", "/tmp"].compactMap { $0 } }

    /// Another open of the same file, from its beginning.
    package var path: String { "/dev/fd/\(descriptor.number)" }

    /// Appends everything, or nothing when the disk is full; then false.
    package func append(_ bytes: Span<UInt8>) -> Bool {
        let (written, failure) = unsafe bytes.withUnsafeBytes { unsafe descriptor.writeAll($0) }
        guard failure != nil else { return true }
        if written > 0 {
            let end = lseek(descriptor.number, off_t(-written), SEEK_CUR)
            if end >= 0 { _ = ftruncate(descriptor.number, end) }
        }
        return false
    }
}
