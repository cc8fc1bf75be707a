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
        // /var/tmp before /tmp: the latter is often memory.
        let places = [CurrentProcess.environment("TMPDIR"), "/var/tmp", "/tmp"].compactMap { $0 }
        var made: Int32 = -1
        for place in places where made < 0 {
            var name = Array("\(place)/wsray-XXXXXX".utf8CString)
            made = unsafe mkstemp(&name)
            if made >= 0 { unsafe unlink(name) }
        }
        guard made >= 0 else { return nil }
        descriptor = Descriptor(made)
        _ = fcntl(made, F_SETFD, FD_CLOEXEC)
    }

    deinit { descriptor.close() }

    /// Another open of the same file, from its beginning.
    package var path: String { "/dev/fd/\(descriptor.number)" }

    /// Appends everything; false when the disk is full.
    package func append(_ bytes: Span<UInt8>) -> Bool {
        do throws(SystemError) { try descriptor.write(bytes) } catch { return false }
        return true
    }
}
