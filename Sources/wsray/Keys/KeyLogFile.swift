import Bytes
import Capture
import TLS

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A key log that is read as it grows: a file, or a FIFO that programs write to.
final class KeyLogFile: @unchecked Sendable {
    // Invariant: used by one thread at a time, under the lock of its `KeyFiles`.
    private let descriptor: Int32
    private let reader: KeyLogReader

    /// Opens a log and reads what is there; of a FIFO all that comes until its writers are gone, unless packets are live.
    init(_ path: String, into store: KeyStore, isLive: Bool) throws(CaptureError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | (isLive ? O_NONBLOCK : 0))
        guard descriptor >= 0 else {
            let code = errno
            let kind: CaptureError.Kind = code == ENOENT ? .noInput : code == EACCES ? .noPermission : .unreadable
            throw CaptureError(kind, "\(path): \(unsafe String(cString: strerror(code)))")
        }
        self.descriptor = descriptor
        reader = KeyLogReader(into: store, source: store.addSource(path))
        poll()
        if !isLive { reader.finish() }
    }

    deinit { close(descriptor) }

    /// Reads what has been added.
    func poll() {
        var room = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = unsafe read(descriptor, &room, room.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            reader.take(room.span.extracting(0..<count))
        }
        unsafe explicit_bzero(&room, room.count)
    }
}
