import ArgumentParser
import Bytes
import Jobs

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Standard output as the reports see it: bytes in, everything out or a clean end.
enum Output {
    /// Output is written when this much has gathered, or when the input may make us wait.
    static let flushByteCount = 64 << 10

    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
    static var isInputTerminal: Bool { isatty(STDIN_FILENO) == 1 }

    /// Columns of the terminal, nil when the output is none.
    static var columns: Int? {
        guard isTerminal else { return nil }
        var size = winsize()
        if unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return environment("COLUMNS").flatMap { Int($0) } ?? 80
    }

    static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    enum Failure: Error {
        /// The reader went away; that is its right.
        case closed
        case system(String)
    }

    /// Writes all of `buffer` and empties it.
    static func flush(_ buffer: inout ByteBuffer) throws(Failure) {
        if let job = FileJob.current { return try job.turns.write(&buffer, of: job.index) }
        try flushDirectly(&buffer)
    }

    static func flushDirectly(_ buffer: inout ByteBuffer) throws(Failure) {
        defer { buffer.removeAll(keepingAtMost: 1 << 20) }
        try write(buffer.span, to: STDOUT_FILENO)
    }

    /// Writes a whole text, for commands that have nothing else to say; a reader that went away is no error.
    static func write(_ text: consuming ByteBuffer) throws {
        do throws(Failure) {
            Interrupt.install()
            try flush(&text)
        } catch {
            guard case .system(let reason) = error else { return }
            remark(reason)
            throw ExitCode(2)
        }
    }

    private static func write(_ bytes: Span<UInt8>, to descriptor: Int32) throws(Failure) {
        var written = 0
        while written < bytes.count {
            let start = written
            // Invariant: `start` is below the span's count.
            let count = unsafe bytes.withUnsafeBufferPointer { source in
                #if canImport(Darwin)
                    unsafe Darwin.write(descriptor, source.baseAddress.unsafelyUnwrapped + start, source.count - start)
                #elseif canImport(Musl)
                    unsafe Musl.write(descriptor, source.baseAddress.unsafelyUnwrapped + start, source.count - start)
                #else
                    unsafe Glibc.write(descriptor, source.baseAddress.unsafelyUnwrapped + start, source.count - start)
                #endif
            }
            if count >= 0 {
                written += count
            } else if errno == EPIPE || errno == EIO && isDevice(descriptor) {
                // The reader went away, or the terminal was closed.
                throw .closed
            } else if errno == EAGAIN {
                waitUntilWritable(descriptor)
            } else if errno != EINTR {
                throw .system("writing failed: \(unsafe String(cString: strerror(errno)))")
            }
        }
    }

    private static func isDevice(_ descriptor: Int32) -> Bool {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFCHR
    }

    private static func waitUntilWritable(_ descriptor: Int32) {
        var item = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = unsafe poll(&item, 1, 1_000)
    }

    /// A remark for the person at the terminal, beside the output proper.
    static func remark(_ text: String) {
        var line = ByteBuffer()
        line.append("wsray: ")
        let job = FileJob.current
        // A file that is read side by side with others is named; most of what there is to say of one names it already.
        if let file = job?.file, !text.hasPrefix("\(file): ") { line.append(string: "\(file): ") }
        line.append(string: text)
        line.append("\n")
        if let job { job.turns.remark(&line, of: job.index) } else { remarkDirectly(&line) }
    }

    static func remarkDirectly(_ remarks: inout ByteBuffer) {
        try? write(remarks.span, to: STDERR_FILENO)
        remarks.removeAll(keepingAtMost: 1 << 16)
    }
}

extension Output {
    /// Where the running program lies; nil where the system does not say.
    static var programPath: String? {
        var path = [CChar](repeating: 0, count: 4_096)
        #if os(Linux)
            let count = unsafe readlink("/proc/self/exe", &path, path.count)
            return count > 0 ? String(decoding: path.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
        #else
            return nil
        #endif
    }
}
