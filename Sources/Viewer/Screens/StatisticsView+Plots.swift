import Statistics
import Text
import WebSocket

/// Rates over time.
extension StatisticsView {
    private static let plotRows = 4

    var framesOverTime: [Line] {
        overTime("frames over time", figures.overTime, busiest: figures.busiest.frames.sum) { Quantity.count($0) }
    }

    var bytesOverTime: [Line] {
        overTime("bytes of payloads over time, as sent", figures.bytesOverTime, busiest: figures.busiest.bytes.sum) { Quantity.size($0) }
    }

    private func overTime(_ title: String, _ histograms: [TimeHistogram], busiest: UInt64, _ words: (UInt64) -> String) -> [Line] {
        guard let first = histograms.compactMap(\.start).min(), let last = histograms.compactMap(\.end).max() else { return [] }
        // The whole range of times is more than an Int64 holds.
        let (difference, overflowed) = last.subtractingReportingOverflow(first)
        let span = overflowed ? .max : difference
        let values = histograms.map { $0.columns(plotWidth, from: first, to: last) }
        let most = values.joined().max() ?? 0
        let column = Quantity.duration(span / Int64(plotWidth))
        var lines = [heading(title)]
        lines += sentence("\(words(busiest)) in the busiest second; a column of full height is \(words(most)) in \(column)", .dim)
        for side in Side.allCases {
            let scaled = values[side.rawValue].map { Int(clamping: $0) }
            let rows = Plot.columns(scaled, rows: Self.plotRows, most: Int(clamping: most), isASCII: look.isASCII)
            for (index, row) in rows.enumerated() {
                var line = Line("  ")
                if index == rows.count - 1 { line.add(look.spelled(side == .client ? "→ client" : "← server"), Ink(side)) }
                line.pad(to: Self.labelWidth)
                line.add(row, Ink(side))
                lines.append(line)
            }
        }
        var axis = Line()
        axis.pad(to: Self.labelWidth)
        axis.add("0 s", .dim)
        axis.addRight(look.spelled(Quantity.duration(span)), endingAt: Self.labelWidth + plotWidth, .dim)
        return lines + [axis, Line()]
    }
}
