#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Ctrl-C and a polite kill: what was read so far is finished and shown, and a second one ends at once.
///
/// During a live capture SIGHUP asks for the next file; otherwise it ends the program, as ever.
enum Interrupt {
    /// Set by the signal handlers, read between packets.
    nonisolated(unsafe) private static var count: sig_atomic_t = 0
    nonisolated(unsafe) private static var hangUpCount: sig_atomic_t = 0
    /// Both ends of a pipe that handlers write to, so that a poll(2) ends even when the signal came just before it.
    nonisolated(unsafe) private static var bell: (reading: Int32, writing: Int32) = (-1, -1)

    static var isRequested: Bool { unsafe count > 0 }

    /// Readable after a signal came, until `answer`; -1, which poll(2) passes over, without a live capture.
    static var descriptor: Int32 { unsafe bell.reading }

    /// True once for each SIGHUP, or several that came together.
    static func takeHangUp() -> Bool {
        defer { unsafe hangUpCount = 0 }
        return unsafe hangUpCount > 0
    }

    static func answer() {
        var room: UInt64 = 0
        while unsafe bell.reading >= 0, unsafe read(bell.reading, &room, 8) > 0 {}
    }

    /// Waits until standard input has something to read; false when an interrupt came instead.
    static func waitForInput() -> Bool {
        var item = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        while unsafe poll(&item, 1, -1) < 0, errno == EINTR { if isRequested { return false } }
        return !isRequested
    }

    static func install() {
        for number in [SIGINT, SIGTERM] {
            handle(number) { _ in
                unsafe Interrupt.count += 1
                if unsafe Interrupt.count > 1 { _exit(130) }
                Interrupt.ring()
            }
        }
        _ = signal(SIGPIPE, SIG_IGN)
    }

    /// The same for a live capture, with SIGHUP.
    static func installForCapture() {
        var ends: [Int32] = [-1, -1]
        if unsafe pipe(&ends) == 0 {
            for end in ends {
                _ = fcntl(end, F_SETFL, O_NONBLOCK)
                _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            }
            unsafe bell = (ends[0], ends[1])
        }
        install()
        // Whom nohup started stays deaf to it.
        var before = sigaction()
        unsafe sigaction(SIGHUP, nil, &before)
        if !isIgnored(before) {
            handle(SIGHUP) { _ in
                unsafe Interrupt.hangUpCount += 1
                Interrupt.ring()
            }
        }
        // A file that grows too large is a write that fails.
        _ = signal(SIGXFSZ, SIG_IGN)
    }

    private static func isIgnored(_ action: sigaction) -> Bool {
        // Invariant: SIG_IGN is the number 1 in the place of a function.
        #if canImport(Darwin)
            unsafe unsafeBitCast(action.__sigaction_u.__sa_handler, to: Int.self) == 1
        #else
            unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
        #endif
    }

    private static func ring() {
        var byte: UInt8 = 1
        let before = errno
        if unsafe bell.writing >= 0 { _ = unsafe write(bell.writing, &byte, 1) }
        errno = before
    }

    private static func handle(_ number: Int32, _ handler: @convention(c) (Int32) -> Void) {
        var action = sigaction()
        #if canImport(Darwin)
            action.__sigaction_u.__sa_handler = handler
        #else
            unsafe action.__sigaction_handler.sa_handler = handler
        #endif
        // Without SA_RESTART, so that a read that waits for a pipe is woken.
        action.sa_flags = 0
        unsafe sigaction(number, &action, nil)
    }
}
