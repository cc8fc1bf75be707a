import Capture

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A directory that files are written to: never over others unless that was asked for, and never through a link.
final class OutputDirectory {
    struct Failure: Error {
        var message: String
        var exitStatus: Int32 = 2
    }

    private static let indexName = "index.jsonl"

    private let path: String
    private let overwrites: Bool
    private var descriptor: Int32 = -1
    private var index: Int32 = -1
    /// Why something could not be written, if that was so.
    private(set) var failure: Failure?

    init(_ path: String, overwrites: Bool) {
        self.path = path
        self.overwrites = overwrites
    }

    /// Makes the directory, where there is none, and the index in it. The second time nothing happens.
    func open() throws(Failure) {
        guard descriptor < 0 else { return }
        do throws(CaptureError) { descriptor = try OutputPath.createDirectory(path) } catch {
            throw fail(Failure(message: User.explaining(error).message, exitStatus: error.exitStatus))
        }
        index = try create(Self.indexName)
    }

    deinit {
        finish()
        if descriptor >= 0 { close(descriptor) }
    }

    func finish() {
        if index >= 0 { close(index) }
        index = -1
    }

    func write(_ bytes: Span<UInt8>, to name: String) throws(Failure) {
        let file = try create(name)
        defer { close(file) }
        try write(bytes, file, name)
    }

    func appendToIndex(_ bytes: Span<UInt8>) throws(Failure) { try write(bytes, index, Self.indexName) }

    private func create(_ name: String) throws(Failure) -> Int32 {
        let flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | (overwrites ? O_TRUNC : O_EXCL)
        let file = unsafe openat(descriptor, name, flags, 0o600)
        if file >= 0 { return file }
        if errno == EEXIST {
            let message = "\(path)/\(name) is there already. Name another directory, or overwrite with --force."
            throw fail(Failure(message: message, exitStatus: 64))
        }
        throw fail(Failure(message: "\(path)/\(name): \(Self.fault)"))
    }

    private func write(_ bytes: Span<UInt8>, _ file: Int32, _ name: String) throws(Failure) {
        var written = 0
        while written < bytes.count {
            // Invariant: `written` is below the count, and no more than the rest is asked for.
            let count = unsafe bytes.withUnsafeBytes { source in
                unsafe Self.systemWrite(file, source.baseAddress.map { unsafe $0 + written }, source.count - written)
            }
            if count > 0 {
                written += count
            } else if errno != EINTR {
                throw fail(Failure(message: "\(path)/\(name): \(Self.fault)"))
            }
        }
    }

    /// write(2), which the method of that name hides.
    private static func systemWrite(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        #if canImport(Glibc)
            unsafe Glibc.write(file, bytes, count)
        #elseif canImport(Musl)
            unsafe Musl.write(file, bytes, count)
        #else
            unsafe Darwin.write(file, bytes, count)
        #endif
    }

    private func fail(_ failure: Failure) -> Failure {
        self.failure = failure
        return failure
    }

    private static var fault: String { unsafe String(cString: strerror(errno)) }
}
