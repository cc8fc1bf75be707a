#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Why the system refused something: an error number.
package struct SystemError: Error, Equatable, Sendable {
    package let code: Int32

    package init(code: Int32) { self.code = code }

    /// The error of the call that failed last in this thread.
    package static var last: SystemError { SystemError(code: errno) }

    /// In the words of the system: "No such file or directory".
    package var words: String {
        // Invariant: strerror returns a C string that is valid until the next call on this thread.
        unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    }

    /// What is to be read is a directory.
    package static let isDirectory = SystemError(code: EISDIR)

    /// A signal came while the call was waiting.
    package var isInterruption: Bool { code == EINTR }
    package var isMissing: Bool { code == ENOENT || code == ENOTDIR }
    package var isDenied: Bool { code == EACCES || code == EPERM }
    package var isThereAlready: Bool { code == EEXIST }
    /// No more files can be open.
    package var isLackOfDescriptors: Bool { code == EMFILE || code == ENFILE }
    /// Whoever read what is written went away.
    package var isBrokenPipe: Bool { code == EPIPE }
    /// The device does not answer, as a terminal that was closed.
    package var isDeviceFailure: Bool { code == EIO }
    /// The call would have to wait.
    package var wouldWait: Bool { code == EAGAIN }
}
