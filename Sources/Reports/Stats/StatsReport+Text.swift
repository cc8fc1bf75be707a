import Bytes
import Chains
import Inspection
import Statistics
import Streams
import Text
import WebSocket

// The report for people: totals, connections, heartbeat, polling.
extension StatsReport {
    private static let barWidth = 20
    /// At least, in the table of connections.
    private static let connectionBarWidth = 12
    private var palette: Palette { options.palette }

    mutating func write(_ figures: Figures, _ chains: ChainFigures, _ summary: Summary) {
        if figures.connections > 0 {
            writeTotal(figures)
            writeConnections(figures)
            writeSharing(figures)
            writeOperations(figures)
            writeHeartbeats(figures)
        }
        writeChains(chains)
        writePolling(figures)
    }

    /// Clients that are told of in full.
    private static let chainLimit = 20

    private mutating func writeChains(_ chains: ChainFigures) {
        guard !chains.isEmpty else { return }
        let section = ChainSection(
            figures: chains, palette: options.palette, width: options.width, limit: Self.chainLimit, elsewhere: "--json has them all")
        writeHeading(section.heading)
        section.write(to: &output)
    }

    // MARK: Parts of the text

    mutating func writeHeading(_ text: String) {
        if !output.isEmpty { output.append("\n") }
        palette.begin(.strong, in: &output)
        output.append(string: palette.spelled(text))
        palette.end(.strong, in: &output)
        output.append("\n")
    }

    /// A sentence, broken at blanks where the terminal ends.
    mutating func writeSentence(_ text: String, ink: Ink = .plain, indent: Int = 1) {
        var line = WrappedLine(palette, width: options.width, indent: indent, wordWidth: 400)
        line.add(text, ink, indent: indent)
        line.end(in: &output)
    }

    /// `59 %`, `<1 %`, and a dash where there is no whole.
    package static func percent(_ part: UInt64, of whole: UInt64) -> String {
        guard whole > 0 else { return "–" }
        let share = Double(part) / Double(whole) * 100
        if part > 0, share < 1 { return "<1 %" }
        return "\(Int(min(share, 999).rounded())) %"
    }

    // MARK: Totals

    private mutating func writeTotal(_ figures: Figures) {
        let both = figures.both
        let separator = palette.isASCII ? " | " : " · "
        let parts = [
            Quantity.counted(figures.connections, "connection"), Quantity.duration(figures.durationNanoseconds),
            Quantity.counted(both.messages, "message"), Quantity.counted(both.frames, "frame"), Quantity.counted(both.packets, "packet"),
        ]
        writeHeading(parts.joined(separator: separator))
        var table = Table([
            .init(title: "", isLeft: true), .init(title: "from clients", rank: 2), .init(title: "from servers", rank: 2),
            .init(title: "both"), .init(title: "of the wire"), .init(title: "", isLeft: true, rank: 3, ink: .good),
        ])
        func add(_ name: String, _ value: KeyPath<SideCost, UInt64>, isPart: Bool = true) {
            guard both[keyPath: value] > 0 else { return }
            let bytes = both[keyPath: value]
            let sides = [figures.fromClient, figures.fromServer].map { $0[keyPath: value] > 0 ? Quantity.size($0[keyPath: value]) : "–" }
            let share = isPart ? Self.percent(bytes, of: both.wireBytes) : ""
            let bar = isPart ? Bar.single(bytes, of: both.wireBytes, width: Self.barWidth, palette) : ""
            table.add([name] + sides + [Quantity.size(bytes), share, bar])
        }
        add("application data", \.applicationBytes, isPart: false)
        add(both.compressed.messages > 0 ? "payload, compressed" : "payload", \.payloadBytes)
        add("ping, pong, close", \.controlBytes)
        add("frame headers", \.headerBytes)
        add("masking keys", \.keyBytes)
        add("handshake", \.handshakeBytes)
        add("sent again", \.repeatedBytes)
        add(figures.shared.contains { $0.isQUIC } ? "TLS, QUIC" : "TLS", \.tlsBytes)
        add(figures.shared.contains { $0.isQUIC } ? "frames of streams" : "HTTP/2 frames", \.framingBytes)
        add("other data", \.otherBytes)
        add(figures.shared.contains { $0.isQUIC } ? "TCP, UDP, IP headers" : "TCP/IP headers", \.transportBytes)
        add("on the wire", \.wireBytes, isPart: false)
        table.write(to: &output, palette, width: options.width)
        // Of QUIC's packets it is not counted.
        let acknowledging =
            both.acknowledgments > 0
            ? "; \(Quantity.counted(both.acknowledgments, "packet")) of \(Quantity.count(both.packets)) only acknowledge" : ""
        writeSentence("The wire is counted from IP's header up\(acknowledging).", ink: .dim)
        writeCompression(both.compressed)
    }

    private mutating func writeCompression(_ cost: CompressedCost) {
        guard cost.messages > 0 else { return }
        var text =
            "Compression made \(Quantity.size(cost.applicationBytes)) of \(Quantity.counted(cost.messages, "message")) into \(Quantity.size(cost.wireBytes)) (\(Self.percent(cost.wireBytes, of: cost.applicationBytes)))."
        let context = cost.context
        if context.sampled > 0 {
            let saved = context.savedBytes
            text += " Each message compressed by itself would take about \(Quantity.size(context.aloneBytes))"
            text += saved > 0 ? ": context takeover saves about \(Quantity.size(saved.magnitude))." : ": context takeover saves nothing."
            let sample = " from \(Quantity.count(context.sampled)) of \(Quantity.counted(context.messages, "message"))"
            text += " (An estimate\(context.isExact ? "" : sample), made with zlib's default level.)"
        }
        if context.left > 0 {
            text +=
                " \(Quantity.counted(context.left, "message")) longer than \(Quantity.size(UInt64(TrafficCount.comparedByteCount))), or not wholly known, left out of that."
        }
        writeSentence(text)
    }

    // MARK: Connections

    private mutating func writeConnections(_ figures: Figures) {
        writeHeading(figures.rows.count == 1 ? "Connection" : "Connections")
        var table = Table([
            .init(title: "#"), .init(title: "URL", isLeft: true, isFlexible: true), .init(title: "time", rank: 3),
            .init(title: palette.isASCII ? "> msgs" : "→ msgs", rank: 2), .init(title: palette.isASCII ? "< msgs" : "← msgs", rank: 2),
            .init(title: "app data"), .init(title: "on wire"), .init(title: "overhead"), .init(title: "deflated", rank: 5),
            .init(title: "rtt", rank: 1),
        ])
        for row in figures.rows {
            let both = row.both
            let isShared = row.shared != nil
            let pongs = [row.heartbeat(of: .client), row.heartbeat(of: .server)].compactMap(\.roundTrips.median)
            table.add([
                "\(row.number)", title(of: row), Quantity.duration(row.durationNanoseconds), Quantity.count(row.fromClient.messages),
                Quantity.count(row.fromServer.messages), Quantity.size(both.applicationBytes),
                isShared ? "–" : Quantity.size(both.wireBytes),
                isShared ? "–" : Self.percent(both.wireBytes - min(both.payloadBytes, both.wireBytes), of: both.wireBytes),
                both.compressed.messages > 0 ? Self.percent(both.compressed.wireBytes, of: both.compressed.applicationBytes) : "–",
                pongs.max().map(Quantity.duration) ?? "–",
            ])
        }
        let palette = palette
        let hasBars = table.write(to: &output, palette, width: options.width, tailWidth: Self.connectionBarWidth) { output, index, room in
            Bar.write(Bar.amounts(figures.rows[index].both), width: room, to: &output, palette)
        }
        if figures.omitted > 0 {
            writeSentence("\(Quantity.counted(figures.omitted, "more connection")), in the totals only.", ink: .note)
        }
        guard hasBars else { return }
        let legend = Bar.parts.map { "\(palette.isASCII ? $0.plainSign : $0.sign) \($0.name)" }.joined(separator: " ")
        writeSentence(legend, ink: .dim)
    }

    private func title(of row: ConnectionFigures) -> String {
        let name = row.url ?? "\(row.client) \(palette.isASCII ? ">" : "→") \(row.server)"
        return switch row.status {
        case .open, .inferred: name
        case .refused: "\(row.responseStatus.map { "refused (\($0)) " } ?? "refused ")\(name)"
        case .unanswered: "unanswered \(name)"
        }
    }
}
