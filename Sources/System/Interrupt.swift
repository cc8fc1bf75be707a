#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Ctrl-C and a polite kill: what was read so far is finished and shown, and a second one ends at once.
///
/// During a live capture SIGHUP asks for the next file; otherwise it ends the program, as ever.
package enum Interrupt {
    /// Set by the signal handlers, read between packets.
    nonisolated(unsafe) private static var count: sig_atomic_t = 0
    nonisolated(unsafe) private static var hangUpCount: sig_atomic_t = 0
    /// When the first of them came, in milliseconds.
    nonisolated(unsafe) private static var firstTime: Int64 = 0
    /// One demand can come as two signals: timeout(1) sends it to its command and then to its group.
    private static let echoMilliseconds: Int64 = 200
    /// What handlers write to, so that a poll(2) ends even when the signal came just before it.
    nonisolated(unsafe) private static var writing: Int32 = -1
    nonisolated(unsafe) private static var pipe: WakePipe?

    package static var isRequested: Bool { unsafe count > 0 }

    /// Readable after a signal came, until `answer`; none where none was asked for.
    package static var descriptor: Descriptor { unsafe pipe?.descriptor ?? .none }

    /// True once for each SIGHUP, or several that came together.
    package static func takeHangUp() -> Bool {
        defer { unsafe hangUpCount = 0 }
        return unsafe hangUpCount > 0
    }

    package static func answer() { unsafe pipe?.answer() }

    /// Waits until standard input has something to read; false when an interrupt came instead.
    package static func waitForInput() -> Bool {
        while Descriptor.standardInput.wait(for: .reading, milliseconds: -1) == nil, errno == EINTR { if isRequested { return false } }
        return !isRequested
    }

    package static func install() {
        for signal in [Signal.interrupt, .end] {
            // Calls are not restarted, so that a read that waits for a pipe is woken.
            signal.handle { _ in
                let time = SystemClock.milliseconds
                if unsafe Interrupt.count > 0 {
                    if unsafe time - Interrupt.firstTime > Interrupt.echoMilliseconds { _exit(130) }
                    return
                }
                unsafe Interrupt.firstTime = time
                unsafe Interrupt.count = 1
                WakePipe.ring(unsafe Interrupt.writing)
            }
        }
        Signal.brokenPipe.ignore()
    }

    /// The same for whoever waits for several things at once: `descriptor` is one of them.
    package static func installWithDescriptor() {
        if let made = try? WakePipe() {
            unsafe pipe = made
            unsafe writing = made.writing
        }
        install()
    }

    /// The same for a live capture, with SIGHUP.
    package static func installForCapture() {
        installWithDescriptor()
        // Whom nohup started stays deaf to it.
        if !Signal.hangUp.isIgnored {
            Signal.hangUp.handle { _ in
                unsafe Interrupt.hangUpCount += 1
                WakePipe.ring(unsafe Interrupt.writing)
            }
        }
        // A file that grows too large is a write that fails.
        Signal.fileTooLarge.ignore()
    }
}
