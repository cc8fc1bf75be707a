import Bytes
import Capture
import Decoding
import Input
import Inspection
import Reports
import Subprotocols
import System
import Text
import Viewer

/// Reads the inputs in a thread of its own, and hands over what it finds.
struct Loader: PacketConsumer, ~Copyable {
    typealias Failure = Never

    let options: InputOptions
    let handover: Handover
    private let spool: UnnamedFile?
    private let index: InputIndex
    private let spoolLimit: UInt64
    /// Of what is read now, where it comes only once.
    var copy: PacketCopy?
    private var setup: LiveSetup?
    /// What a live capture writes and counts.
    var live: LiveRecording?
    private let isLive: Bool
    /// Finds the processes that live connections are of.
    private let owners: SocketOwnerSearch?
    var inspector: Inspector
    /// Messages are decoded before they are recorded.
    var decoding: DecodingSink<Recorder>
    var recorder: Recorder {
        _read { yield decoding.downstream }
        _modify { yield &decoding.downstream }
    }
    private var filter: PacketFilter?
    var progress = Progress()
    var packets: UInt64 = 0
    private var frames: UInt64 = 0
    private var source = InputSource(name: "", path: "", firstPacket: 1)
    /// A live capture has brought something since batches were last looked at.
    var hasNews = false
    /// Bytes of the files read before.
    private var bytesBefore: UInt64 = 0
    private var lastHandover = SystemClock.milliseconds
    var isStopped = false

    /// Opens interfaces, where those are the input; files are opened when their turn comes.
    /// - Parameter spoolLimit: bytes in each file without a name.
    init(
        _ options: InputOptions, _ messages: DecodingOptions, _ schema: MessageSchema?, _ handover: Handover, _ index: InputIndex,
        _ spool: UnnamedFile?, spoolLimit: UInt64
    ) throws(CaptureError) {
        self.options = options
        self.handover = handover
        self.index = index
        self.spool = spool
        self.spoolLimit = spoolLimit
        var inspection = Inspector.Options()
        inspection.limits = options.limits
        inspection.tracksFlows = options.live.webSocketOnly
        inspection.reportsPolling = !messages.isOff
        options.stack(on: &inspection)
        var recording = Recorder.Options()
        recording.spoolLimit = spool == nil ? 0 : spoolLimit
        decoding = DecodingSink(
            Recorder(recording), isDecoding: !messages.isOff, rules: messages.rules, program: options.program, schema: schema)
        isLive = !options.live.interfaces.isEmpty
        progress.isLive = isLive
        try options.loadKeys()
        // An interface filters by itself.
        if !isLive, let expression = options.filter { filter = try PacketFilter(expression) }
        setup = isLive ? try LiveSetup(options) : nil
        owners = setup?.owners
        if let owners { inspection.owners = { owners.owners(client: $0, server: $1) } }
        inspector = Inspector(inspection)
        progress.totalByteCount = Self.totalByteCount(options.files)
    }

    /// Milliseconds after which what there is is handed over, and packets between two looks at the clock.
    private static let patience: Int64 = 25
    private static let packetsPerLook: UInt64 = 64
    static var checkpointSpacing: UInt64 { InputIndex.spacing }

    // MARK: Reading

    mutating func run() {
        if let setup = setup.take() {
            var input = setup.input
            live = setup.takeRecording()
            input.run(into: &self)
            progress.remarks += owners?.remarks ?? []
        } else {
            var input = FileInput(options.files.map { InputFile($0) }, filter: filter.take())
            input.run(into: &self)
            if let failure = RemoteCapture.failure { note(failure) }
        }
        inspector.finish(into: &decoding)
        progress.isDone = true
        progress.isLive = false
        progress.remarks += inspector.summary.remarks + options.keyRemarks(inspector.summary)
        if let failure = options.program?.failure { progress.remarks.append(failure) }
        if recorder.isFull { progress.remarks.append("frames after the first 4,294,967,294 are not shown") }
        handOver()
    }

    mutating func begin(_ source: InputSource) -> Bool {
        self.source = source
        if source.isLive { inspector.noteLoss(of: 0, from: Timestamp(nanoseconds: 0), to: Timestamp(nanoseconds: 0)) }
        inspector.expectLooks(!source.isLive)
        return true
    }

    mutating func beginAnew() {
        inspector.finish(into: &decoding)
        decoding.forgetPolling()
        recorder.beginAnew()
    }

    mutating func take(_ header: PacketHeader, _ bytes: Span<UInt8>, at offset: UInt64, isSelected: Bool) {
        packets = header.number
        let place = copy == nil ? offset : keep(header, bytes)
        if isSelected {
            if let place { recorder.beginPacket(header.number, bytes, at: place) }
            inspector.inspect(header, bytes, into: &decoding)
            recorder.endPacket()
        }
        if isLive { return tookLive(header, bytes) }
        if recorder.batch.rowCount >= Recorder.batchRowCount {
            handOver(offset)
        } else if header.number % Self.packetsPerLook == 0 {
            lookAtClock(offset)
        }
        if frames + UInt64(recorder.batch.rowCount) >= options.count ?? .max { isStopped = true }
    }

    var hasEnough: Bool { isStopped }

    var wantsLook: Bool { inspector.wantsLook }

    mutating func look(_ reader: inout CaptureReader, after header: PacketHeader) {
        inspector.look(&reader, after: header, isWaiting: source.isStandardInput)
        inspector.play(into: &decoding)
    }

    /// What there is to show is shown before more is waited for.
    mutating func pause(at offset: UInt64) -> Bool {
        if isLive, inspector.hasWaitingEnds {
            inspector.endOverdue(at: LiveEnds.due)
            inspector.play(into: &decoding)
        }
        handOver(offset)
        live?.flush()
        return true
    }

    mutating func note(_ note: InputNote) {
        switch note {
        case .opened(let isCompressed, let canBringSecrets):
            if source.isStandardInput, !canBringSecrets { options.keys.expectNothing() }
            let isFile = !source.isLive && source.path != "-" && Self.isFile(source.path)
            begin(source.path, source.name, isFile: isFile, isCopied: !isFile || isCompressed)
        case .interface(let interface): copy?.describe(interface)
        case .count(let count):
            if isLive { copy?.append(count.statistics) }
            live?.note(count.statistics)
            if let loss = count.loss { inspector.noteLoss(of: loss.count, from: loss.from, to: loss.to) }
        case .recording: break
        case .checkpoint(let checkpoint):
            if copy == nil { index.update { $0.checkpoints.append(checkpoint) } }
        case .failure(let error): self.note(error)
        case .ended(let end):
            bytesBefore += end.offset
            if let failure = end.failure { self.note(failure) }
            if end.failure == nil || isLive {
                progress.remarks += end.remarks.map { "\(source.name): \($0)" }
            }
            if let failure = live?.close() { self.note(failure) }
        case .secrets(let secrets): if options.keys.take(secrets) { resumeWaiting() }
        }
    }

    /// Goes on with connections that waited for secrets.
    mutating func resumeWaiting() {
        inspector.resumeWaiting()
        inspector.play(into: &decoding)
    }

    /// Says where an input can be read again, and makes a copy where it cannot.
    private mutating func begin(_ file: String, _ name: String, isFile: Bool, isCopied: Bool) {
        copy = isCopied ? PacketCopy(limit: spoolLimit) : nil
        if isCopied, copy == nil { progress.remarks.append("no directory for a copy of \(name), so it cannot be saved from: set TMPDIR") }
        let copied = copy?.path
        guard let whole = isFile ? file : copied else { return }
        index.begin(
            InputIndex.File(
                path: whole, packetPath: copied ?? file, name: name, firstPacket: packets + 1, copy: copy?.spool, isOnlyCopied: !isFile))
    }

    /// The first failure decides what the program ends with.
    private mutating func note(_ error: CaptureError) {
        progress.remarks.append(error.message)
        if progress.exitStatus == 0 { progress.exitStatus = error.exitStatus }
    }

    /// Copies a packet that comes only once; where it can be read again.
    private mutating func keep(_ header: PacketHeader, _ bytes: Span<UInt8>) -> UInt64? {
        if let count = copy?.packetCount, count % InputIndex.spacing == 0, let checkpoint = copy?.checkpoint(header.number) {
            index.update { $0.checkpoints.append(checkpoint) }
        }
        return copy?.append(header, bytes)
    }

    // MARK: Handing over

    private mutating func lookAtClock(_ offset: UInt64) {
        let now = SystemClock.milliseconds
        if now - lastHandover >= Self.patience { handOver(offset) }
    }

    mutating func handOverWhenDue() {
        if recorder.batch.rowCount >= Recorder.batchRowCount { handOver() } else { lookAtClock(0) }
    }

    mutating func handOver(_ offset: UInt64 = 0) {
        writeCopy()
        writeSpool()
        progress.drops = live?.drops.text ?? ""
        if !isLive { progress.readByteCount = bytesBefore + offset }
        frames += UInt64(recorder.batch.rowCount)
        if !handover.put(recorder.takeBatch(), progress) { isStopped = true }
        lastHandover = SystemClock.milliseconds
    }

    /// Brings onto the disk what rows that are handed over next refer to.
    private mutating func writeCopy() {
        let isWritten = copy?.flush() ?? true
        let (copied, end) = (copy?.packetCount, copy?.end)
        let seen = packets
        var next = seen + 1
        index.update { file in
            file.packetCount = copied ?? seen + 1 - min(seen + 1, file.firstPacket)
            file.end = end
            next = file.firstPacket + file.packetCount
        }
        if !isWritten { recorder.lostPackets(from: next) }
        if let end { note(once: "\(source.name): not all packets were kept to be saved or shown again: \(end.words)") }
    }

    private mutating func writeSpool() {
        if !recorder.spooled.isEmpty, let spool {
            if spool.append(recorder.spooled.span) { recorder.flushedSpool() } else { recorder.lostSpool() }
        }
        guard let end = recorder.spoolEnd else { return }
        note(once: "not all payloads were kept to be shown again: \(end.words)")
    }

    mutating func note(once remark: String) {
        if !progress.remarks.contains(remark) { progress.remarks.append(remark) }
    }

    // MARK: Files

    private static func isFile(_ path: String) -> Bool { HeldFiles.status(of: path)?.kind == .regular }

    /// Bytes of all inputs; nil where that is not known, or says nothing since they are compressed.
    private static func totalByteCount(_ files: [String]) -> UInt64? {
        var total: UInt64 = 0
        for file in files {
            let isCompressed = Compression.allCases.contains { file.hasSuffix($0.suffix) }
            guard file != "-", !isCompressed, let status = HeldFiles.status(of: file), status.kind == .regular else {
                return nil
            }
            total += status.byteCount
        }
        return total
    }
}
