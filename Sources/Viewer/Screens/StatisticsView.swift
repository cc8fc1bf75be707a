import Bytes
import Reports
import Statistics
import Terminal
import Text

/// What the frames add up to, drawn: rates over time, sizes, kinds, round trips, compression.
struct StatisticsView {
    private let state: State
    private let place: StatisticsPlace
    var figures: FrameFigures { place.figures }
    var look: Look { state.look }
    var width: Int { state.size.columns }
    /// Columns in front of a plot.
    static let labelWidth = 12
    var plotWidth: Int { width - Self.labelWidth - 2 }

    static func lines(_ state: State, _ place: StatisticsPlace) -> [Line] { StatisticsView(state: state, place: place).lines }

    private var lines: [Line] {
        var lines = title
        for remark in place.scope == .all ? state.progress.allRemarks : [] { lines += sentence(remark, .warning) }
        let total = state.frameCount(place)
        if let filter = place.filter, state.isWaiting(filter) {
            return lines + [Line(), Line("  how connections end is known when all is read", .dim)]
        }
        guard total > 0 else { return lines + [Line(), Line("  no frames", .dim)] }
        if figures.count < total {
            lines.append(Line("  counted so far: \(Quantity.count(UInt64(figures.count))) frames", .dim))
        }
        return lines + [Line()] + kinds + framesOverTime + bytesOverTime + sizes + roundTrips + compression
    }

    private var title: [Line] {
        guard let filter = place.filter else { return [titleOfScope] }
        let all = UInt64(state.frameCount(in: place.scope))
        let conditions = [filter.condition == nil ? nil : "filter: \(filter.text)", filter.hidesHeartbeats ? "no ping, no pong" : nil]
        let words = conditions.compactMap { $0 }.joined(separator: ", ")
        let counted = "\(Quantity.count(UInt64(filter.rows.count))) of \(Quantity.counted(all, "frame"))"
        let sum = Line(" \(counted), \(Quantity.size(figures.messageByteCount))", .strong)
        return (place.scope == .all ? [] : [titleOfScope]) + [sum] + sentence(words, .strong)
    }

    private var titleOfScope: Line {
        switch place.scope {
        case .all:
            let connections = UInt64(state.transcript.connections.count)
            let frames = UInt64(state.transcript.rows.count)
            return Line(
                " \(Quantity.counted(connections, "connection")), \(Quantity.counted(frames, "frame")), \(Quantity.size(state.transcript.byteCount))",
                .strong)
        case .connection(let index):
            let connection = state.transcript.connections[Int(index)]
            var line = Line(" #\(connection.number)  ", .strong)
            line.add(look.fitted(connection.url ?? look.spelled("\(connection.client) → \(connection.server)"), width - line.width - 1))
            return line
        }
    }

    // MARK: Parts of a section

    func heading(_ title: String) -> Line { HandshakeView.heading(title, look, width, .strong) }

    /// In as many lines as it takes.
    func sentence(_ text: String, _ ink: Ink = .plain) -> [Line] {
        Wrapping.lines(text, look, width: width - 4).map { Line("  " + $0, ink) }
    }

    // MARK: Round trips and compression

    private var roundTrips: [Line] {
        guard let times = figures.roundTripFigures else { return [] }
        let parts = [
            "fastest \(Quantity.duration(times.minimum))", "half within \(Quantity.duration(times.median))",
            "99 % within \(Quantity.duration(times.longForMost))", "slowest \(Quantity.duration(times.maximum))",
        ]
        var lines = [heading("round trips, from ping to pong")]
        lines += sentence("\(Quantity.counted(times.count, "pong")): \(parts.joined(separator: ", "))")
        // One after another, so that what changes in the course of time is seen.
        let columns = min(figures.roundTrips.count, plotWidth)
        let values = (0..<columns).map { column in
            let range = column * figures.roundTrips.count / columns..<max(column + 1, (column + 1) * figures.roundTrips.count / columns)
            return Int(clamping: figures.roundTrips[range.clamped(to: 0..<figures.roundTrips.count)].max() ?? 0)
        }
        for row in Plot.columns(values, rows: 2, most: values.max() ?? 0, isASCII: look.isASCII) {
            var line = Line()
            line.pad(to: Self.labelWidth)
            line.add(row, .good)
            lines.append(line)
        }
        return lines + [Line()]
    }

    private var compression: [Line] {
        guard figures.deflatedByteCount > 0 else { return [] }
        let sizes = "\(Quantity.size(figures.inflatedByteCount)) travelled as \(Quantity.size(figures.deflatedByteCount))"
        let percent = StatsReport.percent(figures.deflatedByteCount, of: figures.inflatedByteCount)
        return sentence("compressed messages: \(sizes), \(percent)") + [Line()]
    }
}
