import Bytes
import Capture
import Inspection
import Packets
import Processes
import System
import TLS

/// Packets of a command's connections on their way from the capture to the report and the file, while the command runs.
struct RunSession: ~Copyable {
    let capture: LiveCapture
    let watch: SocketWatch
    let keyLog: CommandKeyLog
    let keys: KeyFiles
    var inspector: Inspector
    var file: DelayedCaptureFile?
    private var gate = ConnectionGate()
    private var sightings = Sightings()
    /// Packets that were captured, whosever they are.
    private var captured: UInt64 = 0
    /// Packets of the command.
    private(set) var packets: UInt64 = 0
    private(set) var failure: CaptureError?
    private(set) var outputFailure: Output.Failure?
    /// Of each interface, what was counted last.
    private var counted: [InterfaceStatistics]
    /// When the command ended, and when the last packet of it came.
    private var ended: Int64?
    private var lastPacket: Int64 = 0
    private var generation = 0

    /// How long nothing comes before the capture ends, after the command did; and how long that may take.
    private static let quiet: Int64 = 200_000_000
    private static let patience: Int64 = 1_000_000_000
    /// Milliseconds between looks at the key log where nothing else happens.
    private static let keyInterval: Int32 = 100

    init(
        _ capture: LiveCapture, _ watch: SocketWatch, _ keyLog: CommandKeyLog, _ keys: KeyFiles, _ inspector: consuming Inspector,
        _ file: consuming DelayedCaptureFile?
    ) {
        self.capture = capture
        self.watch = watch
        self.keyLog = keyLog
        self.keys = keys
        self.inspector = inspector
        self.file = file
        counted = capture.interfaces.indices.map { InterfaceStatistics(interface: UInt32($0), time: Timestamp(nanoseconds: 0)) }
    }

    var connectionCount: Int { gate.connectionCount }
    var dropped: UInt64 { counted.reduce(0) { $0 &+ ($1.dropped ?? 0) } }

    /// Takes packets until some time after the command has ended.
    mutating func run(into report: inout some Report & ~Copyable) {
        inspector.noteLoss(of: 0, from: Timestamp(nanoseconds: 0), to: Timestamp(nanoseconds: 0))
        var batch = PacketBatch()
        while true {
            takeKeys(into: &report)
            if capture.receive(&batch) {
                take(&batch, into: &report)
            } else {
                write { (inspector: inout Inspector) throws(Output.Failure) in try report.flush(&inspector) }
                if capture.isFinished { break }
                wait()
            }
            file?.advance(now: SystemClock.nanoseconds)
            endWhenDue()
        }
        takeKeys(into: &report)
        keys.store.expectsMore = false
        write { (inspector: inout Inspector) throws(Output.Failure) in try report.close(&inspector) }
        file?.close()
        if let error = file?.failure, failure == nil { failure = error }
    }

    mutating func note(_ error: Output.Failure) { outputFailure = error }

    /// Writes output unless that failed before: the command runs on, and so does the file.
    private mutating func write(_ body: (inout Inspector) throws(Output.Failure) -> Void) {
        guard outputFailure == nil else { return }
        do throws(Output.Failure) { try body(&inspector) } catch { outputFailure = error }
    }

    /// Waits for packets, for the command's end, or for keys.
    private func wait() {
        var items = [Awaited(capture.descriptor), Awaited(ended == nil ? RunningChild.descriptor : .none)]
        items.wait(milliseconds: Self.keyInterval)
    }

    /// Ends the capture when the command has ended and its connections have come to rest.
    private mutating func endWhenDue() {
        let now = SystemClock.nanoseconds
        if ended == nil, RunningChild.waitStatus != nil { ended = now }
        guard let ended else { return }
        let isQuiet = now - max(ended, lastPacket) >= Self.quiet
        if isQuiet || now - ended >= Self.patience || RunningChild.isEndWanted { capture.stop() }
    }

    // MARK: Packets

    private mutating func take(_ batch: inout PacketBatch, into report: inout some Report & ~Copyable) {
        for statistics in batch.statistics { note(statistics) }
        for place in 0..<batch.count {
            captured += 1
            let header = batch.header(at: place, number: captured, of: capture.interfaces)
            let bytes = batch.bytes(at: place)
            if sightings.isRepeated(header, bytes) { continue }
            if gate.passes(header, bytes, { [watch] in watch.owns($0) }) { show(header, bytes, into: &report) }
        }
        for error in batch.failures where failure == nil { failure = error }
    }

    private mutating func show(_ header: PacketHeader, _ bytes: Span<UInt8>, into report: inout some Report & ~Copyable) {
        packets += 1
        var header = header
        header.number = packets
        lastPacket = SystemClock.nanoseconds
        file?.append(header, bytes, now: lastPacket)
        write { (inspector: inout Inspector) throws(Output.Failure) in try report.show(header, bytes, &inspector) }
    }

    private mutating func note(_ statistics: InterfaceStatistics) {
        let place = Int(statistics.interface)
        let loss = PacketLoss(from: counted[place].dropped == nil ? nil : counted[place], to: statistics)
        counted[place] = statistics
        file?.append(statistics)
        if let loss { inspector.noteLoss(of: loss.count, from: loss.from, to: loss.to) }
    }

    // MARK: Keys

    /// Takes secrets that were logged meanwhile: for what waits for them, for the file, and for connections of which nobody saw whose
    /// they are.
    private mutating func takeKeys(into report: inout some Report & ~Copyable) {
        keyLog.poll()
        if let secrets = keyLog.takeLines() { file?.append(secrets) }
        _ = keys.poll()
        guard keys.store.generation != generation else { return }
        generation = keys.store.generation
        inspector.resumeWaiting()
        write { (inspector: inout Inspector) throws(Output.Failure) in try report.flush(&inspector) }
        let store = keys.store
        for packet in gate.release({ store.hasSecrets(ofClientRandom: $0.span, source: CommandKeyLog.sourceName) }) {
            show(packet.header, packet.bytes.span, into: &report)
        }
    }
}
