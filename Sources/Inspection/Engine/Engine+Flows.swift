import Bytes
import Channels
import Streams
import Packets
import Rules
import Text
import Verdicts

// Flows: how one begins, is forgotten, and ends.
extension Engine {
    /// Makes a flow for a segment that may begin one.
    mutating func begin(_ key: FlowKey, _ hash: UInt64, _ segment: Segment, _ header: PacketHeader) -> Int? {
        // A segment that carries nothing and opens nothing needs no flow.
        if !segment.flags.contains(.syn), segment.payloadLength == 0 { return nil }
        if flows.count >= settings.limits.connectionCount || isFull { forgetOne() }
        counts.rare.flows += 1
        let index = flows.insert(key, hash, serial: counts.rare.flows, fractionDigits: header.fractionDigits)
        if !path.isEmpty { facts(of: index).path = path }
        if settings.countsPackets { flows[index].traffic = FlowTraffic() }
        // Its first data are looked at twice, where what was sent before them may stand in the next packets.
        flows[index].uncheckedCount = missing.canLook ? Self.checkedCount : 0
        flows[index].isWatched = settings.countsPackets || missing.canLook
        return index
    }

    /// Segments with data of a flow that are looked at twice, as long as only one direction has any.
    private static let checkedCount: UInt8 = 16

    mutating func forgetOne() {
        if let index = flows.idle() { forget(flow: index) }
    }

    /// Forgets a flow, since there are too many of them or too much waits.
    mutating func forget(flow index: Int) {
        let finding =
            flows.count >= settings.limits.connectionCount
            ? Finding(.connectionLimit, found: Quantity.counted(settings.limits.connectionCount, "connection"))
            : memoryLimitFinding
        let connections = flows.channels(of: index).compactMap { $0.webSocket?.connection }
        for connection in connections { report([finding], from: nil, in: connection) }
        if connections.isEmpty, isFull { reportMemory(in: nil, .fromLow) }
        end(flow: index, .forgotten)
        flows.remove(index)
    }

    /// Ends a flow: what is open on it is closed, and the ends of connections are reported.
    mutating func end(flow index: Int, _ transport: TransportEnd) {
        guard !flows[index].isOver, !defersEnd(of: index, transport) else { return }
        let transport = deferredEnd(of: index) ?? settledEnd(flow: index, transport)
        // What an end has waited for came after it.
        let present = now
        defer { now = present }
        if transport != .captureEnded, let time = waitedTime(flow: index) { now = time }
        for direction in Direction.allCases {
            while let gap = flows[index, direction].reassembler.finalGap() {
                noteGap(gap.byteCount, .lost, flow: index, direction)
                drain(flow: index, direction)
            }
        }
        noteUnseenFINs(flow: index)
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
            (flows.channels(of: index).compactMap { $0.webSocket?.connection.number }.min() ?? .max, flows.lastPacket(of: index).number)
        }
        endGatherings(at: .max)
        if flows.closing.isEmpty {
            let open = flows.indices.filter { !flows[$0].isOver }.map { (index: $0, order: order($0)) }
            flows.closing = open.sorted { $0.order > $1.order }.map(\.index)
        }
        for _ in 0..<Self.closingCount {
            guard let index = flows.closing.popLast() else { break }
            end(flow: takeOverForeignSYN(flow: index) ?? index, .captureEnded)
        }
        if !flows.closing.isEmpty { return true }
        endRecorded()
        flows = Flows()
        datagrams = DatagramFlows(sorter: settings.datagrams?.makeSorter())
        keys = KeyHistory()
        losses = LossLog()
        waitingEnds = WaitingEnds()
        isAlert = settings.tracksPackets
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

    /// Bytes of the flow are missing since the last of a channel that a layer carries: its next ones, or its end, may be among them.
    mutating func lacksBytes(of channel: Channel, _ direction: Direction) -> Bool {
        if channel[direction].end?.isInStep == true { return false }
        if let below = channel.datagrams { return below.layer.lacksPackets(from: direction) }
        guard channel.isCarried, let gap = flows[channel.flow].facts?[direction].gap else { return false }
        return gap.end > channel[direction].flowEnd
    }

    /// Whether the bytes of a channel arrived and more can come, as far as it is known.
    ///
    /// A channel on a layer is acknowledged as far as the bytes of the flow are that brought its own; of what other channels on the
    /// flow say meanwhile its peers need know nothing.
    mutating func evidence(of channel: Channel, _ direction: Direction) -> DeliveryEvidence {
        if let below = channel.datagrams { return evidence(of: channel, direction, on: below.layer, below.stream) }
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
