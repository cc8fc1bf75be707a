#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A pipe that wakes a loop which waits for the terminal: written to by other threads and by signal handlers.
public struct WakeUp: ~Copyable {
    private let reading: Int32
    private let writing: Int32

    /// nil when the system has no descriptors left.
    public init?() {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { return nil }
        reading = ends[0]
        writing = ends[1]
        for end in [reading, writing] {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
    }

    deinit {
        close(reading)
        close(writing)
    }

    /// Wakes the loop; may be handed to another thread for as long as this lives.
    public var signal: Signal { Signal(descriptor: writing) }

    public struct Signal: Sendable {
        fileprivate let descriptor: Int32

        /// One byte is enough however often this is called: a full pipe wakes as well.
        public func send() {
            var byte: UInt8 = 0
            _ = unsafe write(descriptor, &byte, 1)
        }

        /// Has this sent whenever the window changes its size, and when the program is stopped, continued or ended by others.
        public func sendOnSignals() {
            unsafe Self.signalled = descriptor
            for number in [SIGWINCH, SIGCONT, SIGTSTP, SIGTERM, SIGHUP] {
                var action = sigaction()
                let handler: @convention(c) (Int32) -> Void = { number in
                    let kept = errno
                    if number == SIGCONT { unsafe Signal.continuedCount += 1 }
                    if number == SIGTSTP { unsafe Signal.stopCount += 1 }
                    if number == SIGTERM || number == SIGHUP {
                        // Who is asked twice does not answer.
                        if unsafe Signal.endCount > 0 { RawTerminal.endBySignal(number) }
                        unsafe Signal.endCount += 1
                    }
                    unsafe Signal(descriptor: Signal.signalled).send()
                    errno = kept
                }
                #if canImport(Darwin)
                    action.__sigaction_u.__sa_handler = handler
                #else
                    unsafe action.__sigaction_handler.sa_handler = handler
                #endif
                action.sa_flags = Int32(SA_RESTART)
                unsafe sigaction(number, &action, nil)
            }
        }

        // Written by the handler, read and reset by the loop; a signal in between is seen the next time.
        nonisolated(unsafe) private static var signalled: Int32 = -1
        nonisolated(unsafe) private static var continuedCount: sig_atomic_t = 0
        nonisolated(unsafe) private static var stopCount: sig_atomic_t = 0
        nonisolated(unsafe) private static var endCount: sig_atomic_t = 0

        /// Whether somebody asked the program to end, or the terminal was closed.
        public static var isEndRequested: Bool { unsafe endCount > 0 }

        /// Whether the program was continued since the last time this was asked: the terminal may have been somebody else's.
        public static func wasContinued() -> Bool {
            defer { unsafe continuedCount = 0 }
            return unsafe continuedCount > 0
        }

        /// Whether somebody asked the program to stop for a while.
        public static func isStopRequested() -> Bool {
            defer { unsafe stopCount = 0 }
            return unsafe stopCount > 0
        }
    }

    /// Why a wait ended; none when its time was up.
    public struct Cause: OptionSet, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        public static let input = Cause(rawValue: 1)
        public static let signal = Cause(rawValue: 2)
    }

    /// Waits until the terminal has input, somebody sent a signal, or the time is up.
    ///
    /// - Parameter milliseconds: negative for ever.
    public func wait(forInputOf descriptor: Int32, milliseconds: Int32) -> Cause {
        var items = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0), pollfd(fd: reading, events: Int16(POLLIN), revents: 0),
        ]
        let count = unsafe poll(&items, 2, milliseconds)
        // Interrupted: a handler may have written after the look at the pipe.
        if count < 0 { return .signal }
        var cause: Cause = []
        if items[0].revents != 0 { cause.insert(.input) }
        if items[1].revents != 0 {
            drain()
            cause.insert(.signal)
        }
        return cause
    }

    private func drain() {
        var room = [UInt8](repeating: 0, count: 256)
        while unsafe read(reading, &room, room.count) > 0 {}
    }
}
