import Bytes
import Filter
import Inspection
import Text
import Verdicts
import WebSocket

/// The frames of a scope that a condition selects, a piece of work at a time; goes on as frames come.
struct FilterRun: Sendable {
    /// Nil where only pings and pongs are left out.
    let condition: Condition?
    let hidesHeartbeats: Bool
    var text: String { condition?.text ?? "" }
    /// Selected rows, in order.
    private(set) var rows: [UInt32] = []
    /// Frames of the scope that were asked.
    private(set) var examinedCount = 0
    private(set) var givenUpCount: UInt64 = 0
    /// Frames of which it cannot be known, since their payloads are not kept.
    private(set) var undecidedCount: UInt64 = 0
    /// The row that shall be selected as soon as it is known where it, or the next one, stands.
    var anchor: UInt32?
    /// Frames before and after each selected one that are shown too.
    private(set) var context = 0
    private var withContext: [UInt32] = []
    /// Index in the scope of the first frame that is not shown yet, and of the first one after the last context.
    private var nextShown = 0
    private var contextEnd = 0
    /// Where connections begin and end that are selected whole.
    private(set) var markers: [Marker] = []
    private var examinedMarkerCount = 0
    private let showsMarkers: Bool
    /// What was said of each connection.
    private var selections: [UInt32: Selection] = [:]
    private var endings = Endings()

    /// - Parameter scope: what the frames are taken from.
    init(_ condition: Condition?, hidesHeartbeats: Bool = false, anchor: UInt32?, scope: Scope) {
        self.condition = condition
        self.hidesHeartbeats = hidesHeartbeats
        self.anchor = anchor
        showsMarkers = scope == .all && condition?.isAboutConnections ?? false
    }

    /// Whether there is something that was not asked yet.
    func hasWork(frameCount: Int, _ transcript: Transcript) -> Bool {
        examinedCount < frameCount || (showsMarkers && examinedMarkerCount < transcript.markers.count)
    }

    /// Selected rows with those around them.
    var shown: [UInt32] { context == 0 ? rows : withContext }

    /// That nothing is selected, and of how many frames that is not known.
    var failure: String {
        let words = "no frame matches the filter"
        guard undecidedCount > 0 else { return words }
        let frames = Quantity.counted(undecidedCount, "frame")
        return "\(words); \(frames) could not be decided, since payloads were not kept"
    }

    func isSelected(_ row: UInt32) -> Bool {
        let place = rows.partitioningIndex { $0 >= row }
        return place < rows.count && rows[place] == row
    }

    // MARK: Rows around those that are selected

    /// - Parameters:
    ///   - indexOf: the index in the scope of a row.
    ///   - rowAt: the row at an index of the scope.
    mutating func setContext(_ context: Int, indexOf: (UInt32) -> Int, rowAt: (Int) -> UInt32) {
        self.context = context
        withContext = []
        nextShown = 0
        contextEnd = 0
        guard context > 0 else { return }
        for row in rows { show(around: indexOf(row), rowAt) }
        while nextShown < min(contextEnd, examinedCount) { showNext(rowAt) }
    }

    private mutating func show(around index: Int, _ rowAt: (Int) -> UInt32) {
        while nextShown < min(contextEnd, index) { showNext(rowAt) }
        nextShown = max(nextShown, index - context)
        while nextShown <= index { showNext(rowAt) }
        contextEnd = index + 1 + context
    }

    private mutating func showNext(_ rowAt: (Int) -> UInt32) {
        withContext.append(rowAt(nextShown))
        nextShown += 1
    }

    // MARK: Selecting

    /// Rows of one piece of work, and payload bytes after which it ends early.
    static let rowsPerStep = 8_192
    static let bytesPerStep = 1 << 20

    mutating func step(frameCount: Int, _ transcript: Transcript, _ payloads: Payloads, rowAt: (Int) -> UInt32) {
        let end = min(frameCount, examinedCount + Self.rowsPerStep)
        guard let condition else {
            while examinedCount < end {
                let row = rowAt(examinedCount)
                if !isHidden(transcript.rows[Int(row)]) { take(row, rowAt) }
                pass(rowAt)
            }
            return
        }
        var evaluator = ConditionEvaluator(condition, endings)
        endings = Endings()
        let needed = condition.keptByteCount
        var content = ByteBuffer()
        var bytes = 0
        while examinedCount < end, bytes < Self.bytesPerStep {
            defer { pass(rowAt) }
            let row = rowAt(examinedCount)
            let frame = transcript.rows[Int(row)]
            if isHidden(frame) { continue }
            let place = Int(frame.connection)
            let connection = transcript.connections[place].constant.connection
            let selection = selections[frame.connection] ?? select(transcript.connections[place], &evaluator)
            if selection.verdict == .nothing { continue }
            content.removeAll()
            if needed > 0 { transcript.appendContent(of: row, payloads, limit: needed, to: &content) }
            bytes += content.count
            let whole = transcript.frame(row)
            let message = transcript.message(row, whole)
            if needed > 0, transcript.isUnkept(row) {
                let answer = evaluator.matches(
                    whole, findings: whole.findings, ending: message, incomplete: content.span, of: connection, selection)
                if answer == nil { undecidedCount += 1 }
                if answer ?? false { take(row, rowAt) }
                continue
            }
            if evaluator.matches(whole, findings: whole.findings, ending: message, content: content.span, of: connection, selection) {
                take(row, rowAt)
            }
        }
        if showsMarkers { selectMarkers(transcript, &evaluator) }
        givenUpCount += evaluator.givenUpCount
        endings = evaluator.endings
    }

    /// Those before the next frame.
    private mutating func selectMarkers(_ transcript: Transcript, _ evaluator: inout ConditionEvaluator) {
        while examinedMarkerCount < transcript.markers.count, transcript.markers[examinedMarkerCount].row <= examinedCount {
            let marker = transcript.markers[examinedMarkerCount]
            examinedMarkerCount += 1
            switch marker.kind {
            case .opened(let index), .ended(let index):
                let selection = selections[index] ?? select(transcript.connections[Int(index)], &evaluator)
                if selection.verdict == .all { markers.append(marker) }
            case .encrypted, .attempt: break
            }
        }
    }

    private func isHidden(_ frame: FrameRow) -> Bool { hidesHeartbeats && (frame.opcode == .ping || frame.opcode == .pong) }

    /// Selects the frame that is examined.
    private mutating func take(_ row: UInt32, _ rowAt: (Int) -> UInt32) {
        rows.append(row)
        if context > 0 { show(around: examinedCount, rowAt) }
    }

    private mutating func pass(_ rowAt: (Int) -> UInt32) {
        examinedCount += 1
        if context > 0, nextShown < min(contextEnd, examinedCount) { showNext(rowAt) }
    }

    private mutating func select(_ entry: ConnectionEntry, _ evaluator: inout ConditionEvaluator) -> Selection {
        if let ending = entry.ending { evaluator.learn(ending, of: entry.constant.connection) }
        let selection = evaluator.selection(of: entry.constant.connection)
        selections[UInt32(truncatingIfNeeded: entry.number - 1)] = selection
        return selection
    }
}

extension ConnectionEntry {
    /// Nil while it lasts.
    var ending: Ending? {
        guard let verdict else { return nil }
        var (client, server) = (Totals(), Totals())
        (client.frames, client.bytes) = (frames[0], bytes[0])
        (server.frames, server.bytes) = (frames[1], bytes[1])
        return Ending(verdict, client: client, server: server)
    }
}

extension Transcript {
    /// The frame, put together again.
    func frame(_ index: UInt32) -> Frame {
        let row = rows[Int(index)]
        let details = details(of: index)
        var packets = PacketList(UInt64(row.packet))
        if let several = details?.packets, several.first > 0 { packets = several }
        var frame = Frame(
            row.fullHeader(details?.length ?? row.length), number: UInt64(row.number), from: row.from, time: row.time,
            endTime: details?.endTime ?? row.time, packets: packets, message: UInt64(row.message), messageOpcode: row.messageOpcode,
            isCompressed: row.isCompressed)
        frame.roundTrip = details?.roundTrip
        if let captured = details?.capturedLength { frame.capturedLength = captured }
        if row.severity != nil { frame.findings = findings(of: index).map { findings[$0].finding } }
        return frame
    }

    /// The message that a frame ends, put together again.
    func message(_ index: UInt32, _ frame: borrowing Frame) -> Message? {
        let row = rows[Int(index)]
        guard row.flags.contains(.endsMessage) else { return nil }
        var message = Message(of: frame, length: row.flags.contains(.storesContent) ? UInt64(row.storedCount) : frame.header.length)
        if let several = details(of: index)?.message {
            message.frameCount = several.frameCount
            message.length = several.length
            message.wireLength = several.wireLength
            if let first = frames(ofMessageOf: index).first { message.time = rows[Int(first)].time }
        }
        return message
    }

    /// Bytes that `appendContent` gives where all are kept.
    func contentLength(of index: UInt32) -> UInt64 {
        let row = rows[Int(index)]
        if row.flags.contains(.endsMessage) { return row.messageLength(details(of: index)) }
        // Of what is still compressed nothing else is known.
        return row.isCompressed ? UInt64(row.storedCount) : details(of: index)?.capturedLength ?? length(of: index)
    }

    /// Something of what `appendContent` gives was not kept at all.
    func isUnkept(_ index: UInt32) -> Bool {
        let row = rows[Int(index)]
        guard row.isFragment, !row.isCompressed, row.flags.contains(.endsMessage) else { return row.isUnkept }
        return frames(ofMessageOf: index).contains { rows[Int($0)].isUnkept }
    }

    /// The content of the message that a frame ends; of any other frame its payload.
    func appendContent(of index: UInt32, _ payloads: Payloads, limit: Int = .max, to output: inout ByteBuffer) {
        let row = rows[Int(index)]
        if row.isUnkept, let code = details(of: index)?.closeCode?.rawValue {
            output.append(UInt8(truncatingIfNeeded: code >> 8))
            output.append(UInt8(truncatingIfNeeded: code))
        }
        guard row.isFragment, !row.isCompressed, row.flags.contains(.endsMessage) else {
            return payloads.append(row, limit: limit, to: &output)
        }
        for part in frames(ofMessageOf: index) where output.count < limit {
            payloads.append(rows[Int(part)], limit: limit - output.count, to: &output)
        }
    }
}
