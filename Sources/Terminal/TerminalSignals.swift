import System

/// What wakes a loop that waits for the terminal beside keys: other threads, and signals that concern a terminal.
package enum TerminalSignals {
    /// Has a pipe rung whenever the window changes its size, and when the program is stopped, continued or ended by others.
    /// - Parameter endsByHangUp: SIGHUP asks the program to end, and for nothing else.
    package static func ring(_ pipe: WakePipe, endsByHangUp: Bool) {
        unsafe Self.endsByHangUp = endsByHangUp
        unsafe writing = pipe.numberForHandlers
        for signal in [Signal.windowChange, .goOn, .stop, .end, .hangUp] {
            signal.handle(.restartsCalls) { number in
                if number == Signal.goOn.number { unsafe TerminalSignals.continuedCount += 1 }
                if number == Signal.stop.number { unsafe TerminalSignals.stopCount += 1 }
                if number == Signal.hangUp.number, unsafe !TerminalSignals.endsByHangUp {
                    unsafe TerminalSignals.hangUpCount += 1
                } else if number == Signal.end.number || number == Signal.hangUp.number {
                    // Who is asked twice does not answer.
                    if unsafe TerminalSignals.endCount > 0 { TerminalMode.end(by: number) }
                    unsafe TerminalSignals.endCount += 1
                }
                WakePipe.ring(unsafe TerminalSignals.writing)
            }
        }
    }

    // Written by the handler, read and reset by the loop; a signal in between is seen the next time.
    nonisolated(unsafe) private static var writing: Int32 = -1
    nonisolated(unsafe) private static var continuedCount: Int32 = 0
    nonisolated(unsafe) private static var stopCount: Int32 = 0
    nonisolated(unsafe) private static var endCount: Int32 = 0
    nonisolated(unsafe) private static var hangUpCount: Int32 = 0
    nonisolated(unsafe) private static var endsByHangUp = true

    /// Whether somebody asked the program to end.
    package static var isEndRequested: Bool { unsafe endCount > 0 }

    /// Whether SIGHUP came since the last time this was asked, where it may ask for something else than the end.
    package static func wasHungUp() -> Bool {
        defer { unsafe hangUpCount = 0 }
        return unsafe hangUpCount > 0
    }

    /// Whether the program was continued since the last time this was asked: the terminal may have been somebody else's.
    package static func wasContinued() -> Bool {
        defer { unsafe continuedCount = 0 }
        return unsafe continuedCount > 0
    }

    /// Whether somebody asked the program to stop for a while.
    package static func isStopRequested() -> Bool {
        defer { unsafe stopCount = 0 }
        return unsafe stopCount > 0
    }

    /// Why a wait ended; none when its time was up.
    package struct Cause: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        package static let input = Cause(rawValue: 1)
        package static let signal = Cause(rawValue: 2)
    }

    /// Waits until the terminal has input, the pipe was rung, or the time is up.
    ///
    /// - Parameter milliseconds: negative for ever.
    package static func wait(forInputOf terminal: Descriptor, or pipe: WakePipe, milliseconds: Int32) -> Cause {
        var items = [Awaited(terminal), Awaited(pipe.descriptor)]
        // Interrupted: a handler may have written after the look at the pipe.
        guard items.wait(milliseconds: milliseconds) else { return .signal }
        var cause: Cause = []
        if items[0].isReady { cause.insert(.input) }
        if items[1].isReady {
            pipe.answer()
            cause.insert(.signal)
        }
        return cause
    }
}
