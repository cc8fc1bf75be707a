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
    /// Columns of the terminal; nil where lines need not fit one.
    let width: Int?
    private var files: [NumberedFile] = []

    /// Findings that are alike, in the order of the first of each; nil where each has a line as it comes.
    private var groups: FindingGroups?

    /// - Parameters:
    ///   - width: columns of the terminal; nil where lines need not fit one.
    ///   - groups: findings that are alike share a line, which is written at the end.
    public init(palette: Palette = Palette(), width: Int? = nil, groups: Bool = false) {
        self.palette = palette
        self.width = width
        self.groups = groups ? FindingGroups() : nil
    }

    /// Writes the lines of findings that are alike.
    public mutating func finish() {
        guard let groups else { return }
        // After their lines; those whose lines have been written come first.
        var rests = groups.rests.sorted { ($0.place ?? -1) < ($1.place ?? -1) }[...]
        func writeRests(after place: Int?) {
            while let rest = rests.first, rest.place == place {
                rests.removeFirst()
                writeLine(rest.plain, count: rest.count)
                output.append("\n")
            }
        }
        writeRests(after: nil)
        for (place, line) in groups.lines.enumerated() {
            output.append(line.text.span)
            var end = WrappedLine(palette, width: width, after: line.columns)
            if line.count > 1 { end.add(" \(palette.isASCII ? "x" : "×")\(line.count)", indent: Self.indent) }
            end.end(in: &output)
            writeRests(after: place)
        }
    }

    /// Says which file the next packets are from.
    public mutating func begin(file name: String, firstPacket: UInt64) { files.append(NumberedFile(name: name, firstPacket: firstPacket)) }

    public mutating func begin(_ connection: Connection) {}
    public mutating func end(_ connection: Connection) { groups?.end(connection.number) }

    public mutating func take(_ plain: PlainFinding) {
        if groups?.hasCounted(plain) == true { return }
        let begin = output.count
        let columns = writeLine(plain)
        if groups?.take(from: begin, of: &output, columns: columns, plain) == true { return }
        output.append("\n")
    }

    /// Columns before what goes on in the next row of a terminal.
    private static let indent = 4

    /// - Parameter count: that of findings that share the line, where it stands for several that differ.
    /// - Returns: the columns of its last row.
    @discardableResult
    private mutating func writeLine(_ plain: PlainFinding, count: UInt64? = nil) -> Int {
        let finding = plain.finding
        let entry = finding.rule.entry
        var line = WrappedLine(palette, width: width)
        let packet = count == nil ? plain.packet : nil
        line.add(file(of: packet, near: plain.packet ?? plain.connection?.handshakeEnd), indent: Self.indent)
        line.add("\(entry.severity.name)", Ink(entry.severity), indent: Self.indent)
        var words = ": \(entry.label)"
        if let count {
            words += ": \(palette.isASCII ? "..." : "…") and \(Quantity.count(count)) more like it"
        } else {
            if let found = finding.found, !finding.rule.isToldByLabel { words += ": \(found)" }
            if let expected = finding.expected { words += ", expected \(expected)" }
        }
        let place = count == nil ? plain.place : plain.placeOfMany
        words += " [\(finding.rule.rawValue)\(entry.section.map { ", \($0)" } ?? "")] \(place)"
        line.add(words, indent: Self.indent)
        line.write(to: &output)
        return line.columns
    }

    /// The file that holds a packet, and the packet's number in it; without a packet the file of one that is `near`, or the last.
    private func file(of packet: UInt64?, near: UInt64?) -> String {
        guard let file = files.file(of: near ?? .max) else { return "" }
        return packet.map { "\(file.name):\(file.number(of: $0)): " } ?? "\(file.name): "
    }
}
