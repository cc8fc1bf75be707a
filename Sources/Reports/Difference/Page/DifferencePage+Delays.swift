import Bytes
import Differences
import Inspection
import Text
import WebSocket

// How much later messages were on the other side of a proxy, or in the other run.
extension DifferencePage {
    /// Through a proxy: nanoseconds from the side nearer to the sender to the other one. Between runs: how much later it was in B, each
    /// counted from the connection's beginning.
    func delay(of row: AlignedMessage, in pair: ConnectionDifference) -> Int64? {
        let (one, other) = messages(of: row, in: pair)
        guard let one, let other else { return nil }
        guard pair.isSame else {
            let (a, b) = (difference.a.connections[pair.a].connection.time, difference.b.connections[pair.b].connection.time)
            return other.time.nanoseconds(since: b) &- one.time.nanoseconds(since: a)
        }
        var ahead: Int64 = 0
        if case .ahead(let nanoseconds) = pair.clock { ahead = nanoseconds }
        let apart = other.time.nanoseconds(since: one.time) &- ahead
        return (row.side == .client) == pair.isReversed ? 0 &- apart : apart
    }

    mutating func appendDelays(_ pair: ConnectionDifference, _ name: String, _ messages: borrowing DifferingMessages) {
        var points = (client: PlotPoints(), server: PlotPoints())
        for row in pair.messages {
            guard let delay = delay(of: row, in: pair), let message = self.messages(of: row, in: pair).a else { continue }
            let point = PlotPoint(time: message.time, value: delay, connection: 0, frame: message.frame)
            if row.side == .client { points.client.add(point) } else { points.server.add(point) }
        }
        let (client, server) = (points.client.points, points.server.points)
        let values = (client + server).map(\.value)
        // Between runs only what is late is of interest.
        guard values.contains(where: { $0 != 0 }), pair.isSame || pair.messages.contains(where: { $0.kinds.contains(.late) }) else {
            return
        }
        output.append("<h3 id=\"", text: name, "-delays\">")
        output.append(html: pair.isSame ? "Delay through the proxy</h3>\n" : "How much later in B</h3>\n")
        if pair.isSame { appendFigures(pair, name, messages) }
        if values.count > 1 { plot(client, server, of: pair) }
    }

    private mutating func appendFigures(_ pair: ConnectionDifference, _ name: String, _ messages: borrowing DifferingMessages) {
        var handshake: [String] = []
        if let delay = pair.requestDelay { handshake.append("request \(Quantity.duration(delay))") }
        if let delay = pair.responseDelay { handshake.append("answer \(Quantity.duration(delay))") }
        if !handshake.isEmpty { output.append("<p>Handshake: ", text: handshake.joined(separator: ", "), ".</p>\n") }
        output.beginTable(
            "delays", titledBy: "\(name)-delays",
            [.text("From"), .number("Messages"), .number("Least"), .number("Median"), .number("95 %"), .number("Most"), .text("Slowest")])
        for (words, delays) in [("→ client", pair.fromClient), ("← server", pair.fromServer)] {
            guard let delays else { continue }
            output.append("<tr><td>", text: words, "</td><td class=\"number\">")
            output.append(text: Quantity.count(delays.count))
            for value in [delays.minimum, delays.median, delays.percentile95, delays.maximum] {
                output.append("</td><td class=\"number\">", text: Quantity.duration(value), "")
            }
            output.append("</td><td>", text: "A frame \(delays.worst.a), B frame \(delays.worst.b)", "</td></tr>\n")
        }
        output.endTable()
    }

    // MARK: The plot

    private enum Plot {
        static let (width, height, left, right, top, bottom) = (720, 150, 72, 8, 10, 22)
    }

    private mutating func plot(_ client: [PlotPoint], _ server: [PlotPoint], of pair: ConnectionDifference) {
        let all = client + server
        let begin = difference.a.connections[pair.a].connection.time
        let span = max(1, all.map { $0.time.nanoseconds(since: begin) }.max() ?? 1)
        let (low, high) = (min(0, all.map(\.value).min() ?? 0), max(1, all.map(\.value).max() ?? 1))
        func x(_ point: PlotPoint) -> Int {
            let share = Double(max(0, point.time.nanoseconds(since: begin))) / Double(span)
            return Plot.left + Int(share * Double(Plot.width - Plot.left - Plot.right))
        }
        func y(_ value: Int64) -> Int {
            let share = (Double(value) - Double(low)) / max(1, Double(high) - Double(low))
            return Plot.height - Plot.bottom - Int(share * Double(Plot.height - Plot.bottom - Plot.top))
        }
        output.append(
            "<figure class=\"plot\"><figcaption>",
            text: pair.isSame
                ? "Each message at its time: how much later it was on the other side"
                : "Each message at its time in A: how much later it was in B, since the connection began", "")
        output.append(
            html: """
                . <span class="legend"><i class="swatch client"></i>→ client</span><span class="legend"><i class="swatch server"></i>← server</span>\
                </figcaption><svg viewBox="0 0 720 150" role="img" aria-label="
                """)
        output.append(
            text: "Delays of \(Quantity.counted(all.count, "message")), from \(Quantity.duration(low)) to \(Quantity.duration(high))")
        output.append(html: "\">")
        // Lines whose words would cover each other are left out.
        var lines: [Int64] = []
        for value in [0, high, high / 2, low] where lines.allSatisfy({ abs(y($0) - y(value)) >= 14 }) { lines.append(value) }
        for value in lines {
            output.append("<g class=\"grid\"><line x1=\"72\" x2=\"712\" y1=\"", text: "\(y(value))", "\" y2=\"")
            output.append("", text: "\(y(value))", "\"/><text x=\"66\" text-anchor=\"end\" y=\"")
            output.append("", text: "\(y(value) + 4)", "\">")
            output.append(text: Quantity.duration(value))
            output.append(html: "</text></g>")
        }
        output.append(
            "<text x=\"72\" y=\"144\">0 s</text><text x=\"712\" y=\"144\" text-anchor=\"end\">", text: Quantity.duration(span), "</text>")
        for (points, name) in [(client, "client" as StaticString), (server, "server")] {
            for point in points {
                output.append(html: "<circle class=\"")
                output.append(html: name)
                output.append(html: "\" r=\"2\" cx=\"")
                output.append(decimal: x(point))
                output.append(html: "\" cy=\"")
                output.append(decimal: y(point.value))
                output.append(html: "\"/>")
            }
        }
        output.append(html: "</svg></figure>\n")
    }
}
