import Bytes
import Chains
import Inspection
import Packets
import Text
import Verdicts

extension SummaryReport {
    mutating func writeTable(_ summary: Summary) {
        if !table.groups.isEmpty { writeGroups() }
        writeChains()
        if table.totals.connectionCount > 0 {
            output.append("\n")
            writeLine(table.totals.words, .strong)
        }
        if table.totals.omittedCount > 0 {
            writeLine("\(Quantity.counted(table.totals.omittedCount, "connection")) in no row: --limit-rows", .note)
        }
        for remark in summary.remarks {
            writeLine(remark, .warning)
        }
        if table.totals.connectionCount > 0 { write(advice: options.advice) }
    }

    private mutating func writeGroups() {
        var rows = Table(columns)
        let sign = options.palette
        for group in table.ordered(by: options.order ?? .worst) {
            let standing = group.standing
            rows.add(
                [
                    "\(standing.sign(sign))", group.first == .max ? "" : "#\(group.first)",
                    group.count > 1 ? "\(sign.isASCII ? "x" : "×")\(Quantity.count(group.count))" : "",
                    group.key.browser.map { "\($0)" } ?? "", group.key.phrase, group.durationWords, Quantity.count(group.frames),
                    Quantity.size(group.bytes), group.target, ends(group),
                ], standing.ink)
        }
        rows.write(to: &output, options.palette, width: options.width)
    }

    /// Clients that are told of in full.
    private static var chainLimit: Int { 5 }

    private mutating func writeChains() {
        let figures = chains.found()
        guard !figures.isEmpty else { return }
        let section = ChainSection(
            figures: figures, palette: options.palette, width: options.width, limit: Self.chainLimit, elsewhere: "wsray stats --json")
        output.append("\n")
        writeLine(section.heading, .strong)
        section.write(to: &output)
    }

    private var columns: [Table.Column] {
        [
            Table.Column(title: "", isLeft: true, takesRowInk: true),
            Table.Column(title: table.groups.contains { $0.count > 1 } ? "first" : "", isLeft: true),
            Table.Column(title: "", isLeft: true, ink: .strong),
            Table.Column(title: "browser", rank: 1, takesRowInk: true),
            Table.Column(title: "how it ended", isLeft: true, takesRowInk: true),
            Table.Column(title: "lasted", rank: 2),
            Table.Column(title: "\(table.totals.unit)", rank: 4),
            Table.Column(title: "bytes", rank: 3),
            Table.Column(title: "URL", isLeft: true, isFlexible: true),
            Table.Column(title: "client \(options.palette.toServer) server", isLeft: true, rank: 6),
        ]
    }

    private func ends(_ group: SummaryGroup) -> String {
        // Of what was recorded, neither end may be known.
        if group.client == .unknown, group.key.server == .unknown { return "" }
        let client = group.client.map { "\($0)" } ?? group.address.map { "\($0)" } ?? "several"
        let stream = group.stream.map { " stream \($0)" } ?? ""
        let owners = group.owners.map { ", \($0.words)" } ?? ""
        return "\(client) \(options.palette.toServer) \(group.key.server)\(stream)\(owners)"
    }

    /// Writes what to type to see more: commands that can be copied, so only what they are for goes into the next row.
    public mutating func write(advice: [(command: String, purpose: String)]) {
        guard !advice.isEmpty else { return }
        output.append("\n")
        let start = 4 + (advice.map { columns(of: $0.command) }.max() ?? 0)
        let end = start + (advice.map { columns(of: $0.purpose) }.max() ?? 0)
        let isOneRow = end <= options.width ?? .max
        for (command, purpose) in advice {
            if isOneRow {
                let blanks = String(repeating: " ", count: start - 1 - columns(of: command))
                writeLine(command + blanks + purpose, .dim, width: nil)
            } else {
                writeLine(command, .dim, width: nil)
                writeLine("    \(purpose)", .dim)
            }
        }
    }

    private func columns(of text: String) -> Int { text.unicodeScalars.reduce(0) { $0 + displayWidth($1) } }

    private mutating func writeLine(_ text: String, _ ink: Ink) { writeLine(text, ink, width: options.width) }

    private mutating func writeLine(_ text: String, _ ink: Ink, width: Int?) {
        var line = WrappedLine(options.palette, width: width, indent: 1)
        line.add(text, ink, indent: 1)
        line.end(in: &output)
    }
}

extension Verdict.Standing {
    fileprivate var ink: Ink {
        switch self {
        case .failed: .violation
        case .unclear: .warning
        case .open, .unknown: .plain
        case .clean: .good
        }
    }

    fileprivate func sign(_ signs: Palette) -> StaticString {
        switch self {
        case .failed: signs.violation
        case .unclear: signs.warning
        case .open, .unknown: signs.absent
        case .clean: signs.met
        }
    }
}
