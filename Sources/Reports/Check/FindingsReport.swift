import Bytes
import Inspection
import Rules

/// Findings only, a line each: `#1 frame 2 from the client, packet 9: violation rule.id: what`.
public struct FindingsReport: FindingSink, ~Copyable {
    public var output = ByteBuffer()
    /// Frames looked at.
    public var shownCount: UInt64 = 0
    let palette: Palette

    public init(palette: Palette = Palette()) { self.palette = palette }

    public mutating func opened(_ connection: Connection) {}
    public mutating func ended(_ connection: Connection) {}

    public mutating func take(_ plain: PlainFinding) {
        let severity = plain.finding.rule.severity
        let ink: Ink = severity == .violation ? .violation : severity == .warning ? .warning : .note
        output.append(string: plain.place)
        output.append(": ")
        palette.begin(ink, in: &output)
        output.append(severity.name)
        output.append(" ")
        output.append(string: plain.finding.rule.rawValue)
        palette.end(ink, in: &output)
        output.append(": ")
        plain.appendMessage(to: &output)
        output.append("\n")
    }
}
