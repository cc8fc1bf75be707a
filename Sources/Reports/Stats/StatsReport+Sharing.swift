import Bytes
import Channels
import Inspection
import Statistics
import Text
import Waits
import WebSocket

// Connections of TCP or QUIC that several streams share: what that costs and saves, and what streams waited for each other.
extension StatsReport {
    /// TCP connections that are shown in full.
    private static let sharingLimit = 20

    mutating func writeSharing(_ figures: Figures) {
        guard !figures.shared.isEmpty else { return }
        let isMixed = figures.shared.contains { $0.isQUIC }
        writeHeading(isMixed ? "Shared connections" : "Shared TCP connections")
        var table = Table([
            .init(title: isMixed ? "" : "TCP", isLeft: isMixed),
            .init(title: "client \(options.palette.isASCII ? ">" : "→") server", isLeft: true, rank: 1, isFlexible: true),
            .init(title: "WebSockets"), .init(title: "at once", rank: 3), .init(title: "other streams", rank: 4),
            .init(title: "on wire", rank: 2), .init(title: "frames cost"), .init(title: "saved"), .init(title: "waited"),
            .init(title: "longest"),
        ])
        for flow in figures.shared.prefix(Self.sharingLimit) {
            table.add([
                isMixed ? flow.name : "\(flow.flow)", "\(flow.client) → \(flow.server)", Quantity.count(flow.connectionCount),
                Quantity.count(flow.mostAtOnce),
                flow.fromClient == nil ? "–" : Quantity.count(flow.otherStreams), Quantity.size(flow.cost.wireBytes),
                flow.fromClient == nil ? "–" : Quantity.size(flow.framingBytes), Quantity.size(flow.savedBytes),
                flow.waited.frameCount > 0 ? Quantity.counted(flow.waited.frameCount, "frame") : "–",
                flow.waited.longest.map { Quantity.duration($0.nanoseconds) } ?? "–",
            ])
        }
        table.write(to: &output, options.palette, width: options.width)
        for flow in figures.shared.prefix(Self.sharingLimit) {
            writeSentence("\(flow.name): \(Self.balance(of: flow))")
            if let sentence = Self.sentence(onLossOf: flow) { writeSentence(sentence, ink: .note, indent: 3) }
            if let sentence = Self.sentence(on: flow.waited) { writeSentence(sentence, ink: .note, indent: 3) }
        }
        if figures.shared.count > Self.sharingLimit {
            let count = UInt64(figures.shared.count - Self.sharingLimit)
            writeSentence("\(Quantity.counted(count, isMixed ? "more connection" : "more TCP connection")): --json has them all.")
        }
        if figures.overlookedStreams > 0 {
            writeSentence(
                "\(Quantity.counted(figures.overlookedStreams, "WebSocket")) on shared connections beyond the limit not counted here.",
                ink: .note)
        }
    }

    /// `headers of 96 DATA frames and all else that keeps streams apart take 1.2 kB. 19 TCP connections not opened save about …`
    static func balance(of flow: SharedFlowFigures) -> String {
        let kept =
            "\(Quantity.counted(flow.contentFrames, "DATA frame")); frame headers, padding and control frames take \(Quantity.size(flow.framingBytes))."
        guard flow.savedConnections > 0 else { return kept }
        var parts = ["\(Quantity.size(flow.savedTransportBytes)) of \(flow.isQUIC ? "UDP" : "TCP")/IP headers"]
        if flow.savedHandshakeBytes > 0 { parts.append("\(Quantity.size(flow.savedHandshakeBytes)) of TLS handshakes") }
        if flow.savedHeadBytes > 0 { parts.append("\(Quantity.size(flow.savedHeadBytes)) of HTTP headers") }
        let list = parts.count > 1 ? parts.dropLast().joined(separator: ", ") + " and \(parts[parts.count - 1])" : parts[0]
        return
            "\(kept) \(Quantity.counted(flow.savedConnections, flow.isQUIC ? "more QUIC connection" : "more TCP connection")) would take about \(Quantity.size(flow.savedBytes)): \(list)."
    }

    /// Nil where nothing was lost, or nobody can tell.
    static func sentence(onLossOf flow: SharedFlowFigures) -> String? {
        let sides = [(flow.clientDatagrams, "client"), (flow.serverDatagrams, "server")]
        let parts = sides.flatMap { side in
            [
                side.0.flatMap {
                    $0.lostPacketCount > 0
                        ? "\(Quantity.counted($0.lostPacketCount, "packet")) from the \(side.1) got lost after the capture point" : nil
                },
                side.0.flatMap {
                    $0.missingPacketCount > 0
                        ? "\(Quantity.counted($0.missingPacketCount, "packet")) from the \(side.1) arrived and \($0.missingPacketCount == 1 ? "is" : "are") not in the capture"
                        : nil
                },
            ].compactMap { $0 }
        }
        return parts.isEmpty ? nil : parts.joined(separator: ", ") + "."
    }

    /// Nil where no frame waited.
    static func sentence(on waited: HeadOfLine) -> String? {
        guard waited.frameCount > 0, let longest = waited.longest else { return nil }
        let frames = Quantity.counted(waited.frameCount, "frame")
        let segments = waited.segmentCount == 1 ? "a late segment" : "\(Quantity.count(waited.segmentCount)) late segments"
        let sum = waited.frameCount == 1 ? "" : ", \(Quantity.duration(waited.nanoseconds)) in all"
        return
            "Head-of-line blocking: \(frames) of \(Quantity.counted(UInt64(waited.connections.count), "connection")) waited for \(segments) of other streams\(sum); the longest \(Quantity.duration(longest.nanoseconds)), frame \(longest.frame) of #\(longest.connection), until packet \(longest.packet)."
    }

    // MARK: JSON

    private mutating func append(_ key: StaticString, _ framing: Framing?, _ cost: SideCost, _ datagrams: DatagramTraffic?) {
        output.append(key, framing?.frameCount ?? 0)
        output.append(#","dataFrames":"#, framing?.contentFrameCount ?? 0)
        output.append(#","packets":"#, cost.packets)
        output.append(#","acknowledgments":"#, cost.acknowledgments)
        output.append(#","wireBytes":"#, cost.wireBytes)
        output.append(#","parts":{"content":"#, framing?.contentByteCount ?? 0)
        output.append(#","heads":"#, framing?.headByteCount ?? 0)
        output.append(#","frameHeaders":"#, framing?.headerByteCount ?? 0)
        output.append(#","padding":"#, framing?.paddingByteCount ?? 0)
        output.append(#","control":"#, framing?.controlByteCount ?? 0)
        output.append(#","repeated":"#, cost.repeatedBytes)
        output.append(#","tls":"#, cost.tlsBytes)
        let known = cost.repeatedBytes + cost.tlsBytes + (framing?.byteCount ?? 0)
        output.append(#","other":"#, cost.streamBytes - min(cost.streamBytes, known))
        output.append(#","transport":"#, cost.transportBytes)
        output.append(json: "}")
        if let datagrams {
            output.append(#","lostPackets":"#, datagrams.lostPacketCount)
            output.append(#","missingPackets":"#, datagrams.missingPacketCount)
        }
        output.append(UInt8(ascii: "}"))
    }

    mutating func append(_ flow: SharedFlowFigures) {
        output.append(#"{"tcp":"#, flow.flow)
        append(#","client":{"address":"#, flow.client)
        append(#","server":{"address":"#, flow.server)
        output.append(#","transport":"#, string: flow.transport)
        output.append(#","connections":"#, flow.connectionCount)
        output.append(#","atOnce":"#, flow.mostAtOnce)
        if flow.fromClient != nil { output.append(#","otherStreams":"#, flow.otherStreams) }
        append(#","cost":{"client":{"frames":"#, flow.fromClient, flow.clientCost, flow.clientDatagrams)
        append(#","server":{"frames":"#, flow.fromServer, flow.serverCost, flow.serverDatagrams)
        output.append(#"},"saved":{"connections":"#, flow.savedConnections)
        output.append(#","transport":"#, flow.savedTransportBytes)
        output.append(#","tls":"#, flow.savedHandshakeBytes)
        output.append(#","heads":"#, flow.savedHeadBytes)
        output.append(#"},"headOfLine":{"frames":"#, flow.waited.frameCount)
        output.append(#","connections":"#, UInt64(flow.waited.connections.count))
        output.append(#","segments":"#, flow.waited.segmentCount)
        output.append(json: #","duration":"#)
        TimeText.appendSeconds(flow.waited.nanoseconds, to: &output)
        if let longest = flow.waited.longest {
            output.append(json: #","longest":{"duration":"#)
            TimeText.appendSeconds(longest.nanoseconds, to: &output)
            output.append(#","connection":"#, longest.connection)
            output.append(#","frame":"#, longest.frame)
            output.append(#","from":"#, string: "\(longest.from.name)")
            output.append(#","packet":"#, longest.packet)
            output.append(UInt8(ascii: "}"))
        }
        output.append(json: "}}")
    }
}
