import CProcess

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A child process that was started: signals go to it, and its end is waited for.
///
/// There is one in the life of this process.
package enum RunningChild {
    /// Set before the child starts and by the thread that waits; read by signal handlers.
    nonisolated(unsafe) private static var process: Int32 = 0
    /// The last signal that came before there was a child to send it to.
    nonisolated(unsafe) private static var early: sig_atomic_t = 0
    /// The child may be there already, though its number is not known: what the terminal sends, it gets.
    nonisolated(unsafe) private static var isStarting: sig_atomic_t = 0
    nonisolated(unsafe) private static var hasEnded: sig_atomic_t = 0
    /// Both ends of a pipe, readable once the child has ended.
    nonisolated(unsafe) private static var bell: (reading: Int32, writing: Int32) = (-1, -1)
    private static let status = Mutex<Int32?>(nil)

    /// What wait(2) says of the child; nil while it runs.
    package static var waitStatus: Int32? { status.withLock { $0 } }

    /// For poll(2).
    package static var descriptor: Descriptor { Descriptor(unsafe bell.reading) }

    /// From here on signals are the child's, before it runs too.
    ///
    /// What the terminal sends, it sends to the child as well; what somebody sends to wsray alone is passed on.
    package static func takeSignals() {
        for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2] {
            // Whom nohup started stays deaf to SIGHUP, and so does the child.
            if Signal(number).isIgnored { continue }
            var action = sigaction()
            // Without SA_RESTART, so that waiting ends.
            action.sa_flags = SA_SIGINFO
            #if canImport(Darwin)
                unsafe action.__sigaction_u.__sa_sigaction = handler
            #else
                unsafe action.__sigaction_handler.sa_sigaction = handler
            #endif
            unsafe sigaction(number, &action, nil)
        }
        Signal.brokenPipe.ignore()
        Signal.fileTooLarge.ignore()
    }

    private static let handler: @convention(c) (Int32, UnsafeMutablePointer<siginfo_t>?, UnsafeMutableRawPointer?) -> Void = {
        number, info, _ in
        let before = errno
        if unsafe RunningChild.hasEnded != 0 {
            // Only what is left in flight is missing.
            if number == SIGINT || number == SIGTERM { unsafe RunningChild.interruptCount += 1 }
        } else if unsafe (info?.pointee.si_code ?? 0) <= 0 {
            if unsafe RunningChild.process > 0 {
                unsafe kill(RunningChild.process, number)
            } else {
                unsafe RunningChild.early = number
            }
        } else if unsafe RunningChild.process == 0, unsafe RunningChild.isStarting == 0 {
            unsafe RunningChild.early = number
        }
        errno = before
    }

    nonisolated(unsafe) private static var interruptCount: sig_atomic_t = 0
    /// Somebody wants the end although the child has ended already.
    package static var isEndWanted: Bool { unsafe interruptCount > 0 }

    package static func start(_ child: ChildProcess) throws(ChildProcess.Failure) {
        _ = wsray_adopt_orphans()
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw ChildProcess.Failure(text: "opening a pipe failed", status: 126) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        unsafe bell = (ends[0], ends[1])
        unsafe isStarting = 1
        let started = try child.start()
        unsafe process = started
        if unsafe early != 0 { unsafe kill(started, early) }
        Background.run { wait(for: started) }
    }

    /// Waits for the child, and for processes of it that have become this process's children.
    private static func wait(for child: Int32) {
        while true {
            var raw: Int32 = 0
            let ended = unsafe waitpid(-1, &raw, 0)
            if ended < 0, errno == EINTR { continue }
            guard ended > 0 else { return }
            guard ended == child else { continue }
            unsafe hasEnded = 1
            status.withLock { $0 = raw }
            var byte: UInt8 = 1
            _ = unsafe write(bell.writing, &byte, 1)
        }
    }
}

extension Int32 {
    /// The exit status of a shell for what wait(2) says: 128 and the signal's number of what was killed.
    package var exitStatusOfShell: Int32 { self & 0x7F == 0 ? self >> 8 & 0xFF : 128 + (self & 0x7F) }
}
