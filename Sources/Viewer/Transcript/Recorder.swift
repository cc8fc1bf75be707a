import Bytes
import Inspection
import Rules
import Subprotocols
import Verdicts
import WebSocket

/// Makes the transcript's rows out of an inspection's events.
///
/// A payload that stands in the capture file as it is stays there, and the row tells where. All others, inflated, joined from
/// several packets, or from an input that cannot be read again, gather in `spooled`, which the caller writes to a file.
public struct Recorder: EventSink, ~Copyable {
    public struct Options: Sendable {
        /// Bytes that may be spooled in all.
        public var spoolLimit: UInt64 = 8 << 30
        /// Findings kept with their texts; further ones are counted, and mark their rows.
        public var findingLimit = 1_000_000

        public init() {}
    }

    public var batch = Batch()
    /// Bytes for the end of the spool; `flushedSpool` takes them.
    public var spooled = ByteBuffer()
    private let options: Options
    private var rowCount: UInt32 = 0
    /// The row of the next frame.
    var nextRow: UInt32 { rowCount }
    private var requestCount = 0
    /// Spool offset of the first byte of `spooled`.
    private(set) var spoolStart: UInt64 = 0
    private var findingCount = 0
    private var encryptedCount = 0
    private var attemptCount = 0
    private var openedCount = 0
    private var packet = CurrentPacket()

    /// Why not all payloads were spooled.
    public internal(set) var spoolEnd: KeepingEnd?
    /// There are more frames than rows.
    public private(set) var isFull = false

    public init(_ options: Options = Options()) { self.options = options }

    // MARK: Around packets

    /// Says where in its file the packet stands that is inspected next; left out for an input that cannot be read again.
    /// - Parameter bytes: must stay where they are until `endPacket`.
    public mutating func beginPacket(_ number: UInt64, _ bytes: Span<UInt8>, at offset: UInt64) {
        packet.begin(number, bytes, at: offset)
    }

    public mutating func endPacket() { packet.end() }

    /// Says that `spooled` was written, and empties it.
    public mutating func flushedSpool() {
        spoolStart += UInt64(spooled.count)
        spooled.removeAll(keepingAtMost: 1 << 20)
    }

    /// Hands over what is new.
    public mutating func takeBatch() -> Batch {
        let taken = batch
        batch = Batch()
        batch.rows.reserveCapacity(Self.batchRowCount)
        return taken
    }

    /// Rows after which a batch is worth handing over.
    public static let batchRowCount = 4_096

    // MARK: Events

    /// Says that what follows is a capture of its own.
    public mutating func beginAnew() {
        batch.captures.append(CaptureStart(connectionCount: openedCount, attemptCount: attemptCount))
    }

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        guard rowCount < UInt32.max - 1 else {
            isFull = true
            return
        }
        var row = FrameRow(frame, connection: UInt32(truncatingIfNeeded: connection.number - 1))
        if message != nil { row.flags.insert(.endsMessage) }
        if let message, message.unknownByteCount > 0 { row.flags.insert(.hasUnknownBytes) }
        store(&row, frame, payload, message, content)
        addDetails(&row, frame, payload, message)
        for finding in frame.isUnremarkable ? [] : frame.findings {
            keep(FindingEntry(finding: finding, row: rowCount, connection: row.connection, from: frame.from, time: frame.time))
        }
        batch.rows.append(row)
        rowCount += 1
    }

    public mutating func note(_ event: Event) {
        switch event {
        case .opened(let connection):
            openedCount += 1
            batch.opened.append(ConnectionEntry(connection))
            mark(.opened(UInt32(truncatingIfNeeded: connection.number - 1)))
        case .found(let finding, let side, let connection, let time):
            let index = connection.map { UInt32(truncatingIfNeeded: $0.number - 1) }
            keep(FindingEntry(finding: finding, row: nil, connection: index, from: side, time: time))
        case .ended(let end):
            let index = UInt32(truncatingIfNeeded: end.connection.number - 1)
            batch.ended.append((index, end.verdict))
            mark(.ended(index))
        // A message without an end has no frame to stand with; its frames have been reported already.
        case .spoke(.unanswered(_, let requests), let connection, _): note(unanswered: requests.named, in: connection)
        case .abandoned(let message, _, let connection):
            let index = UInt32(truncatingIfNeeded: connection.number - 1)
            batch.unfinished.append(UnfinishedMessage(message, connection: index))
        case .exchanged, .polled, .shared, .located, .spoke: break
        case .encrypted(let connection):
            if encryptedCount < Transcript.unreadLimit { mark(.encrypted(encryptedCount)) }
            encryptedCount += 1
            batch.encrypted.append(connection)
        case .attempted(let attempt):
            if attemptCount < Transcript.unreadLimit { mark(.attempt(attemptCount)) }
            attemptCount += 1
            batch.attempts.append(attempt)
        }
    }

    private mutating func mark(_ kind: Marker.Kind) { batch.markers.append(Marker(row: rowCount, kind: kind)) }

    public var hasEnough: Bool { isFull }

    private mutating func keep(_ finding: FindingEntry) {
        guard findingCount < options.findingLimit else {
            batch.omittedFindingCount += 1
            return
        }
        findingCount += 1
        batch.findings.append(finding)
    }

    mutating func keep(_ note: RequestNote) { batch.requests.append(note) }

    mutating func keepRequest(_ entry: RequestEntry) {
        guard requestCount < Requests.limit else {
            batch.omittedRequestCount += 1
            return
        }
        requestCount += 1
        keep(.asked(entry))
    }

    // MARK: Where the bytes are

    private mutating func store(_ row: inout FrameRow, _ frame: Frame, _ payload: Span<UInt8>, _ message: Message?, _ content: Span<UInt8>)
    {
        if frame.isCompressed {
            let storesWire = UInt64(payload.count) == frame.header.length
            if storesWire { spool(payload, &row) }
            guard let message else { return }
            if storesWire, !row.flags.contains(.isCut) { row.flags.insert(.storesWire) }
            row.flags.insert(.storesContent)
            spool(content, &row)
            if row.storedCount < content.count { row.flags.remove(.storesWire) }
            if message.length > UInt64(content.count) { row.flags.insert(.isCut) }
            return
        }
        if UInt64(payload.count) < frame.capturedLength { row.flags.insert(.isCut) }
        if payload.isEmpty { return }
        if frame.packets.rest.isEmpty, let place = packet.find(frame, payload) {
            row.place = place
            row.storedCount = UInt32(payload.count)
            row.flags.insert(.isInCapture)
        } else {
            spool(payload, &row)
        }
    }

    private mutating func spool(_ bytes: Span<UInt8>, _ row: inout FrameRow) {
        let place = spoolStart + UInt64(spooled.count)
        row.storedCount = 0
        let isRoom = spoolEnd != .fullDisk && place + UInt64(bytes.count) <= options.spoolLimit
        guard isRoom || bytes.isEmpty else {
            if spoolEnd == nil { spoolEnd = .limit }
            row.flags.insert(.isCut)
            return
        }
        row.place = place
        row.storedCount = UInt32(clamping: bytes.count)
        spooled.append(bytes)
    }

    private mutating func addDetails(_ row: inout FrameRow, _ frame: Frame, _ payload: Span<UInt8>, _ message: Message?) {
        var details = FrameDetails()
        var isNeeded = false
        if !frame.packets.rest.isEmpty {
            details.packets = frame.packets
            isNeeded = true
        }
        if frame.endTime != frame.time {
            details.endTime = frame.endTime
            isNeeded = true
        }
        if let roundTrip = frame.roundTrip {
            details.roundTrip = roundTrip
            isNeeded = true
        }
        if frame.header.length > UInt64(UInt32.max) {
            details.length = frame.header.length
            isNeeded = true
        }
        if !frame.isComplete {
            details.capturedLength = frame.capturedLength
            isNeeded = true
        }
        if frame.header.opcode == .close, let code = CloseBody(payload).code {
            details.closeCode = code
            isNeeded = true
        }
        if let message,
            message.frameCount > 1 || message.length != row.messageLength(nil) || message.isComplete != frame.isComplete
        {
            details.message = (message.frameCount, message.length, message.wireLength, message.isComplete)
            isNeeded = true
        }
        guard isNeeded else { return }
        row.flags.insert(.hasDetails)
        batch.details.append((rowCount, details))
    }
}
