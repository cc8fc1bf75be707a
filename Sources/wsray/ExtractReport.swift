import Bytes
import Digests
import Inspection
import Reports
import Rules
import Text
import WebSocket

/// Writes each message to a file, and a line on each to the index.
struct ExtractReport: EventReport, ~Copyable {
    var output = ByteBuffer()
    private let directory: OutputDirectory
    private let fileLimit: Int
    private let byteLimit: Int
    private var fileCount = 0
    private var byteCount = 0
    private var omittedCount: UInt64 = 0
    private var truncatedCount: UInt64 = 0
    private var failure: String?
    private var frameCount: UInt64 = 0
    private var index = ByteBuffer()
    private var time = TimeText()

    init(_ directory: OutputDirectory, fileCount: Int, byteCount: Int) {
        self.directory = directory
        fileLimit = fileCount
        byteLimit = byteCount
    }

    private var frameLimit = UInt64.max

    /// After a failure nothing more is to be read.
    var hasEnough: Bool { failure != nil || frameCount >= frameLimit }
    mutating func limit(frames count: UInt64) { frameLimit = count }

    mutating func begin(sources: [String]) {
        do throws(OutputDirectory.Failure) { try directory.open() } catch { failure = error.message }
    }

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        frameCount += 1
        if let message, !message.opcode.isControl { write(message, content, of: connection) }
    }

    mutating func note(_ event: Event) {
        if case .abandoned(let message, let content, let connection) = event { write(message, content.span, of: connection) }
    }

    mutating func finish(_ summary: Summary, failure reason: String?) {
        flushIndex()
        directory.finish()
        if let failure { return Output.remark(failure) }
        Output.remark("extracted: \(Quantity.counted(UInt64(fileCount), "message")), \(Quantity.size(UInt64(byteCount)))")
        if truncatedCount > 0 {
            let messages = truncatedCount == 1 ? "1 message is" : "\(Quantity.count(truncatedCount)) messages are"
            Output.remark("\(messages) longer than --limit-message: only the beginning is in the file")
        }
        if omittedCount > 0 {
            Output.remark("\(Quantity.counted(omittedCount, "message")) left out: --limit-files or --limit-total was reached")
        }
    }

    // MARK: A message

    private mutating func write(_ message: Message, _ content: Span<UInt8>, of connection: Connection) {
        guard failure == nil else { return }
        guard fileCount < fileLimit, content.count <= byteLimit - byteCount else {
            omittedCount += 1
            return
        }
        let name = name(of: message, content, in: connection)
        do throws(OutputDirectory.Failure) {
            try directory.write(content, to: name)
        } catch {
            failure = error.message
            return
        }
        fileCount += 1
        byteCount += content.count
        appendLine(name, message, content, of: connection)
        if index.count > 1 << 16 { flushIndex() }
    }

    private func name(of message: Message, _ content: Span<UInt8>, in connection: Connection) -> String {
        func padded(_ number: UInt64, _ width: Int) -> String {
            let digits = "\(number)"
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let ending = ContentType.ending(of: content, isText: message.isValidText)
        return "c\(padded(connection.number, 4))-m\(padded(message.number, 6))-\(message.from.name).\(ending)"
    }

    private mutating func appendLine(_ name: String, _ message: Message, _ content: Span<UInt8>, of connection: Connection) {
        let digits = Int(connection.fractionDigits)
        index.append("{\"file\":\"")
        index.append(string: name)
        index.append("\",\"connection\":")
        index.append(decimal: connection.number)
        index.append(",\"message\":")
        index.append(decimal: message.number)
        index.append(",\"time\":\"")
        time.append(message.time, digits: digits, to: &index)
        if message.endTime != message.time {
            index.append("\",\"endTime\":\"")
            time.append(message.endTime, digits: digits, to: &index)
        }
        index.append("\",\"from\":\"")
        index.append(message.from.name)
        index.append("\",\"opcode\":")
        index.append(decimal: UInt64(message.opcode.rawValue))
        index.append(",\"kind\":\"")
        index.append(message.opcode.name)
        index.append("\",\"length\":")
        index.append(decimal: message.length)
        index.append(",\"written\":")
        index.append(decimal: UInt64(content.count))
        index.append(",\"sha256\":\"")
        let sum = SHA256.hash(content)
        index.append(string: Hex.encode(sum.span))
        index.append("\"")
        if message.unknownByteCount > 0 {
            index.append(",\"unknown\":")
            index.append(decimal: message.unknownByteCount)
        }
        if message.isRedacted {
            index.append(",\"redacted\":true")
        } else if UInt64(content.count) < message.length, message.isComplete {
            index.append(",\"truncated\":true")
            truncatedCount += 1
        }
        if !message.isComplete { index.append(",\"complete\":false") }
        index.append("}\n")
    }

    private mutating func flushIndex() {
        guard failure == nil, !index.isEmpty else { return }
        do throws(OutputDirectory.Failure) { try directory.appendToIndex(index.span) } catch { failure = error.message }
        index.removeAll()
    }
}
