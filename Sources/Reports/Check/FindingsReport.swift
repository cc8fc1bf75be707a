import Bytes
import Inspection
import Rules
import Text
import WebSocket

/// Findings only, a line each, as compilers write theirs: `file:packet: severity: what [rule, section] where`.
public struct FindingsReport: FindingSink, ~Copyable {
    public var output = ByteBuffer()
    /// Frames looked at.
    public var shownCount: UInt64 = 0
    /// Frames after which it has enough.
    public var frameLimit = UInt64.max
    let palette: Palette
    /// The inputs so far, and the number that the first packet of each has.
    private var files: [(name: String, firstPacket: UInt64)] = []

    /// Findings that are alike, in the order of the first of each; nil where each has a line as it comes.
    private var groups: FindingGroups?

    /// - Parameter groups: findings that are alike share a line, which is written at the end.
    public init(palette: Palette = Palette(), groups: Bool = false) {
        self.palette = palette
        self.groups = groups ? FindingGroups() : nil
    }

    /// Writes the lines of findings that are alike.
    public mutating func finish() {
        guard let groups else { return }
        for line in groups.lines {
            output.append(line.text.span)
            if line.count > 1 { write(" \(palette.isASCII ? "x" : "×")\(line.count)") }
            output.append("\n")
        }
    }

    /// Says which file the next packets are from.
    public mutating func begin(file name: String, firstPacket: UInt64) { files.append((name, firstPacket)) }

    public mutating func begin(_ connection: Connection) {}
    public mutating func end(_ connection: Connection) {}

    public mutating func take(_ plain: PlainFinding) {
        if groups?.hasCounted(plain) == true { return }
        let begin = output.count
        writeLine(plain)
        if groups?.take(from: begin, of: &output, plain) == true { return }
        output.append("\n")
    }

    private mutating func writeLine(_ plain: PlainFinding) {
        let finding = plain.finding
        let entry = finding.rule.entry
        let ink = Ink(entry.severity)
        writeFile(plain.packet, near: plain.packet ?? plain.connection?.packets.last)
        palette.begin(ink, in: &output)
        output.append(entry.severity.name)
        palette.end(ink, in: &output)
        output.append(": ")
        output.append(entry.label)
        if let found = finding.found, !finding.rule.isToldByLabel { write(": \(found)") }
        if let expected = finding.expected { write(", expected \(expected)") }
        write(" [\(finding.rule.rawValue)\(entry.section.map { ", \($0)" } ?? "")] \(plain.place)")
    }

    /// The file that holds a packet, and the packet's number in it; without a packet the file of one that is `near`, or the last.
    private mutating func writeFile(_ packet: UInt64?, near: UInt64?) {
        guard let file = files.last(where: { $0.firstPacket <= near ?? .max }) else { return }
        write(packet.map { "\(file.name):\($0 - file.firstPacket + 1): " } ?? "\(file.name): ")
    }

    private mutating func write(_ text: String) {
        var safe = SafeText(isASCII: palette.isASCII)
        safe.append(palette.spelled(text), to: &output)
    }
}
