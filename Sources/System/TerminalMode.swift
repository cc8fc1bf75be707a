#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The mode of a terminal that hands on keys as they are pressed, and what it was before, where signal handlers find it.
///
/// One terminal at a time.
package enum TerminalMode {
    // Written by one thread while `isArmed` is 0, and read by handlers only while it is 1.
    nonisolated(unsafe) private static var isArmed: sig_atomic_t = 0
    nonisolated(unsafe) private static var number: Int32 = -1
    // Allocated, since the compiler makes a static variable of this C struct as many bytes too short as it has padding.
    nonisolated(unsafe) private static let before = UnsafeMutablePointer<termios>.allocate(capacity: 1)
    nonisolated(unsafe) private static var farewell: StaticString = ""
    nonisolated(unsafe) private static var hasHandlers = false

    /// Makes a terminal raw. It gets back what it was with `restore`, when a signal ends the program, and when that crashes.
    /// - Parameter farewell: what is written to it first when it gets that back.
    package static func makeRaw(_ terminal: Descriptor, farewell text: StaticString) throws(SystemError) {
        var mode = termios()
        guard unsafe tcgetattr(terminal.number, &mode) == 0 else { throw .last }
        unsafe number = terminal.number
        unsafe before.initialize(to: mode)
        unsafe farewell = text
        installHandlers()
        unsafe isArmed = 1
        unsafe cfmakeraw(&mode)
        guard unsafe tcsetattr(terminal.number, TCSAFLUSH, &mode) == 0 else {
            unsafe isArmed = 0
            throw .last
        }
    }

    /// Only calls that are allowed in signal handlers: write(2) and tcsetattr(3).
    package static func restore() {
        guard unsafe isArmed == 1 else { return }
        unsafe isArmed = 0
        let text = unsafe farewell
        let bytes = unsafe UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        _ = unsafe Descriptor(number).writeAll(bytes)
        _ = unsafe tcsetattr(number, TCSAFLUSH, before)
    }

    /// Restores the terminal, and lets a signal do what it always does; allowed in signal handlers.
    package static func end(by signal: Int32) {
        restore()
        Signal(signal).strike()
    }

    private static func installHandlers() {
        guard unsafe !hasHandlers else { return }
        unsafe hasHandlers = true
        Signal.giveHandlersAStack()
        for signal in Signal.ending { signal.handle(.hasOwnStack) { TerminalMode.end(by: $0) } }
    }
}

extension Descriptor {
    /// Columns and rows of a terminal; nil where this is none, or one that does not say.
    package var windowSize: (columns: Int, rows: Int)? {
        var size = winsize()
        guard unsafe ioctl(number, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}
