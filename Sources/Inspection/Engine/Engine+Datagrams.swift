import Bytes
import Channels
import Packets
import Streams
import Verdicts

/// Connections on datagrams: who finds them, and their rows.
struct DatagramFlows {
    /// Nil where UDP is not read.
    var sorter: (any DatagramSorter)?
    /// Rows by the sorter's number.
    private var rows: [SerialKey: Flows.Reference] = [:]
    /// How many of them are looked at for a removal.
    private var reviewAt = 1_024

    init(sorter: (any DatagramSorter)? = nil) { self.sorter = sorter }

    /// The connection of a datagram (`DatagramSorter.sort`).
    @inline(__always)
    mutating func sort(_ datagram: Span<UInt8>, onPath path: UInt64, from direction: Direction) -> DatagramOwner? {
        // Taken out and put back, which counts no references.
        guard let sorter = sorter.take() else { return nil }
        let owner = sorter.sort(datagram, onPath: path, from: direction)
        self.sorter = consume sorter
        return owner
    }

    func row(of connection: UInt64) -> Flows.Reference? { rows[SerialKey(connection)] }

    mutating func forget(_ connection: UInt64) {
        rows[SerialKey(connection)] = nil
        sorter?.forget(connection)
    }

    mutating func add(_ connection: UInt64, _ row: Flows.Reference, _ flows: borrowing Flows) {
        rows[SerialKey(connection)] = row
        guard rows.count >= reviewAt else { return }
        // Their number has doubled since the last look, so that a look costs each a few steps.
        for (key, row) in rows where !flows.isStill(row) { forget(key.number) }
        reviewAt = max(1_024, 2 * rows.count)
    }
}

// UDP: which connection a datagram belongs to, and what its streams bring. A connection on datagrams has a row like one of TCP, with a
// channel and a carrier session, so that everything above is the same. Its row is not found by its ends, which may change.
extension Engine {
    /// Takes a datagram; false if it belongs to no connection.
    ///
    /// - Parameter path: what the packet passes through; asked where it begins a connection.
    mutating func take(_ datagram: Datagram, _ bytes: Span<UInt8>, _ header: PacketHeader, path: () -> [PathHop]) -> Bool {
        let (key, pathDirection) = FlowKey.of(datagram)
        guard let owner = datagrams.sort(bytes, onPath: flows.hash(key), from: pathDirection) else { return false }
        let mark = PacketMark(number: header.number, time: header.time)
        let index: Int
        if let row = datagrams.row(of: owner.connection) {
            // It was forgotten, or has been over for long.
            guard flows.isStill(row) else { return false }
            index = Int(row.index)
        } else {
            index = begin(owner, key, mark, header, datagram.isEncapsulated ? path() : [])
        }
        if settings.tracksFlows { tracking.flow = index }
        if settings.locates {
            tracking.place = PacketPlace(
                flow: flows[index].serial, isFromLow: owner.direction == .fromLow, offset: 0, segment: nil, fragments: [])
        }
        flows[index].isFresh = true
        guard !flows[index].isOver, let channel = flows[index].channel, case .carrier(let session) = channel.session else { return true }
        let direction = owner.direction
        let layer = owner.layer
        flows[index, direction].lastPacket = mark
        flows[index].traffic?[direction].count(
            datagramOf: datagram.payloadLength, headerLength: datagram.internetHeaderLength + 8)
        guard datagram.isWhole else {
            counts.rare.cutPackets += 1
            return true
        }
        flows[index, direction].lastData = mark
        channel[direction].stream.provenance.begin(mark)
        perform(session, on: channel, direction) { output in layer.take(bytes, from: direction, at: mark, into: &output) }
        if layer.hasEnded, let end = layer.end { self.end(flow: index, end, session) } else { countKept(session, layer, flow: index) }
        return true
    }

    /// Counts what a layer on datagrams takes. One of which something waits where memory is full gives way.
    private mutating func countKept(_ session: CarrierSession, _ layer: any DatagramLayer, flow index: Int) {
        let waiting = layer.waitingByteCount
        let count = layer.bareByteCount + waiting
        memory.waitingByteCount += count - session.countedByteCount
        session.countedByteCount = count
        if isFull, waiting > Memory.freeByteCount { forget(flow: index) }
    }

    /// Makes the row, channel and session of a new connection.
    private mutating func begin(
        _ owner: DatagramOwner, _ key: FlowKey, _ mark: PacketMark, _ header: PacketHeader, _ path: [PathHop]
    ) -> Int {
        if flows.count >= settings.limits.connectionCount || isFull { forgetOne() }
        counts.rare.flows += 1
        counts.rare.datagramFlows += 1
        let serial = counts.rare.flows
        let index = flows.insertOfDatagrams(key, serial: serial, fractionDigits: header.fractionDigits)
        datagrams.add(owner.connection, Flows.Reference(index: Int32(index), serial: serial), flows)
        if !path.isEmpty { facts(of: index).path = path }
        if settings.countsPackets {
            let traffic = FlowTraffic()
            traffic.isShared = true
            flows[index].traffic = traffic
        }
        let transport = settings.datagrams?.transport ?? "udp"
        let session = CarrierSession(owner, transport: transport, begun: mark)
        let channel = Channel(
            ChannelID(flow: serial), flow: index, carrier: Carrier(transport: "udp", flow: serial, path: path), session: .carrier(session))
        flows[index].channel = channel
        for direction in Direction.allCases { flows[index, direction].reader = .nobody }
        return index
    }

    /// Has a layer on datagrams do something, and does what it reports.
    private mutating func perform(
        _ session: CarrierSession, on channel: Channel, _ direction: Direction, _ act: (inout LayerOutput) -> Void
    ) {
        if !session.draining.isEmpty { endDrained(session) }
        var output = session.output.take() ?? LayerOutput()
        act(&output)
        if !output.isEmpty {
            _ = perform(output, taken: Span(), at: 0, session, on: channel, direction)
            output.removeAll()
        }
        session.output = consume output
    }

    /// Has a layer on datagrams hand on what it kept, since nothing more comes.
    mutating func finish(_ session: CarrierSession, _ layer: any DatagramLayer, on channel: Channel) {
        perform(session, on: channel, .fromLow) { output in layer.finish(into: &output) }
    }

    /// Secrets have come for a connection on datagrams.
    mutating func resume(_ session: CarrierSession, _ layer: any DatagramLayer, on channel: Channel) {
        perform(session, on: channel, .fromLow) { output in layer.resume(into: &output) }
        if let end = layer.end, !flows[channel.flow].isOver { self.end(flow: channel.flow, end, session) }
    }

    /// Ends a connection whose packets say that it ended.
    private mutating func end(flow index: Int, _ end: DatagramEnd, _ session: CarrierSession) {
        session.warnings[end.by] = (end.reason, end.mark)
        self.end(flow: index, .finished)
    }

    /// Whether the bytes of a stream arrived and more can come, as the layer on datagrams below knows it.
    mutating func evidence(
        of channel: Channel, _ direction: Direction, on layer: any DatagramLayer, _ stream: UInt64
    ) -> DeliveryEvidence {
        var evidence = DeliveryEvidence()
        evidence.hasBeginning = true
        evidence.isSynchronized = true
        evidence.isFinished = channel[direction].end != nil
        evidence.isAcknowledged = layer.isAcknowledged(stream, from: direction, upTo: channel[direction].flowEnd)
        return evidence
    }
}
