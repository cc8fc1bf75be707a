#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Ctrl-C and a polite kill: what was read so far is finished and shown, and a second one ends at once.
enum Interrupt {
    /// Set by the signal handler, read between packets.
    nonisolated(unsafe) private static var count: sig_atomic_t = 0

    static var isRequested: Bool { unsafe count > 0 }

    /// Waits until standard input has something to read; false when an interrupt came instead.
    static func waitForInput() -> Bool {
        var item = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        while unsafe poll(&item, 1, -1) < 0, errno == EINTR { if isRequested { return false } }
        return !isRequested
    }

    static func install() {
        for number in [SIGINT, SIGTERM] {
            var action = sigaction()
            let handler: @convention(c) (Int32) -> Void = { _ in
                unsafe Interrupt.count += 1
                if unsafe Interrupt.count > 1 { _exit(130) }
            }
            #if canImport(Darwin)
                action.__sigaction_u.__sa_handler = handler
            #else
                unsafe action.__sigaction_handler.sa_handler = handler
            #endif
            // Without SA_RESTART, so that a read that waits for a pipe is woken.
            action.sa_flags = 0
            unsafe sigaction(number, &action, nil)
        }
        _ = signal(SIGPIPE, SIG_IGN)
    }
}
