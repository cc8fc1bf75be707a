import Bytes
import Capture
import TLS

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The key log that a command writes to: a file in a directory of its own, both gone when this is.
final class CommandKeyLog {
    let path: String
    private let directory: String
    private let descriptor: Int32
    private let reader: KeyLogReader
    /// Lines for a file that is written, where one is; the last may lack its end.
    private var lines: [UInt8] = []
    private let keepsLines: Bool
    private var isOver = false

    static let sourceName = "the command"

    /// - Parameter keepsLines: `takeLines` will be called.
    init(into store: KeyStore, keepsLines: Bool, temporaryDirectory: String) throws(CaptureError) {
        var template = Array("\(temporaryDirectory)/wsray-run-XXXXXX".utf8CString)
        // Invariant: the text ends with a zero, and is changed in its place.
        guard unsafe mkdtemp(&template) != nil else {
            throw CaptureError(.unreadable, "making a directory in \(temporaryDirectory) failed: \(Self.fault); set TMPDIR to another one")
        }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        path = "\(directory)/keys.log"
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let fault = Self.fault
            unsafe rmdir(directory)
            throw CaptureError(.unreadable, "\(path): \(fault)")
        }
        self.keepsLines = keepsLines
        reader = KeyLogReader(into: store, source: store.addSource(Self.sourceName))
    }

    deinit { remove() }

    /// Takes what the command has logged since; true if there was something.
    @discardableResult
    func poll() -> Bool {
        if isOver { return false }
        var room = [UInt8](repeating: 0, count: 64 << 10)
        defer { unsafe explicit_bzero(&room, room.count) }
        var hasNew = false
        while true {
            let count = unsafe read(descriptor, &room, room.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return hasNew }
            hasNew = true
            reader.take(room.span.extracting(0..<count))
            if keepsLines { lines += room.prefix(count) }
        }
    }

    /// The whole lines that came since the last time; nil where there are none.
    func takeLines() -> DecryptionSecrets? {
        guard let end = lines.lastIndex(of: UInt8(ascii: "\n")) else { return nil }
        let whole = Array(lines[...end])
        lines.removeFirst(end + 1)
        return DecryptionSecrets(form: .tlsKeyLog, bytes: whole)
    }

    /// Overwrites the file and removes it with its directory.
    func remove() {
        guard !isOver else { return }
        isOver = true
        wipe()
        close(descriptor)
        for name in ProcFiles.names(in: directory) { unsafe unlink("\(directory)/\(name)") }
        unsafe rmdir(directory)
    }

    private func wipe() {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return }
        let zeros = [UInt8](repeating: 0, count: 64 << 10)
        var offset: off_t = 0
        while offset < status.st_size {
            let count = unsafe pwrite(descriptor, zeros, min(zeros.count, Int(status.st_size - offset)), offset)
            guard count > 0 else { break }
            offset += off_t(count)
        }
        fsync(descriptor)
        _ = ftruncate(descriptor, 0)
        if !lines.isEmpty { unsafe explicit_bzero(&lines, lines.count) }
    }

    private static var fault: String { unsafe String(cString: strerror(errno)) }
}
