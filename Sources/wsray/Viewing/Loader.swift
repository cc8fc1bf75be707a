import Bytes
import Capture
import Inspection
import Reports
import System
import Text
import Viewer

/// Reads the inputs in a thread of its own, and hands over what it finds.
struct Loader: ~Copyable {
    let options: InputOptions
    let handover: Handover
    private let spool: UnnamedFile?
    private let index: InputIndex
    private let spoolLimit: UInt64
    /// Of what is read now, where it comes only once.
    var copy: PacketCopy?
    var live: LiveInput?
    var inspector: Inspector
    var recorder: Recorder
    private var filter: PacketFilter?
    var progress = Progress()
    var packets: UInt64 = 0
    private var frames: UInt64 = 0
    private var begun: Timestamp?
    /// Bytes of the files read before.
    private var bytesBefore: UInt64 = 0
    private var lastHandover = SystemClock.milliseconds
    var isStopped = false

    /// Opens interfaces, where those are the input; files are opened when their turn comes.
    /// - Parameter spoolLimit: bytes in each file without a name.
    init(
        _ options: InputOptions, _ handover: Handover, _ index: InputIndex, _ spool: UnnamedFile?, spoolLimit: UInt64
    ) throws(CaptureError) {
        self.options = options
        self.handover = handover
        self.index = index
        self.spool = spool
        self.spoolLimit = spoolLimit
        var inspection = Inspector.Options()
        inspection.limits = options.limits
        inspection.tracksFlows = options.live.webSocketOnly
        inspection.layers = options.layers
        inspector = Inspector(inspection)
        var recording = Recorder.Options()
        recording.spoolLimit = spool == nil ? 0 : spoolLimit
        recorder = Recorder(recording)
        try options.loadKeys()
        let isLive = !options.live.interfaces.isEmpty
        progress.isLive = isLive
        // An interface filters by itself.
        if !isLive, let expression = options.filter { filter = try PacketFilter(expression) }
        live = isLive ? try LiveInput(options) : nil
        progress.totalByteCount = Self.totalByteCount(options.files)
    }

    /// Milliseconds after which what there is is handed over, and packets between two looks at the clock.
    private static let patience: Int64 = 25
    private static let packetsPerLook: UInt64 = 64

    // MARK: Reading

    mutating func run() {
        if live != nil { capture() }
        for file in options.files where !isStopped { read(file) }
        inspector.finish(into: &recorder)
        progress.isDone = true
        progress.isLive = false
        progress.remarks += inspector.summary.remarks + options.keyRemarks(inspector.summary)
        if recorder.isSpoolFull {
            progress.remarks.append("payloads that were not in one packet as they are were not all kept: --limit-spool")
        }
        if recorder.isFull { progress.remarks.append("frames behind the first 4,294,967,294 are not shown") }
        handOver()
    }

    private mutating func read(_ file: String) {
        let name = file == "-" ? "standard input" : file
        do throws(CaptureError) {
            var reader = try CaptureReader(
                file == "-" ? ByteSource.standardInput() : try ByteSource(path: file), name: name, firstPacketNumber: packets + 1)
            let isFile = file != "-" && Self.isFile(file)
            begin(file, name, isFile: isFile, isCopied: !isFile || reader.facts.isCompressed)
            defer { bytesBefore += reader.offset }
            try readPackets(&reader)
            progress.remarks += reader.facts.notes.map { "\(name): \($0)" }
            noteCut(name)
        } catch {
            note(error)
        }
    }

    /// Says where an input can be read again, and makes a copy where it cannot.
    mutating func begin(_ file: String, _ name: String, isFile: Bool, isCopied: Bool) {
        copy = isCopied ? PacketCopy(limit: spoolLimit) : nil
        if isCopied, copy == nil { progress.remarks.append("no directory for a copy of \(name), so it cannot be saved from: set TMPDIR") }
        let copied = copy?.path
        guard let whole = isFile ? file : copied else { return }
        index.begin(
            InputIndex.File(
                path: whole, packetPath: copied ?? file, name: name, firstPacket: packets + 1, copy: copy?.spool, isOnlyCopied: !isFile))
    }

    mutating func noteCut(_ name: String) {
        if copy?.isFull == true { progress.remarks.append("\(name): not all packets were kept to be saved or shown again: --limit-spool") }
    }

    /// The first failure decides what the program ends with.
    mutating func note(_ error: CaptureError) {
        progress.remarks.append(error.message)
        if progress.exitStatus == 0 { progress.exitStatus = error.exitStatus }
    }

    private mutating func readPackets(_ reader: inout CaptureReader) throws(CaptureError) {
        let limit = options.count ?? .max
        var isFirst = true
        while !isStopped {
            // Reading may wait: what there is to show is shown first.
            if !reader.hasBufferedPacket { handOver(reader.offset) }
            let checkpoint = packets % InputIndex.spacing == 0 || isFirst ? reader.checkpoint : nil
            let next = try reader.next()
            if isFirst, let next { beginFile(at: next.time) }
            while let loss = reader.takeLoss() { inspector.noteLoss(of: loss.count, from: loss.from, to: loss.to) }
            guard let header = next else { return }
            packets = header.number
            copy?.describe(reader.facts.interfaces)
            let place = copy == nil ? reader.offset : keep(header, reader.bytes)
            if copy == nil, let checkpoint { index.update { $0.checkpoints.append(checkpoint) } }
            isFirst = false
            if try filter?.matches(header, reader.bytes) ?? true {
                if let place { recorder.beginPacket(header.number, reader.bytes, at: place) }
                inspector.inspect(header, reader.bytes, into: &recorder)
                recorder.endPacket()
            }
            if recorder.batch.rowCount >= Recorder.batchRowCount {
                handOver(reader.offset)
            } else if header.number % Self.packetsPerLook == 0 {
                lookAtClock(reader.offset)
            }
            if frames + UInt64(recorder.batch.rowCount) >= limit { isStopped = true }
        }
    }

    /// Copies a packet that comes only once; where it can be read again.
    mutating func keep(_ header: PacketHeader, _ bytes: Span<UInt8>) -> UInt64? {
        if let count = copy?.packetCount, count % InputIndex.spacing == 0, let checkpoint = copy?.checkpoint(header.number) {
            index.update { $0.checkpoints.append(checkpoint) }
        }
        return copy?.append(header, bytes)
    }

    /// As for reports: a file that begins no later than the one before is a capture of its own.
    private mutating func beginFile(at time: Timestamp) {
        if let begun, time <= begun { inspector.finish(into: &recorder) }
        begun = time
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
        if !recorder.spooled.isEmpty, let spool {
            if !spool.append(recorder.spooled.span) { progress.remarks.append("no room for payloads on the disk") }
            recorder.flushedSpool()
        }
        if live == nil { progress.readByteCount = bytesBefore + offset }
        frames += UInt64(recorder.batch.rowCount)
        if !handover.put(recorder.takeBatch(), progress) { isStopped = true }
        lastHandover = SystemClock.milliseconds
    }

    /// Brings onto the disk what rows that are handed over next refer to.
    private mutating func writeCopy() {
        let isFull = copy?.isFull ?? false
        if copy?.flush() == false { progress.remarks.append("no room for packets on the disk") }
        let copied = copy?.packetCount
        let seen = packets
        index.update { file in
            file.packetCount = copied ?? seen + 1 - min(seen + 1, file.firstPacket)
            file.isCut = isFull
        }
    }

    // MARK: Files

    private static func isFile(_ path: String) -> Bool { HeldFiles.status(of: path)?.kind == .regular }

    /// Bytes of all inputs; nil where that is not known, or says nothing since they are compressed.
    private static func totalByteCount(_ files: [String]) -> UInt64? {
        var total: UInt64 = 0
        for file in files {
            guard file != "-", !file.hasSuffix(".gz"), let status = HeldFiles.status(of: file), status.kind == .regular else {
                return nil
            }
            total += status.byteCount
        }
        return total
    }
}
