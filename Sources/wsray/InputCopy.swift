import Capture

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A copy of an input that can be read only once.
struct InputCopy {
    private let spool: Spool
    /// The input was longer than the limit.
    let isCut: Bool

    /// Another open of the same file, from its beginning.
    var path: String { "/dev/fd/\(spool.descriptor)" }

    /// Whether a file can be read but once: a pipe, a terminal, standard input.
    static func isNeeded(for file: String) -> Bool {
        if file == "-" { return true }
        guard let status = HeldFiles.status(of: file) else { return false }
        return status.st_mode & S_IFMT != S_IFREG && status.st_mode & S_IFMT != S_IFDIR
    }

    init(of file: String, limit: Int) throws(CaptureError) {
        let input = file == "-" ? dup(STDIN_FILENO) : unsafe open(file, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw CaptureError(.unreadable, "\(file): \(Self.fault)") }
        defer { close(input) }
        guard let spool = Spool() else {
            throw CaptureError(.unreadable, "there is no directory for a copy of \(Session.name(file)): set TMPDIR to one")
        }
        self.spool = spool
        isCut = try Self.copy(input, to: spool, limit: limit)
    }

    /// True when there was more than `limit`.
    private static func copy(_ input: Int32, to spool: Spool, limit: Int) throws(CaptureError) -> Bool {
        var room = [UInt8](repeating: 0, count: 256 << 10)
        var left = limit
        while !Interrupt.isRequested {
            // Invariant: no more is read than the array has room for.
            let count = unsafe read(input, &room, room.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw CaptureError(.unreadable, "reading failed: \(fault)") }
            if count == 0 { return false }
            guard spool.append(room.span.extracting(0..<min(count, left))) else {
                throw CaptureError(.unreadable, "writing a copy of the input failed: \(fault)")
            }
            if count > left { return true }
            left -= count
        }
        return false
    }

    private static var fault: String { unsafe String(cString: strerror(errno)) }
}
