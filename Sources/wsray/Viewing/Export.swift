import Synchronization
import Terminal
import Viewer

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes files for the viewer.
final class Export: Sendable {
    private let notice = Mutex<Notice?>(nil)
    private let options: InputOptions
    private let wake: WakeUp.Signal

    init(_ options: InputOptions, _ wake: WakeUp.Signal) {
        self.options = options
        self.wake = wake
    }

    /// What there is to say of a file that was written meanwhile.
    func takeNotice() -> Notice? {
        notice.withLock { notice in
            defer { notice = nil }
            return notice
        }
    }

    /// Writes a new file; one that is there already stays as it is.
    static func save(_ bytes: [UInt8], as name: String) -> Notice {
        let descriptor = unsafe open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            return Notice("\(name): \(errno == EEXIST ? "is there already; choose another name" : words(errno))", .failure)
        }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe write(descriptor, $0.baseAddress.unsafelyUnwrapped + written, $0.count - written)
            }
            if count > 0 { written += count } else if errno != EINTR { return Notice("\(name): \(words(errno))", .failure) }
        }
        return Notice("saved \(bytes.count) bytes as \(name)")
    }

    static func words(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }

    func saveConnection(_ number: UInt64, as name: String) -> Notice { Notice("cannot be saved yet", .failure) }
    func saveFrames(_ frames: [UInt64: Set<UInt64>], as name: String) -> Notice { Notice("cannot be saved yet", .failure) }
}
