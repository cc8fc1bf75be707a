#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Signals, and what handles them.
package struct Signal: Hashable, Sendable {
    package let number: Int32

    package init(_ number: Int32) { self.number = number }

    package static let interrupt = Signal(SIGINT)
    package static let end = Signal(SIGTERM)
    package static let hangUp = Signal(SIGHUP)
    package static let brokenPipe = Signal(SIGPIPE)
    package static let fileTooLarge = Signal(SIGXFSZ)
    package static let windowChange = Signal(SIGWINCH)
    package static let stop = Signal(SIGTSTP)
    package static let goOn = Signal(SIGCONT)
    /// What ends a program: requests of others, and its own crashes.
    package static let ending = [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGHUP, SIGINT, SIGQUIT, SIGTERM].map(Signal.init)

    package struct Flags: OptionSet, Sendable {
        package let rawValue: Int32
        package init(rawValue: Int32) { self.rawValue = rawValue }

        /// Calls that wait go on waiting.
        package static let restartsCalls = Flags(rawValue: Int32(SA_RESTART))
        /// The handler runs on a stack of its own, see `giveHandlersAStack`, and may be interrupted by the same signal.
        package static let hasOwnStack = Flags(rawValue: Int32(SA_ONSTACK) | Int32(SA_NODEFER))
    }

    /// - Parameter handler: calls nothing but what is allowed in signal handlers.
    package func handle(_ flags: Flags = [], _ handler: @convention(c) (Int32) -> Void) {
        var action = sigaction()
        #if canImport(Darwin)
            action.__sigaction_u.__sa_handler = handler
        #else
            unsafe action.__sigaction_handler.sa_handler = handler
        #endif
        action.sa_flags = flags.rawValue
        unsafe sigaction(number, &action, nil)
    }

    package func ignore() { _ = signal(number, SIG_IGN) }

    package var isIgnored: Bool {
        var action = sigaction()
        unsafe sigaction(number, nil, &action)
        // Invariant: SIG_IGN is the number 1 in the place of a function.
        #if canImport(Darwin)
            return unsafe unsafeBitCast(action.__sigaction_u.__sa_handler, to: Int.self) == 1
        #else
            return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
        #endif
    }

    /// Lets the signal do to this process what it does where nothing handles it. Allowed in signal handlers.
    package func strike() {
        _ = signal(number, SIG_DFL)
        _ = raise(number)
    }

    /// Stops all of the job that this process belongs to, until it is continued.
    package static func stopJob() {
        // SIGSTOP, since SIGTSTP may have a handler.
        _ = kill(0, SIGSTOP)
    }

    /// Runs something while no signal reaches this thread; threads that it starts keep being out of reach.
    static func whileBlocked<Value>(_ body: () -> Value) -> Value {
        var all = sigset_t()
        var before = sigset_t()
        unsafe sigfillset(&all)
        unsafe pthread_sigmask(SIG_BLOCK, &all, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        return body()
    }

    /// So that handlers run even where the stack itself is what overflowed.
    package static func giveHandlersAStack() {
        let byteCount = 64 << 10
        var stack = unsafe stack_t()
        // Never freed: it is needed until the very end.
        unsafe stack.ss_sp = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 16)
        #if canImport(Darwin)
            unsafe stack.ss_size = UInt(byteCount)
        #else
            unsafe stack.ss_size = byteCount
        #endif
        _ = unsafe sigaltstack(&stack, nil)
    }
}
