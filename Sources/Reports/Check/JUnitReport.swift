import Bytes
import Inspection
import Packets
import Rules

/// Findings as JUnit XML, which most CI systems show: one test case a connection, and one for what belongs to none.
///
/// The counts stand before the cases, so everything is written at the end; of a connection at most 1,000 findings are kept.
public struct JUnitReport: FindingSink, ~Copyable {
    private static let keptCount: UInt64 = 1_000

    /// A test case in the making.
    private struct Case: Sendable {
        var failures: [UInt8] = []
        var remarks: [UInt8] = []
        var count: UInt64 = 0
        var hasFailed = false
    }

    public var output = ByteBuffer()
    /// Frames looked at.
    public var shownCount: UInt64 = 0
    /// Frames after which it has enough.
    public var frameLimit = UInt64.max
    private let failOn: Severity
    private var open: [UInt64: Case] = [:]
    private var cases = ByteBuffer()
    private var caseCount: UInt64 = 0
    private var failureCount: UInt64 = 0
    private var files: [NumberedFile] = []
    private let leastConnectionCount: UInt64
    /// Consumers that do not know the attribute have to tell the cases of several files apart as well.
    private var namesFiles = false

    /// - Parameters:
    ///   - failOn: least severity that makes a case fail; findings below it are shown as output of the case.
    ///   - least: with fewer WebSocket connections, there is a case with an error.
    public init(failOn: Severity, least leastConnectionCount: UInt64 = 0) {
        self.failOn = failOn
        self.leastConnectionCount = leastConnectionCount
    }

    /// Says how many files there are.
    public mutating func begin(sources: [String]) { namesFiles = sources.count > 1 }

    /// Says which file the next packets are from.
    public mutating func begin(file name: String, firstPacket: UInt64) { files.append(NumberedFile(name: name, firstPacket: firstPacket)) }

    public mutating func begin(_ connection: Connection) { open[connection.number] = Case() }

    public mutating func end(_ connection: Connection) {
        guard let made = open.removeValue(forKey: connection.number) else { return }
        let url = connection.url.map { " \($0)" } ?? ""
        let ends = connection.client.isKnown || connection.server.isKnown ? " \(connection.client) \(connection.server)" : ""
        write(made, named: "#\(connection.number)\(ends)\(url)", files.file(of: connection.packets.first))
    }

    public mutating func take(_ plain: PlainFinding) {
        // 0 is no connection's number.
        let number = plain.connection?.number ?? 0
        var made = open[number] ?? Case()
        made.count += 1
        let isFailure = plain.finding.rule.severity >= failOn
        if isFailure { made.hasFailed = true }
        if made.count <= Self.keptCount {
            var line = ByteBuffer()
            line.append(string: plain.place)
            if let packet = plain.packet, let file = files.file(of: packet) { line.append(string: ", packet \(file.number(of: packet))") }
            line.append(string: ": \(plain.finding.rule.severity.name) ")
            line.append(string: plain.finding.rule.rawValue)
            line.append(": ")
            plain.appendMessage(to: &line)
            line.append("\n")
            if isFailure { made.failures += line.span.copied() } else { made.remarks += line.span.copied() }
        }
        open[number] = made
    }

    /// Writes the document.
    /// - Parameter failure: why the input could not be read to its end.
    public mutating func finish(_ summary: Summary, failure: String?) {
        // What comes behind a connection's end belongs to no open case.
        for (number, made) in open.sorted(by: { $0.key < $1.key }) {
            write(made, named: number == 0 ? "capture" : "#\(number), later")
        }
        let failure = failure ?? summary.lack(ofConnections: leastConnectionCount)
        if let failure { write(error: failure) }
        output.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n")
        output.append(
            string: "<testsuite name=\"wsray\" tests=\"\(caseCount)\" failures=\"\(failureCount)\" errors=\"\(failure == nil ? 0 : 1)\">\n")
        output.append(contentsOf: cases)
        output.append("</testsuite>\n</testsuites>\n")
    }

    /// What keeps the whole from being judged: consumers look at elements, and not at the counts alone.
    private mutating func write(error: String) {
        begin("input", files.last)
        cases.append("<error message=\"")
        cases.append(xml: Array(error.utf8).span)
        cases.append("\"/></testcase>\n")
    }

    private mutating func begin(_ name: String, _ file: NumberedFile?) {
        caseCount += 1
        cases.append("<testcase classname=\"wsray\" name=\"")
        cases.append(xml: Array(name.utf8).span)
        if let file {
            cases.append("\" file=\"")
            cases.append(xml: Array(file.name.utf8).span)
        }
        cases.append("\">")
    }

    private mutating func write(_ made: Case, named name: String, _ file: NumberedFile? = nil) {
        begin(namesFiles ? file.map { "\($0.name) \(name)" } ?? name : name, file)
        if made.hasFailed {
            failureCount += 1
            cases.append(string: "<failure message=\"findings of severity \(failOn.name) or above\">")
            cases.append(xml: made.failures.span)
            if made.count > Self.keptCount { cases.append(string: "and more, \(made.count) findings in all\n") }
            cases.append("</failure>")
        }
        if !made.remarks.isEmpty {
            cases.append("<system-out>")
            cases.append(xml: made.remarks.span)
            cases.append("</system-out>")
        }
        cases.append("</testcase>\n")
    }
}

extension ByteBuffer {
    /// Text as XML 1.0 allows it: escaped, and `?` in the place of what it cannot contain even so.
    mutating func append(xml text: Span<UInt8>) {
        let scalars = unsafe text.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }.unicodeScalars
        for scalar in scalars {
            switch scalar.value {
            case 0x26: append("&amp;")
            case 0x3C: append("&lt;")
            case 0x3E: append("&gt;")
            case 0x22: append("&quot;")
            case 0x9, 0xA, 0xD, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...: append(string: String(scalar))
            default: append("?")
            }
        }
    }
}
