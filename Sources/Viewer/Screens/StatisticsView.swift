import Bytes
import Statistics
import Terminal
import Text
import WebSocket

/// What the frames add up to, drawn: rates over time, sizes, kinds, round trips, compression.
enum StatisticsView {
    private static let plotRows = 4
    /// Columns in front of a plot.
    private static let labelWidth = 12

    static func lines(_ state: State, _ place: StatisticsPlace) -> [Line] {
        let figures = place.figures
        var lines = [title(state, place)]
        for remark in place.scope == .all ? state.progress.allRemarks : [] {
            lines += Wrapping.lines(remark, state.look, width: state.size.columns - 4).map { Line("  " + $0, .warning) }
        }
        let total = state.frameCount(in: place.scope)
        guard total > 0 else { return lines + [Line(), Line("  no frames", .dim)] }
        if figures.count < total {
            lines.append(Line("  counted so far: \(Quantity.count(UInt64(figures.count))) frames", .dim))
        }
        lines.append(Line())
        let columns = max(10, state.size.columns - labelWidth - 2)
        lines += kinds(state, figures)
        lines += overTime(state, "frames", figures.overTime, columns) { Quantity.count($0) }
        lines += overTime(state, "bytes", figures.bytesOverTime, columns) { Quantity.size($0) }
        lines += sizes(state, figures)
        lines += roundTrips(state, figures)
        if figures.deflatedByteCount > 0 { lines += [compression(figures), Line()] }
        return lines
    }

    private static func title(_ state: State, _ place: StatisticsPlace) -> Line {
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
            line.add(
                state.look.fitted(
                    connection.url ?? state.look.spelled("\(connection.client) → \(connection.server)"), state.size.columns - 12))
            return line
        }
    }

    // MARK: Over time

    private static func overTime(
        _ state: State, _ noun: String, _ histograms: [TimeHistogram], _ columns: Int, _ words: (UInt64) -> String
    ) -> [Line] {
        let starts = histograms.compactMap(\.start)
        let ends = histograms.compactMap { histogram in histogram.start.map { $0 + Int64(histogram.usedCount) * histogram.span } }
        guard let first = starts.min(), let last = ends.max() else { return [] }
        let look = state.look
        let values = histograms.map { $0.columns(columns, from: first, to: last) }
        let most = values.joined().max() ?? 0
        let seconds = Double(last - first) / 1e9 / Double(columns)
        let rate = seconds > 0 ? UInt64(Double(most) / seconds) : most
        var lines = [HandshakeView.heading("\(noun) over time, \(words(rate)) a second at most", look, state.size.columns, .strong)]
        for side in Side.allCases {
            let scaled = values[side.rawValue].map { Int(clamping: $0) }
            let rows = Plot.columns(scaled, rows: plotRows, most: Int(clamping: most), isASCII: look.isASCII)
            for (index, row) in rows.enumerated() {
                var line = Line("  ")
                if index == rows.count - 1 { line.add(look.spelled(side == .client ? "→ client" : "← server"), Ink(side)) }
                line.pad(to: labelWidth)
                line.add(row, Ink(side))
                lines.append(line)
            }
        }
        var axis = Line()
        axis.pad(to: labelWidth)
        axis.add("0 s", .dim)
        axis.addRight(look.spelled(Quantity.duration(last - first)), endingAt: labelWidth + columns, .dim)
        return lines + [axis, Line()]
    }

    // MARK: Kinds and sizes

    private static func kinds(_ state: State, _ figures: FrameFigures) -> [Line] {
        var heading = HandshakeView.heading("kinds", state.look, state.size.columns, .strong)
        var lines = [heading]
        heading = Line("  ")
        heading.pad(to: labelWidth)
        for side in Side.allCases {
            heading.addRight(state.look.spelled(side == .client ? "→ frames" : "← frames"), endingAt: heading.width + 14, Ink(side))
            heading.addRight("bytes", endingAt: heading.width + 14, Ink(side))
        }
        lines.append(heading)
        for opcode in 0..<16 where figures.frames[0][opcode] + figures.frames[1][opcode] > 0 {
            var line = Line("  \(Opcode(rawValue: UInt8(opcode)).name)")
            line.pad(to: labelWidth)
            for side in 0..<2 {
                line.addRight(Quantity.count(figures.frames[side][opcode]), endingAt: line.width + 14)
                line.addRight(Quantity.size(figures.bytes[side][opcode]), endingAt: line.width + 14)
            }
            lines.append(line)
        }
        return lines + [Line()]
    }

    private static func sizes(_ state: State, _ figures: FrameFigures) -> [Line] {
        let look = state.look
        var lines = [HandshakeView.heading("sizes of frames", look, state.size.columns, .strong)]
        let most = figures.sizes.joined().max() ?? 0
        let half = max(8, (state.size.columns - labelWidth - 2) / 2 - 8)
        let used = (0..<34).filter { figures.sizes[0][$0] + figures.sizes[1][$0] > 0 }
        guard let first = used.first, let last = used.last else { return [] }
        for place in first...last {
            var line = Line()
            line.addRight(place == 0 ? "empty" : "< \(Quantity.size(1 << UInt64(place)))", endingAt: labelWidth - 1, .dim)
            line.add(" ")
            for side in Side.allCases {
                let count = figures.sizes[side.rawValue][place]
                let start = line.width
                line.add(Plot.bar(count, most: most, width: half, isASCII: look.isASCII), Ink(side))
                if count > 0 { line.add(" \(Quantity.count(UInt64(count)))", .dim) }
                if side == .client { line.pad(to: start + half + 8) }
            }
            lines.append(line)
        }
        return lines + [Line()]
    }

    // MARK: Round trips and compression

    private static func roundTrips(_ state: State, _ figures: FrameFigures) -> [Line] {
        guard !figures.roundTrips.isEmpty else { return [] }
        let look = state.look
        let sorted = figures.roundTrips.sorted()
        func at(_ share: Double) -> String { Quantity.duration(sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]) }
        var lines = [HandshakeView.heading("round trips, from ping to pong", look, state.size.columns, .strong)]
        let words =
            "  \(Quantity.counted(UInt64(sorted.count), "pong")): fastest \(at(0)), half within \(at(0.5)), 99 % within \(at(0.99)), slowest \(at(1))"
        lines.append(Line(look.fitted(look.spelled(words), state.size.columns - 1)))
        // One after another, so that what changes in the course of time is seen.
        let columns = min(figures.roundTrips.count, state.size.columns - labelWidth - 2)
        let values = (0..<columns).map { column in
            let range = column * figures.roundTrips.count / columns..<max(column + 1, (column + 1) * figures.roundTrips.count / columns)
            return Int(clamping: figures.roundTrips[range.clamped(to: 0..<figures.roundTrips.count)].max() ?? 0)
        }
        for row in Plot.columns(values, rows: 2, most: values.max() ?? 0, isASCII: look.isASCII) {
            var line = Line()
            line.pad(to: labelWidth)
            line.add(row, .good)
            lines.append(line)
        }
        return lines + [Line()]
    }

    private static func compression(_ figures: FrameFigures) -> Line {
        let percent = figures.inflatedByteCount == 0 ? 0 : figures.deflatedByteCount * 100 / figures.inflatedByteCount
        return Line(
            "  compressed messages: \(Quantity.size(figures.inflatedByteCount)) travelled as \(Quantity.size(figures.deflatedByteCount)), \(percent) %"
        )
    }
}
