import Bytes
import WebSocket

/// What a HAR file or a Playwright trace says of WebSocket connections, event by event.
///
/// It is read once, from front to back. Events come in the order of time, over all connections; where more would have to wait than the limit
/// allows, in parts that are each in order. What a broken file has before the damage comes first, then the error.
public struct RecordingReader: ~Copyable {
    enum State {
        case beginning
        /// A trace has a value in each line.
        case lines
        /// In the object of a line.
        case line(isFirst: Bool)
        case entries(isFirst: Bool)
        case entry(isFirst: Bool)
        case messages(isFirst: Bool)
        /// Messages that stand in a file of their own, one after the other.
        case attachment
        case ended
    }

    let limits: RecordingLimits
    public internal(set) var facts = RecordingFacts()
    var stream: JSONStream
    var state = State.beginning
    var entry = RecordedEntry()
    var order = RecordedOrder()
    /// Files of an archive that are still to be read.
    var archive: RecordedArchive?
    /// The file that named the one with messages that is being read.
    var outer: JSONStream?
    var data = ByteBuffer()
    var spare = ByteBuffer()
    var number = 0
    private var failure: RecordingError?
    private var isPlaying = false

    /// Reads a HAR.
    public init(_ source: any RecordedBytes, limits: RecordingLimits = RecordingLimits()) {
        self.limits = limits
        stream = JSONStream(source)
    }

    /// Reads an archive: a Playwright trace, or a HAR with files beside it.
    public init(_ archive: RecordedArchive, limits: RecordingLimits = RecordingLimits()) throws(RecordingError) {
        self.limits = limits
        self.archive = archive
        stream = JSONStream(BytesInMemory([]))
        if try !beginNextFile() { throw archive.foreign }
    }

    /// The next event; nil at the end.
    public mutating func next() throws(RecordingError) -> RecordedEvent? {
        while true {
            if isPlaying {
                if let event = order.next() { return event }
                order.forget()
                isPlaying = false
            }
            if case .ended = state {
                if let failure { throw failure }
                return nil
            }
            readOn()
            if case .ended = state {} else { facts.isPartlyOrdered = true }
            order.arrange()
            facts.untimedCount = order.untimedCount
            isPlaying = true
        }
    }

    /// The content of the message that `next` returned last.
    public var content: Span<UInt8> {
        @_lifetime(borrow self)
        get { order.content }
    }

    /// Reads until the end, or as much as may wait.
    private mutating func readOn() {
        do throws(RecordingError) {
            while order.waitingByteCount <= limits.waitingByteCount {
                if case .ended = state { return }
                try step()
            }
        } catch {
            failure = error
            endEntry()
            state = .ended
        }
    }

    private mutating func step() throws(RecordingError) {
        switch state {
        case .beginning: try begin()
        case .lines: try beginLine()
        case .line(let isFirst): try takeMemberOfLine(isFirst)
        case .entries(let isFirst): try beginEntry(isFirst)
        case .entry(let isFirst): try takeMember(isFirst)
        case .messages(let isFirst): try takeMessage(isFirst)
        case .attachment: try takeAttached()
        case .ended: break
        }
    }

    /// Begins the next file of an archive that has entries.
    mutating func beginNextFile() throws(RecordingError) -> Bool {
        guard let archive, let file = try archive.nextFile() else { return false }
        stream = JSONStream(file.bytes)
        facts.format = archive.isTrace ? .playwrightTrace : .har
        if facts.recorder.isEmpty { facts.recorder = archive.recorder }
        state = file.isTrace ? .lines : .beginning
        return true
    }

    // MARK: The way to the entries

    private mutating func begin() throws(RecordingError) {
        try stream.passByteOrderMark()
        guard try stream.peek() == UInt8(ascii: "{") else { throw Self.foreign }
        _ = try stream.enterObject()
        var isFirst = true
        while let member = try stream.nextMember(&isFirst) {
            guard member == .log else {
                try stream.skip()
                continue
            }
            guard try stream.enterObject() else { throw Self.foreign }
            var isFirstOfLog = true
            while let member = try stream.nextMember(&isFirstOfLog) {
                if member == .creator {
                    try takeCreator()
                } else if member == .browser {
                    try takeBrowser()
                } else if member == .entries {
                    guard try stream.enterArray() else { throw Self.foreign }
                    state = .entries(isFirst: true)
                    return
                } else {
                    try stream.skip()
                }
            }
        }
        throw Self.foreign
    }

    static let foreign = RecordingError(
        .notARecording, "is JSON text without `log` and `entries`, and so no HAR; packets are read as `tcpdump -w` writes them")

    private mutating func takeCreator() throws(RecordingError) {
        let (creator, version) = try takeNameAndVersion()
        facts.recorder = [creator, version].filter { !$0.isEmpty }.joined(separator: " ")
    }

    private mutating func takeBrowser() throws(RecordingError) {
        let (browser, version) = try takeNameAndVersion()
        let text = [browser, version].filter { !$0.isEmpty }.joined(separator: " ")
        if !text.isEmpty { facts.recorder += facts.recorder.isEmpty ? text : " (\(text))" }
    }

    private mutating func takeNameAndVersion() throws(RecordingError) -> (String, String) {
        guard try stream.enterObject() else { return ("", "") }
        var texts = ("", "")
        var isFirst = true
        while let member = try stream.nextMember(&isFirst) {
            if member == .name {
                texts.0 = try stream.shortText(limit: 128) ?? ""
            } else if member == .version {
                texts.1 = try stream.shortText(limit: 128) ?? ""
            } else {
                try stream.skip()
            }
        }
        return texts
    }

    private mutating func beginLine() throws(RecordingError) {
        guard try stream.peek() != nil else {
            if try !beginNextFile() { state = .ended }
            return
        }
        if try stream.enterObject() { state = .line(isFirst: true) }
    }

    private mutating func takeMemberOfLine(_ isFirst: Bool) throws(RecordingError) {
        var isFirst = isFirst
        guard let member = try stream.nextMember(&isFirst) else {
            state = .lines
            return
        }
        state = .line(isFirst: false)
        guard member == .snapshot, try stream.peek() == UInt8(ascii: "{") else { return try stream.skip() }
        _ = try stream.enterObject()
        beginEntry()
    }

    private mutating func beginEntry(_ isFirst: Bool) throws(RecordingError) {
        var isFirst = isFirst
        guard try stream.nextElement(&isFirst) else {
            // What follows the entries says nothing of connections.
            if try !beginNextFile() { state = .ended }
            return
        }
        state = .entries(isFirst: false)
        if try stream.enterObject() { beginEntry() }
    }

    private mutating func beginEntry() {
        entry = RecordedEntry()
        order.begin(number)
        state = .entry(isFirst: true)
    }
}
