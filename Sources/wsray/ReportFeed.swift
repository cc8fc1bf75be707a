import Bytes
import Capture
import Input
import Inspection
import Recordings
import System

/// Packets of an input on their way through an inspector into a report.
struct ReportFeed<Shown: Report & ~Copyable>: PacketConsumer, ~Copyable {
    typealias Failure = Output.Failure

    private var report: Shown
    private var inspector: Inspector
    private let makesRemarks: Bool
    private let keys: KeyFiles
    /// It matters after which packet something is shown.
    private let isLimited: Bool
    /// What packets show may wait until their bytes move.
    private var mayWait = false
    private(set) var packetCount: UInt64 = 0
    /// Why the input could not be read to its end.
    private(set) var failure: CaptureError?
    private(set) var isFailureSaid = false
    private var source = InputSource(name: "", path: "", firstPacket: 1)
    /// Those of the source that are known by now.
    private var interfaces: [CaptureInterface] = []
    /// What a live capture writes and counts.
    var live: LiveRecording?

    init(_ report: consuming Shown, _ inspector: consuming Inspector, _ keys: KeyFiles, makesRemarks: Bool, isLimited: Bool) {
        self.report = report
        self.inspector = inspector
        self.keys = keys
        self.isLimited = isLimited
        self.makesRemarks = makesRemarks
    }

    consuming func takeReport() -> Shown { report }

    var summary: Summary { inspector.summary }

    /// Shows what is left.
    mutating func close() throws(Failure) {
        // A live capture ends there.
        if isLimited, !source.isLive, report.hasEnough { inspector.noteStop() }
        try report.close(&inspector)
    }

    // MARK: Packets

    @inline(__always)
    mutating func take(_ header: PacketHeader, _ bytes: Span<UInt8>, at offset: UInt64, isSelected: Bool) throws(Failure) {
        packetCount = header.number
        guard isSelected else { return }
        if mayWait { return try report.showLater(header, bytes, &inspector) }
        try report.show(header, bytes, &inspector)
        if Shown.takesPackets { report.took(header, bytes, inspector.place, of: interfaces) }
        // Asking the recording itself whether it is there would move it.
        if source.isLive { live?.write(header, bytes, of: inspector.lastFlow) }
    }

    static var takesRecordings: Bool { Shown.takesRecordings }

    mutating func take(_ event: RecordedEvent, _ content: Span<UInt8>) throws(Failure) {
        inspector.take(event, content)
        try report.showTape(of: &inspector, isLimited: isLimited)
    }

    var hasEnough: Bool { report.hasEnough }

    mutating func catchUp() throws(Failure) { try report.catchUp(&inspector) }

    /// Has the rows of the next packets' flows fetched while there are many of them.
    @inline(never)
    mutating func lookAhead(_ reader: inout CaptureReader, after header: PacketHeader) -> Int {
        // Many, where it is not worth it yet.
        guard inspector.looksAhead else { return 256 }
        var upcoming = CaptureReader.Upcoming()
        let bytes = reader.peek(&upcoming)
        inspector.fetchRows(for: upcoming.ranges, of: bytes, like: header)
        return max(1, upcoming.count)
    }

    var wantsLook: Bool { inspector.wantsLook }

    @inline(never)
    mutating func look(_ reader: inout CaptureReader, after header: PacketHeader) throws(Failure) {
        inspector.look(&reader, after: header, isWaiting: source.isStandardInput)
        if !mayWait { try report.catchUp(&inspector) }
    }

    // MARK: Everything else

    mutating func begin(_ source: InputSource) throws(Failure) -> Bool {
        guard !Interrupt.isRequested || source.isLive else { return false }
        self.source = source
        mayWait = !source.isLive && !Shown.takesPackets && !isLimited
        interfaces = []
        report.beginFile(source.name, firstPacket: source.firstPacket)
        if source.isLive { inspector.noteLoss(of: 0, from: Timestamp(nanoseconds: 0), to: Timestamp(nanoseconds: 0)) }
        inspector.expectLooks(!source.isLive)
        return true
    }

    mutating func beginAnew() throws(Failure) {
        try report.close(&inspector)
        report.beginAnew()
    }

    mutating func note(_ note: InputNote) {
        switch note {
        case .interface(let interface): interfaces.append(interface)
        case .count(let count):
            live?.note(count.statistics)
            if let loss = count.loss { inspector.noteLoss(of: loss.count, from: loss.from, to: loss.to) }
            if Shown.takesPackets { report.took(count.statistics, of: interfaces) }
        case .failure(let error): self.note(error, isSaid: interfaces.count > 1)
        case .ended(let end):
            for remark in end.remarks where makesRemarks { Output.remark("\(source.name): \(remark)") }
            if let failure = end.failure { self.note(failure) }
            if let failure = live?.close() { self.note(failure) }
        case .opened(_, let canBringSecrets): if source.isStandardInput, !canBringSecrets { keys.expectNothing() }
        case .secrets(let secrets): if keys.take(secrets) { inspector.resumeWaiting() }
        case .recording: inspector.beginRecording()
        case .checkpoint: break
        }
    }

    mutating func pause(at offset: UInt64) throws(Failure) -> Bool {
        if source.isLive, inspector.hasWaitingEnds { inspector.endOverdue(at: LiveEnds.due) }
        try report.flush(&inspector)
        live?.flush()
        if source.isLive { return true }
        return !Interrupt.isRequested && (!source.isStandardInput || Interrupt.waitForInput())
    }

    /// Keeps the first failure for the exit status; further ones are said at once.
    /// - Parameter isSaid: to say it at once, since much may come before the end.
    private mutating func note(_ error: CaptureError, isSaid: Bool = false) {
        if makesRemarks, isSaid || failure != nil { Output.remark(error.message) }
        guard failure == nil else { return }
        failure = error
        isFailureSaid = isSaid
    }
}

/// A live capture waits for packets, for signals, and for the output's reader to go away.
extension ReportFeed: LiveConsumer where Shown: ~Copyable {
    mutating func wait(for packets: Descriptor, milliseconds: Int32) throws(Failure) {
        let patience = LiveEnds.patience(keys.patience(milliseconds), hasWaitingEnds: inspector.hasWaitingEnds)
        let listening = ListeningLine.show(source.name, inspector.summary, atMost: patience)
        var items = [Awaited(packets), Awaited(Interrupt.descriptor), Awaited(.standardOutput, for: .hangUp)]
        items.wait(milliseconds: listening)
        if items[2].isGone { throw .closed }
    }

    mutating func turn() -> Bool {
        if keys.poll() { inspector.resumeWaiting() }
        live?.drops.reportWhenDue()
        if Interrupt.descriptor.isOpen { Interrupt.answer() }
        let isHungUp = Interrupt.takeHangUp() && !(live?.goOnInNextFile() ?? false)
        return !isHungUp && !Interrupt.isRequested && !(live?.hasFailed ?? false)
    }

    var shownCount: UInt64 { inspector.summary.frames &+ inspector.summary.connections }
}
