import Bytes
import Chains
import Text

// Who lost a connection and tried again.
extension HTMLReport {
    /// Bytes of rows.
    private static let tableByteCount = 64 << 10

    mutating func appendReconnects(_ figures: ChainFigures) {
        guard !figures.isEmpty else { return }
        let section = ChainSection(figures: figures, palette: Palette(), width: nil, limit: 0, elsewhere: "")
        output.beginSection("reconnects", figures.title)
        output.append("<p>", text: "\(section.summary).", "</p>\n")
        for storm in section.storms { output.append("<p>", text: "\(storm.server): \(storm.words).", "</p>\n") }
        output.beginTable("reconnects", [.text("Client"), .text("What happened")])
        let start = output.count
        var omittedCount = 0
        for chain in section.ordered {
            if output.count - start > Self.tableByteCount { omittedCount += 1 } else { append(chain) }
        }
        output.endTable()
        if omittedCount > 0 { output.append("<p>", text: "\(Quantity.counted(omittedCount, "more client")) in no row.", "</p>\n") }
        output.endSection()
    }

    private mutating func append(_ chain: Chain) {
        output.append("<tr><td><code>", text: "\(chain.client) → \(chain.url ?? "\(chain.server)")", "</code><p class=\"where\">")
        for (index, number) in chain.connections.prefix(Self.linkLimit).enumerated() {
            if index > 0 { output.append(html: ", ") }
            output.append(html: "<a href=\"#c")
            output.append(decimal: number)
            output.append(html: "\">#")
            output.append(decimal: number)
            output.append(html: "</a>")
        }
        if chain.connections.count > Self.linkLimit { output.append(html: ", …") }
        output.append("</p></td><td><strong>", text: chain.title, "</strong>")
        for (label, text) in chain.lines { output.append("<p>", text: "\(label): \(text)", "</p>") }
        output.append(html: "</td></tr>\n")
    }

    /// Connections that a row leads to.
    private static let linkLimit = 20
}
