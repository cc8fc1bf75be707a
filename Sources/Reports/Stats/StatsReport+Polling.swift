import Bytes
import Inspection
import Statistics
import Streams
import Text

extension StatsReport {
    /// Targets that are shown in full.
    private static let pollingLimit = 20
    private static let pollBarWidth = 30

    mutating func writePolling(_ figures: Figures) {
        guard !figures.polling.isEmpty || figures.overlooked > 0 else { return }
        writeHeading("Polling")
        for polled in figures.polling.prefix(Self.pollingLimit) { write(polled) }
        if figures.polling.count > Self.pollingLimit {
            writeSentence("\(Quantity.counted(UInt64(figures.polling.count - Self.pollingLimit), "more target")): --json has them all.")
        }
        if figures.overlooked > 0 {
            writeSentence(
                "\(Quantity.counted(figures.overlooked, "request")) not looked at: more than \(Quantity.count(UInt64(options.limits.pollTargetCount))) targets (--limit-targets).",
                ink: .note)
        }
    }

    private mutating func write(_ polled: Figures.Polled) {
        let polling = polled.polling
        let key = polling.key
        let every = polling.intervals.median.map { ", every \(Quantity.duration($0)) (median)" } ?? ""
        let beside = polled.connection.map { polled.isUpgraded ? ", upgraded to #\($0.number)" : ", beside #\($0.number)" } ?? ""
        let what = key.session == nil ? "\(key.method) \(key.path)" : "Engine.IO \(key.path)"
        let session = key.session.map { $0.isEmpty ? "" : ", session \($0)" } ?? ""
        writeSentence("\(what) from \(key.client) at \(key.server)\(session)\(every)\(beside)", ink: .strong)
        writeSentence(Self.sentence(on: polled), indent: 3)
        for (name, bytes) in [("HTTP headers", polling.headBytes), ("as frames", polled.asFramesBytes)] {
            Table.pad(3, &output)
            output.append(string: name)
            let size = Quantity.size(bytes)
            Table.pad(24 - name.count - size.count, &output)
            output.append(string: size)
            output.append("  ")
            let whole = max(polling.headBytes, polled.asFramesBytes)
            output.append(string: Bar.single(bytes, of: whole, width: Self.pollBarWidth, options.palette))
            output.append("\n")
        }
    }

    /// `1,240 polls, 1,198 of them empty, took 912 kB of HTTP headers. …`
    static func sentence(on polled: Figures.Polled) -> String {
        let polling = polled.polling
        var asides: [String] = []
        if polling.empty > 0 { asides.append("\(Quantity.count(polling.empty)) of them empty") }
        if polling.failed > 0 { asides.append("\(Quantity.count(polling.failed)) failed") }
        if polling.unanswered > 0 { asides.append("\(Quantity.count(polling.unanswered)) not answered") }
        if polling.posts > 0 { asides.append("and \(Quantity.counted(polling.posts, "post"))") }
        let polls = ([Quantity.counted(polling.polls, "poll")] + asides).joined(separator: ", ")
        let took = "\(polls)\(asides.isEmpty ? "" : ",") took \(Quantity.size(polling.headBytes)) of HTTP headers"
        let handshake =
            polled.capturedHandshakeBytes == nil ? "one handshake (estimated)" : "the handshake of #\(polled.connection?.number ?? 0)"
        guard polling.payloads > 0 else {
            return "\(took) and brought nothing. One WebSocket: \(Quantity.size(polled.handshakeBytes)), \(handshake)."
        }
        let payloads = polling.payloads == 1 ? "payload as a frame" : "\(Quantity.counted(polling.payloads, "payload")) as frames"
        let headers = Quantity.size(polled.asFramesBytes - min(polled.asFramesBytes, polled.handshakeBytes))
        return "\(took) to carry \(Quantity.size(polling.payloadBytes)). The same \(payloads): \(headers) of frame headers, "
            + "and \(Quantity.size(polled.handshakeBytes)) for \(handshake)."
    }
}
