import Bytes

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A terminal that is ours: keys as they are pressed, the whole screen, the mouse.
///
/// Given back when this value ends, when a signal ends the program, and when it crashes.
public struct RawTerminal: ~Copyable {
    public let descriptor: Int32
    private let isOwned: Bool
    private var isEntered = false

    public enum Failure: Error {
        /// There is no terminal to talk to.
        case noTerminal
        case system(Int32)
    }

    /// What is asked of the terminal: its other screen, no wrapping, the mouse's buttons in SGR form, pastes told from keys.
    private static let enter: StaticString = "\u{1B}[?1049h\u{1B}[?7l\u{1B}[?25l\u{1B}[?1000h\u{1B}[?1002h\u{1B}[?1006h\u{1B}[?2004h"
    /// The same taken back, in reverse; a synchronized update that a crash cut off ends too.
    fileprivate static let leave: StaticString =
        "\u{1B}[?2026l\u{1B}[?2004l\u{1B}[?1006l\u{1B}[?1002l\u{1B}[?1000l\u{1B}[0m\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"

    /// Takes the controlling terminal, wherever standard input and output go.
    public init() throws(Failure) {
        descriptor = openTerminal()
        isOwned = descriptor >= 0
        guard descriptor >= 0 else { throw .noTerminal }
        try enter()
    }

    /// Takes a terminal that someone else opened, for tests.
    init(descriptor: Int32) throws(Failure) {
        self.descriptor = descriptor
        isOwned = false
        try enter()
    }

    deinit {
        if isEntered { Restoration.restore() }
        if isOwned { close(descriptor) }
    }

    // MARK: Taking it and giving it back

    /// Takes the terminal (again, after `leave`).
    public mutating func enter() throws(Failure) {
        guard !isEntered else { return }
        var mode = termios()
        guard unsafe tcgetattr(descriptor, &mode) == 0 else { throw .system(errno) }
        Restoration.arm(descriptor, mode)
        unsafe cfmakeraw(&mode)
        guard unsafe tcsetattr(descriptor, TCSAFLUSH, &mode) == 0 else {
            Restoration.disarm()
            throw .system(errno)
        }
        isEntered = true
        var bytes = ByteBuffer()
        bytes.append(Self.enter)
        write(bytes.span)
    }

    /// Gives the terminal back, as for Ctrl-Z.
    public mutating func leave() {
        guard isEntered else { return }
        Restoration.restore()
        isEntered = false
    }

    /// Gives the terminal back and stops, as the shell's job control wants; returns when continued, with the terminal taken again.
    public mutating func suspend() {
        leave()
        // SIGSTOP, since SIGTSTP has a handler of ours.
        _ = kill(0, SIGSTOP)
        try? enter()
    }

    /// Takes the terminal again after somebody else has had it.
    public mutating func reenter() {
        leave()
        try? enter()
    }

    /// Gives the terminal back, and lets a signal do what it always does; allowed in signal handlers.
    static func endBySignal(_ number: Int32) {
        Restoration.restore()
        _ = signal(number, SIG_DFL)
        _ = raise(number)
    }

    // MARK: Using it

    public var size: Size {
        var size = winsize()
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return Size(columns: 80, rows: 24)
        }
        return Size(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }

    /// Reads what was typed; false when the terminal is gone.
    public func read(into keys: inout KeyDecoder) -> Bool {
        var room = [UInt8](repeating: 0, count: 4_096)
        let count = unsafe systemRead(descriptor, &room, room.count)
        if count > 0 { keys.feed(room.span.extracting(0..<count)) }
        return count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN))
    }

    /// Writes everything, waiting for a slow terminal; what a terminal that is gone does not take is lost.
    public func write(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { source in unsafe writeAll(descriptor, UnsafeRawBufferPointer(source)) }
    }
}

/// What the terminal was like before, where a signal handler finds it.
private enum Restoration {
    // Written by one thread while `isArmed` is 0, and read by handlers only while it is 1.
    nonisolated(unsafe) private static var isArmed: sig_atomic_t = 0
    nonisolated(unsafe) private static var descriptor: Int32 = -1
    nonisolated(unsafe) private static var mode = termios()
    nonisolated(unsafe) private static var hasHandlers = false

    static func arm(_ terminal: Int32, _ before: termios) {
        unsafe descriptor = terminal
        unsafe mode = before
        installHandlers()
        unsafe isArmed = 1
    }

    static func disarm() { unsafe isArmed = 0 }

    /// Only calls that are allowed in signal handlers: write(2) and tcsetattr(3).
    static func restore() {
        guard unsafe isArmed == 1 else { return }
        unsafe isArmed = 0
        let text = RawTerminal.leave
        unsafe writeAll(descriptor, UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        _ = unsafe tcsetattr(descriptor, TCSAFLUSH, &mode)
    }

    /// Signals that end a program, its own crashes among them: the terminal is given back, and the signal does what it always does.
    private static func installHandlers() {
        guard unsafe !hasHandlers else { return }
        unsafe hasHandlers = true
        giveHandlersAStack()
        for number in [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
            var action = sigaction()
            let handler: @convention(c) (Int32) -> Void = { RawTerminal.endBySignal($0) }
            #if canImport(Darwin)
                action.__sigaction_u.__sa_handler = handler
            #else
                unsafe action.__sigaction_handler.sa_handler = handler
            #endif
            action.sa_flags = Int32(SA_ONSTACK) | Int32(SA_NODEFER)
            unsafe sigaction(number, &action, nil)
        }
    }

    /// So that they run even where the stack itself is what overflowed.
    private static func giveHandlersAStack() {
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

private func openTerminal() -> Int32 { unsafe open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY) }

private func systemRead(_ descriptor: Int32, _ room: UnsafeMutableRawPointer, _ count: Int) -> Int {
    unsafe read(descriptor, room, count)
}

private func writeAll(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) {
    var written = 0
    while written < bytes.count {
        // Invariant: `written` is below the count.
        let count = unsafe write(descriptor, bytes.baseAddress.unsafelyUnwrapped + written, bytes.count - written)
        if count > 0 {
            written += count
        } else if errno == EAGAIN {
            var item = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = unsafe poll(&item, 1, 1_000)
        } else if errno != EINTR {
            return
        }
    }
}
