import Bytes
import Digests
import System
import Terminal
import Text
import Viewer

/// The one place of the viewer that waits, reads and writes: events in, cells out.
struct ViewLoop: ~Copyable {
    private var terminal: RawTerminal
    private let wake: WakePipe
    private var keys = KeyDecoder()
    private var writer: ScreenWriter
    private var output = ByteBuffer(capacity: 64 << 10)
    private var state: State
    private let handover: Handover
    private let bytes: StoredBytes
    private let export: Export
    /// SIGHUP begins the next file of the capture, unless the terminal was closed.
    private let rotates: Bool
    /// Milliseconds of the last time that something was written.
    private var lastDrawn: Int64 = 0
    private var isDirty = true

    init(
        _ terminal: consuming RawTerminal, _ wake: WakePipe, _ state: State, _ level: ColourLevel, _ handover: Handover,
        _ bytes: StoredBytes, _ export: Export, rotates: Bool
    ) {
        self.rotates = rotates
        self.terminal = terminal
        self.wake = wake
        self.state = state
        writer = ScreenWriter(level)
        self.handover = handover
        self.bytes = bytes
        self.export = export
    }

    /// Milliseconds between two screens while nobody presses a key.
    private static let frameInterval: Int64 = 40
    /// Milliseconds that a sequence may take from its ESC on.
    private static let escapeTimeout: Int32 = 30
    private static let batchesPerTurn = 8

    // MARK: The loop

    /// Runs until the person quits, or the terminal is gone; how far the reading was then.
    mutating func run() -> Progress {
        takeEvents()
        terminal.restore()
        return state.progress
    }

    private mutating func takeEvents() {
        TerminalSignals.ring(wake, endsByHangUp: !rotates)
        while true {
            receive()
            drawWhenDue()
            let cause = TerminalSignals.wait(forInputOf: terminal.descriptor, or: wake, milliseconds: timeout)
            // What is written along is to be whole.
            if TerminalSignals.isEndRequested { return }
            if TerminalSignals.wasHungUp() {
                if terminal.isGone || !state.progress.isLive { return }
                handover.beginNextFile()
            }
            if cause.contains(.signal) { takeSignals() }
            if cause.contains(.input) {
                guard terminal.read(into: &keys), takeKeys(isLate: false) else { return }
            } else if cause.isEmpty, keys.isAmbiguous {
                guard takeKeys(isLate: true) else { return }
            }
            if state.work() { isDirty = true }
        }
    }

    private var timeout: Int32 {
        // Before work: a sequence that comes in two parts is none of two keys.
        if keys.isAmbiguous { return Self.escapeTimeout }
        if state.hasWork { return 0 }
        if isDirty { return Int32(clamping: max(0, lastDrawn + Self.frameInterval - SystemClock.milliseconds)) }
        return -1
    }

    private mutating func receive() {
        guard let news = handover.take(atMost: Self.batchesPerTurn) else { return }
        bytes.refresh()
        for batch in news.batches { state.receive(batch, news.progress) }
        state.receive(news.progress)
        if let notice = export.takeNotice() { state.report(notice) }
        isDirty = true
    }

    private mutating func takeSignals() {
        if TerminalSignals.isStopRequested() { suspend() }
        if TerminalSignals.wasContinued() {
            terminal.reenter()
            writer.forget()
        }
        if let notice = export.takeNotice() { state.report(notice) }
        let size = terminal.size
        if size != state.terminalSize { state.resize(size) }
        isDirty = true
    }

    private mutating func suspend() {
        terminal.suspend()
        writer.forget()
        _ = TerminalSignals.wasContinued()
        state.resize(terminal.size)
    }

    // MARK: Keys

    /// False when one of them quits.
    private mutating func takeKeys(isLate: Bool) -> Bool {
        while let event = keys.next(isLate: isLate) {
            guard let action = state.action(for: event) else { continue }
            for effect in state.perform(action) {
                if effect == .quit { return false }
                carryOut(effect)
            }
        }
        draw()
        return true
    }

    private mutating func carryOut(_ effect: Effect) {
        switch effect {
        case .quit: break
        case .suspend: suspend()
        case .redraw: writer.forget()
        case .copy(let bytes, let wholeCount): copy(bytes, of: wholeCount)
        case .save(let bytes, let wholeCount, let name): state.report(Export.save(bytes, of: wholeCount, as: name))
        case .saveConnection(let connection, let name): state.report(export.saveConnection(connection, as: name))
        case .saveFrames(let frames, let name): state.report(export.saveFrames(frames, as: name))
        }
    }

    /// OSC 52: the terminal puts it into the clipboard, over ssh too.
    private mutating func copy(_ bytes: [UInt8], of wholeCount: UInt64) {
        var sequence = ByteBuffer()
        sequence.append("\u{1B}]52;c;")
        sequence.append(string: Base64.encode(bytes.span))
        sequence.append("\u{7}")
        terminal.write(sequence.span)
        let copied = Quantity.part(UInt64(bytes.count), of: wholeCount, "byte")
        state.report(Notice("copied \(copied), if the terminal allows it (OSC 52)"))
    }

    // MARK: Drawing

    private mutating func drawWhenDue() {
        guard isDirty, SystemClock.milliseconds - lastDrawn >= Self.frameInterval else { return }
        draw()
    }

    private mutating func draw() {
        isDirty = false
        lastDrawn = SystemClock.milliseconds
        output.removeAll()
        writer.show(state.draw(), into: &output)
        if !output.isEmpty { terminal.write(output.span) }
    }
}
