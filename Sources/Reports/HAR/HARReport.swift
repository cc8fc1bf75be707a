import Bytes
import Inspection
import Rules
import Subprotocols
import WebSocket

/// Writes connections as an HTTP Archive, HAR 1.2, with the messages as Chromium's developer tools write and read them.
///
/// An entry is written when its connection ends. Until then its messages wait as JSON, up to a limit over all connections;
/// what would exceed it is left out, and the entry says so.
public struct HARReport: CountingSink, ~Copyable {
    public struct Options: Sendable {
        /// Messages without what they carry.
        public var leavesOutPayloads = false
        /// Bytes of a payload that are shown at most, nil for all.
        public var payloadLimit: Int?
        /// Bytes of JSON that wait for the end of their connections.
        public var waitingByteCount = 128 << 20

        /// Takes away what has been written of an entry that is long; without it, all of it gathers in `output`.
        public var drain: (@Sendable (inout ByteBuffer) -> Void)?

        public init() {}

        /// What to ask of an inspector, as its `keptByteCount`.
        public var keptByteCount: Int {
            leavesOutPayloads ? 125 : payloadLimit.map { max(min($0, .max - 1) + 1, 125) } ?? .max
        }
    }

    let options: Options
    public var output = ByteBuffer()
    public private(set) var shownCount: UInt64 = 0
    /// Frames after which it has enough.
    public var frameLimit = UInt64.max
    /// Messages left out because of the limit.
    public private(set) var omittedCount: UInt64 = 0
    /// What waits of the connections that are open, by their number.
    private var open: [UInt64: HAREntry] = [:]
    private var waitingByteCount = 0
    private var isFirstEntry = true
    /// Findings that belong to no open connection.
    private var strayFindings = HARList()
    var time = TimeText()

    public init(_ options: Options = Options()) { self.options = options }

    public mutating func begin(tool: String, version: String) {
        output.append(#"{"log":{"version":"1.2","creator":{"name":"#, string: tool)
        output.append(#","version":"#, string: version)
        output.append(json: "},\"pages\":[],\"entries\":[\n")
    }

    /// - Parameter reason: why the input could not be read to its end; nil when it could.
    public mutating func finish(brokenOff reason: String? = nil) {
        output.append(json: "]")
        if !strayFindings.isEmpty {
            output.append(json: #","_findings":["#)
            strayFindings.move(to: &output) { _ in }
            output.append(json: "]")
        }
        if let reason { output.append(#","comment":"#, string: reason) }
        output.append(json: "}}\n")
    }

    // MARK: Events

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        shownCount += 1
        guard let entry = open[connection.number] else { return }
        let before = entry.byteCount
        if frame.header.opcode.isControl {
            if hasRoom(for: payload, entry) { entry.appendControl(frame, payload, options) }
        } else if let message {
            if hasRoom(for: content, entry) { entry.append(message, content, endedBy: frame, options) }
        }
        for finding in frame.isUnremarkable ? [] : frame.findings where hasRoom(entry) {
            entry.findings.append(finding, from: frame.from, at: frame.time, frame: frame.number)
        }
        waitingByteCount += entry.byteCount - before
    }

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message, content: Span<UInt8>, meaning: borrowing Meaning,
        of connection: Connection
    ) {
        guard let entry = open[connection.number] else {
            return self.frame(frame, payload: payload, ending: message, content: content, of: connection)
        }
        let before = entry.messages.byteCount
        self.frame(frame, payload: payload, ending: message, content: content, of: connection)
        // Where the message was left out, so is what it means.
        guard entry.messages.byteCount > before else { return }
        let after = entry.messages.byteCount
        entry.append(meaning)
        waitingByteCount += entry.messages.byteCount - after
    }

    public mutating func note(_ event: Event) {
        switch event {
        case .opened(let connection): open[connection.number] = HAREntry(isRecorded: connection.isRecorded)
        case .abandoned(let message, let content, let connection): take(abandoned: message, content.span, of: connection)
        case .found(let finding, let side, let connection, let time): take(finding, from: side, in: connection, at: time)
        case .ended(let end): write(end)
        case .exchanged, .polled, .encrypted, .attempted, .shared, .located, .spoke: break
        }
    }

    private mutating func take(abandoned message: Message, _ content: Span<UInt8>, of connection: Connection) {
        guard let entry = open[connection.number] else { return }
        let before = entry.byteCount
        if hasRoom(for: content, entry) { entry.append(message, content, endedBy: nil, options) }
        waitingByteCount += entry.byteCount - before
    }

    private mutating func take(_ finding: Finding, from side: Side?, in connection: Connection?, at time: Timestamp) {
        guard let entry = connection.flatMap({ open[$0.number] }) else {
            if strayFindings.byteCount < HARList.strayByteCount {
                strayFindings.append(finding, from: side, at: time, connection: connection?.number)
            }
            return
        }
        let before = entry.byteCount
        if hasRoom(entry) { entry.findings.append(finding, from: side, at: time) }
        waitingByteCount += entry.byteCount - before
    }

    private mutating func write(_ end: ConnectionEnd) {
        guard let entry = open.removeValue(forKey: end.connection.number) else { return }
        waitingByteCount -= entry.byteCount
        if !isFirstEntry { output.append(json: ",\n") }
        isFirstEntry = false
        append(end, entry)
        output.append(json: "\n")
    }

    // MARK: The limit

    /// Whether a payload may wait; in base 64 or with escapes it is longer than it was.
    private mutating func hasRoom(for payload: Span<UInt8>, _ entry: HAREntry) -> Bool {
        let length = options.leavesOutPayloads ? 0 : min(payload.count, options.payloadLimit ?? .max)
        if waitingByteCount + length / 3 * 4 + 256 <= options.waitingByteCount { return true }
        omittedCount += 1
        entry.omittedCount += 1
        return false
    }

    private func hasRoom(_ entry: HAREntry) -> Bool { waitingByteCount + entry.findings.byteCount < options.waitingByteCount * 2 }
}
