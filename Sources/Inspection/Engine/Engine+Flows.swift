import Bytes
import Channels
import Streams
import Packets
import Rules
import Text
import Verdicts

// Flows: which one a segment belongs to, when one begins, is forgotten, and ends.
extension Engine {
    /// The flow of a segment, made where there is none and the segment may begin one.
    mutating func flow(
        _ key: FlowKey, _ hash: UInt64, known: Int, _ segment: Segment, _ direction: Direction, _ header: PacketHeader
    ) -> Int? {
        let isSYN = segment.flags.contains(.syn)
        if known >= 0 {
            guard isReused(flow: known, segment, direction) else { return known }
            end(flow: known, .portsReused(PacketMark(number: header.number, time: header.time)))
            flows.remove(known)
        }
        // A segment that carries nothing and opens nothing needs no flow.
        if !isSYN, segment.payloadLength == 0 { return nil }
        if flows.count >= settings.limits.connectionCount { forgetOne() }
        counts.rare.flows += 1
        let index = flows.insert(key, hash, serial: counts.rare.flows, fractionDigits: header.fractionDigits)
        if !path.isEmpty { facts(of: index).path = path }
        if settings.countsPackets {
            flows[index].traffic = FlowTraffic()
            flows[index].isWatched = true
        }
        return index
    }

    /// Whether a new flow uses the ports of a known one.
    private func isReused(flow index: Int, _ segment: Segment, _ direction: Direction) -> Bool {
        let isSYN = segment.flags.contains(.syn)
        if !isSYN, !flows[index].isOver { return false }
        if isSYN { return flows[index, direction].reassembler.isForeign(synSequence: segment.sequence) }
        return segment.payloadLength > 1 && flows[index, direction].reassembler.isFarAway(segment)
    }

    private mutating func forgetOne() {
        guard let index = flows.idle() else { return }
        for connection in channels(of: index).compactMap({ $0.webSocket?.connection }) {
            report(
                [Finding(.connectionLimit, found: Quantity.counted(settings.limits.connectionCount, "connection"))], from: nil,
                in: connection)
        }
        end(flow: index, .forgotten)
        flows.remove(index)
    }

    /// Ends a flow: what is open on it is closed, and the ends of connections are reported.
    mutating func end(flow index: Int, _ transport: TransportEnd) {
        guard !flows[index].isOver, !defersEnd(of: index, transport) else { return }
        let transport = deferredEnd(of: index) ?? transport
        for direction in Direction.allCases {
            while let gap = flows[index, direction].reassembler.finalGap() {
                miss(gap.byteCount, .lost, flow: index, direction)
                drain(flow: index, direction)
            }
        }
        if let channel = flows[index].channel { end(channel, transport) } else { reportAttempt(flow: index, transport) }
        flows[index].isOver = true
        flows[index].socket = -1
        for direction in Direction.allCases {
            flows[index, direction].reader = .nobody
            countWaiting(flow: index, direction)
        }
        flows.retire(index)
    }

    /// Ends some of the flows that are open: no packet follows of this capture. True as long as there are more.
    mutating func finishSome() -> Bool {
        func order(_ index: Int) -> (UInt64, UInt64) {
            (channels(of: index).compactMap { $0.webSocket?.connection.number }.min() ?? .max, flows.lastPacket(of: index).number)
        }
        if flows.closing.isEmpty {
            let open = flows.indices.filter { !flows[$0].isOver }.map { (index: $0, order: order($0)) }
            flows.closing = open.sorted { $0.order > $1.order }.map(\.index)
        }
        for _ in 0..<Self.closingCount {
            guard let index = flows.closing.popLast() else { break }
            end(flow: index, .captureEnded)
        }
        if !flows.closing.isEmpty { return true }
        flows = Flows()
        keys = KeyHistory()
        losses = LossLog()
        return false
    }

    /// Flows that are ended in one go: what they report waits until then.
    private static let closingCount = 256

    // MARK: Channels

    /// The channel of a flow, made if there is none yet.
    mutating func channel(of index: Int) -> Channel {
        if let channel = flows[index].channel { return channel }
        let carrier = Carrier(transport: "tcp", flow: flows[index].serial, path: flows[index].facts?.path ?? [])
        let channel = Channel(
            ChannelID(flow: flows[index].serial), flow: index, carrier: carrier,
            session: .http(HTTPSession(isFromBeginning: flows[index].hasSYN)))
        channel.client = flows[index].client
        flows[index].channel = channel
        return channel
    }

    /// All channels of a flow, each after the one that carries it.
    func channels(of index: Int) -> [Channel] { flows[index].channel.map { [$0] + $0.descendants } ?? [] }

    /// Whether the bytes of a channel arrived and more can come, as far as it is known.
    ///
    /// A channel on a layer is acknowledged as far as the bytes of the flow are that brought its own; of what other channels on the
    /// flow say meanwhile its peers need know nothing.
    func evidence(of channel: Channel, _ direction: Direction) -> DeliveryEvidence {
        var evidence = flows[channel.flow, direction].reassembler.evidence
        if channel.isCarried {
            evidence.hasBeginning = true
            evidence.isFinished = evidence.isFinished || channel[direction].end != nil
            let acknowledged = flows[channel.flow, direction].reassembler.acknowledgedOffset
            evidence.isAcknowledged = acknowledged.map { $0 >= Int64(clamping: channel[direction].flowEnd) } ?? false
        }
        return evidence
    }
}
