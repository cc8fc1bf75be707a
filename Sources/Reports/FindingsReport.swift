import Bytes
import Inspection
import Rules
import WebSocket

/// Findings only, a line each: `capture place  severity  rule  what`.
public struct FindingsReport: EventSink, ~Copyable {
    public var output = ByteBuffer()
    /// Frames looked at.
    public private(set) var shownCount: UInt64 = 0
    let palette: Palette

    public init(palette: Palette = Palette()) { self.palette = palette }

    public mutating func opened(_ connection: Connection) {}
    public mutating func ended(_ connection: Connection) {}
    public mutating func abandoned(_ message: Message, content: Span<UInt8>, of connection: Connection) {}

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        shownCount += 1
        for finding in frame.findings {
            write(finding, "#\(connection.number) frame \(frame.number) from the \(frame.from.name), packet \(frame.packets.first)")
        }
    }

    public mutating func found(_ finding: Finding, from side: Side?, in connection: Connection?, at time: Timestamp) {
        let place = connection.map { "#\($0.number)" } ?? "capture"
        write(finding, side.map { "\(place) from the \($0.name)" } ?? place)
    }

    private mutating func write(_ finding: Finding, _ place: String) {
        let entry = finding.rule.entry
        let ink: Ink = entry.severity == .violation ? .violation : entry.severity == .warning ? .warning : .note
        output.append(string: place)
        output.append(": ")
        palette.begin(ink, in: &output)
        output.append(entry.severity.name)
        output.append(" ")
        output.append(string: finding.rule.rawValue)
        palette.end(ink, in: &output)
        output.append(": ")
        output.append(entry.label)
        var safe = SafeText()
        if let expected = finding.expected { safe.append(", expected \(expected)", to: &output) }
        if let found = finding.found { safe.append(", found \(found)", to: &output) }
        if let section = entry.section {
            output.append(" (")
            output.append(section)
            output.append(")")
        }
        output.append("\n")
    }
}
