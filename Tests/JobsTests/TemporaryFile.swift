#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file without a name.
final class TemporaryFile {
    struct Failure: Error {}

    let descriptor: Int32

    init() throws {
        var name = Array("/tmp/wsray-test-XXXXXX".utf8CString)
        descriptor = unsafe mkstemp(&name)
        guard descriptor >= 0 else { throw Failure() }
        unsafe unlink(name)
    }

    deinit { close(descriptor) }

    var byteCount: Int {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 ? Int(status.st_size) : -1
    }
}
