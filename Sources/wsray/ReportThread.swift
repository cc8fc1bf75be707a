import Bytes
import Capture
import Inspection
import System

/// A report with a thread of its own: it plays tapes while the next ones are written.
///
/// At most two tapes wait for it or are played by it; whoever inspects waits then. Tapes are played in their order, so what is shown
/// is the same, to the byte, as with one thread.
final class ReportThread<Shown: Report & ~Copyable>: @unchecked Sendable {
    // Everything below belongs to whoever holds the monitor's lock; the report and the tape that is played, to the thread while it is busy.
    private var report: Shown?
    private var waiting = Tape(ownsBytes: true)
    private var isTapeWaiting = false
    private var flushes = false
    private var isBusy = false
    private var isOver = false
    private var failure: Output.Failure?
    private var hasEnough = false
    private let monitor = Monitor()
    private var thread: Background.Running?

    init(_ report: consuming Shown) { self.report = .some(report) }

    /// False where the system has no thread left.
    func start() -> Bool {
        thread = Background.run { self.work() }
        return thread?.hasStarted ?? false
    }

    // MARK: The thread

    private func work() {
        var tape = Tape(ownsBytes: true)
        monitor.lock()
        while true {
            while !isTapeWaiting, !flushes, !isOver { monitor.wait() }
            guard isTapeWaiting || flushes else { break }
            let mustFlush = flushes
            flushes = false
            if isTapeWaiting { swap(&tape, &waiting) }
            isTapeWaiting = false
            isBusy = true
            monitor.changed()
            monitor.unlock()
            play(&tape, mustFlush: mustFlush)
            monitor.lock()
            isBusy = false
            hasEnough = report?.hasEnough ?? true
            monitor.changed()
        }
        monitor.unlock()
    }

    private func play(_ tape: inout Tape, mustFlush: Bool) {
        // After a failure nothing is shown any more.
        if failure != nil { return tape.clear() }
        tape.play(into: &report!)
        guard mustFlush || report!.output.count >= Output.flushByteCount else { return }
        do throws(Output.Failure) { try Output.flush(&report!.output) } catch { failure = error }
    }

    // MARK: Whoever inspects

    /// Takes a tape and leaves an empty one.
    /// - Parameter flushes: what is shown of it is to be written at once, since no more may come for a while.
    func take(_ inspector: inout Inspector, flushes mustFlush: Bool) throws(Output.Failure) {
        monitor.lock()
        defer { monitor.unlock() }
        while isTapeWaiting { monitor.wait() }
        if inspector.tapeByteCount > 0 {
            inspector.exchangeTape(&waiting)
            isTapeWaiting = true
        }
        if mustFlush { flushes = true }
        monitor.changed()
        if !isBusy, let failure { throw failure }
    }

    var isSatisfied: Bool {
        monitor.lock()
        defer { monitor.unlock() }
        return hasEnough
    }

    /// Does something with the report when all that was handed over has been played.
    func whenIdle(_ body: (inout Shown) -> Void) {
        monitor.lock()
        while isTapeWaiting || isBusy { monitor.wait() }
        body(&report!)
        monitor.unlock()
    }

    /// Ends the thread when all was played; why it could not write, where it could not.
    func end() -> Output.Failure? {
        monitor.lock()
        isOver = true
        monitor.changed()
        monitor.unlock()
        thread?.join()
        return failure
    }

    /// The report, once, after the end.
    func takeReport() -> Shown { report.take()! }
}

/// Stands in the place of a report that has a thread of its own: what it is to show goes there on tapes.
struct Relay<Shown: Report & ~Copyable>: Report, ~Copyable {
    private let thread: ReportThread<Shown>
    private(set) var hasEnough = false

    /// A tape is handed over when its events take this much, or when the input makes us wait.
    private static var tapeByteCount: Int { 512 << 10 }

    init(_ thread: ReportThread<Shown>) { self.thread = thread }

    mutating func show(_ header: PacketHeader, _ bytes: Span<UInt8>, _ inspector: inout Inspector) throws(Output.Failure) {
        if inspector.inspect(header, bytes) >= Self.tapeByteCount { try handOver(&inspector, flushes: false) }
    }

    @inline(__always)
    mutating func showLater(_ header: PacketHeader, _ bytes: Span<UInt8>, _ inspector: inout Inspector) throws(Output.Failure) {
        try show(header, bytes, &inspector)
    }

    mutating func showTape(of inspector: inout Inspector, isLimited: Bool) throws(Output.Failure) {
        if inspector.tapeByteCount >= Self.tapeByteCount { try handOver(&inspector, flushes: false) }
    }

    mutating func catchUp(_ inspector: inout Inspector) throws(Output.Failure) {}

    mutating func flush(_ inspector: inout Inspector) throws(Output.Failure) { try handOver(&inspector, flushes: true) }

    mutating func close(_ inspector: inout Inspector) throws(Output.Failure) {
        while inspector.finishSome() { try handOver(&inspector, flushes: false) }
        try handOver(&inspector, flushes: false)
    }

    private mutating func handOver(_ inspector: inout Inspector, flushes: Bool) throws(Output.Failure) {
        try thread.take(&inspector, flushes: flushes)
        hasEnough = thread.isSatisfied
    }

    mutating func beginFile(_ name: String, firstPacket: UInt64) { thread.whenIdle { $0.beginFile(name, firstPacket: firstPacket) } }
    mutating func beginAnew() { thread.whenIdle { $0.beginAnew() } }

    // What the thread's report is asked for before the thread begins and after it has ended.
    var output: ByteBuffer {
        get { ByteBuffer() }
        set {}
    }

    static var takesPackets: Bool { false }
    static var takesRecordings: Bool { Shown.takesRecordings }
    mutating func limit(frames count: UInt64) {}
    mutating func begin(sources: [String]) {}
    mutating func finish(_ summary: Summary, failure: String?) {}
    mutating func took(_ header: PacketHeader, _ bytes: Span<UInt8>, _ place: PacketPlace?, of interfaces: [CaptureInterface]) {}
    mutating func took(_ statistics: InterfaceStatistics, of interfaces: [CaptureInterface]) {}
    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {}
    mutating func note(_ event: Event) {}
}
