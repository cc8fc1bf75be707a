import Bytes
import System

/// A terminal that is ours: keys as they are pressed, the whole screen, the mouse.
///
/// Given back when this value ends, when a signal ends the program, and when it crashes.
public struct RawTerminal: ~Copyable {
    package let descriptor: Descriptor
    private let isOwned: Bool
    private var isEntered = false

    public enum Failure: Error {
        /// There is no terminal to talk to.
        case noTerminal
        case system
    }

    /// What is asked of the terminal: its other screen, no wrapping, the mouse's buttons in SGR form, pastes told from keys.
    private static let enter: StaticString = "\u{1B}[?1049h\u{1B}[?7l\u{1B}[?25l\u{1B}[?1000h\u{1B}[?1002h\u{1B}[?1006h\u{1B}[?2004h"
    /// The same taken back, in reverse; a synchronized update that a crash cut off ends too.
    private static let farewell: StaticString =
        "\u{1B}[?2026l\u{1B}[?2004l\u{1B}[?1006l\u{1B}[?1002l\u{1B}[?1000l\u{1B}[0m\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"

    /// Takes the controlling terminal, wherever standard input and output go.
    public init() throws(Failure) {
        descriptor = Descriptor.controllingTerminal() ?? .none
        isOwned = descriptor.isOpen
        guard descriptor.isOpen else { throw .noTerminal }
        try enter()
    }

    /// Takes a terminal that someone else opened, for tests.
    init(descriptor: Descriptor) throws(Failure) {
        self.descriptor = descriptor
        isOwned = false
        try enter()
    }

    deinit {
        if isEntered { TerminalMode.restore() }
        if isOwned { descriptor.close() }
    }

    // MARK: Taking it and giving it back

    /// Takes the terminal (again, after `restore`).
    public mutating func enter() throws(Failure) {
        guard !isEntered else { return }
        do throws(SystemError) { try TerminalMode.makeRaw(descriptor, farewell: Self.farewell) } catch { throw .system }
        isEntered = true
        var bytes = ByteBuffer()
        bytes.append(Self.enter)
        write(bytes.span)
    }

    /// Gives the terminal back, as for Ctrl-Z.
    public mutating func restore() {
        guard isEntered else { return }
        TerminalMode.restore()
        isEntered = false
    }

    /// Gives the terminal back and stops, as the shell's job control wants; returns when continued, with the terminal taken again.
    public mutating func suspend() {
        restore()
        Signal.stopJob()
        try? enter()
    }

    /// Takes the terminal again after somebody else has had it.
    public mutating func reenter() {
        restore()
        try? enter()
    }

    // MARK: Using it

    public var size: Size {
        guard let size = descriptor.windowSize, size.rows > 0 else { return Size(columns: 80, rows: 24) }
        return Size(columns: size.columns, rows: size.rows)
    }

    /// It was closed.
    public var isGone: Bool {
        var items = [Awaited(descriptor, for: .hangUp)]
        items.wait(milliseconds: 0)
        return items[0].isGone || items[0].isInvalid
    }

    /// Reads what was typed; false when the terminal is gone.
    public func read(into keys: inout KeyDecoder) -> Bool {
        var room = [UInt8](repeating: 0, count: 4_096)
        do throws(SystemError) {
            let count = try descriptor.read(into: &room)
            if count > 0 { keys.feed(room.span.extracting(0..<count)) }
            return count > 0
        } catch {
            return error.isInterruption || error.wouldWait
        }
    }

    /// Writes everything, waiting for a slow terminal; what a terminal that is gone does not take is lost.
    public func write(_ bytes: Span<UInt8>) {
        try? descriptor.write(bytes)
    }
}
