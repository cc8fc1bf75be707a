import Bytes
import Channels
import Packets
import Streams
import Verdicts

/// Connections on datagrams: who finds them, and which rows they have.
struct DatagramFlows {
    /// Nil where UDP is not read.
    var sorter: (any DatagramSorter)?
    /// The sorter's number of each connection with its row, in the order in which they began.
    private var begun: [(connection: UInt64, row: Flows.Reference)] = []
    /// How many of them are looked at for a removal.
    private var reviewAt = 1_024

    init(sorter: (any DatagramSorter)? = nil) { self.sorter = sorter }

    var areRead: Bool { sorter != nil }

    /// The connection of a datagram (`DatagramSorter.sort`).
    @inline(__always)
    mutating func sort(_ datagram: Span<UInt8>, onPath path: UInt64, from direction: Direction) -> DatagramOwner? {
        // Taken out and put back, which counts no references.
        guard let sorter = sorter.take() else { return nil }
        let owner = sorter.sort(datagram, onPath: path, from: direction)
        self.sorter = consume sorter
        return owner
    }

    /// Has the connection that was found take its datagram (`DatagramSorter.take`).
    @inline(__always)
    mutating func take(
        _ datagram: Span<UInt8>, from direction: Direction, at mark: PacketMark, into output: inout LayerOutput
    ) -> DatagramState? {
        guard let sorter = sorter.take() else { return nil }
        let state = sorter.take(datagram, from: direction, at: mark, into: &output)
        self.sorter = consume sorter
        return state
    }

    mutating func forget(_ connection: UInt64) { sorter?.forget(connection) }

    /// Notes the row of the connection that was found last.
    mutating func add(_ connection: UInt64, _ row: Flows.Reference, _ flows: borrowing Flows) {
        sorter?.note(DatagramRow(index: row.index, serial: row.serial))
        begun.append((connection, row))
        guard begun.count >= reviewAt else { return }
        // Their number has doubled since the last look, so that a look costs each a few steps.
        var left: [(connection: UInt64, row: Flows.Reference)] = []
        for each in begun { if flows.isStill(each.row) { left.append(each) } else { forget(each.connection) } }
        begun = left
        reviewAt = max(1_024, 2 * begun.count)
    }
}

// UDP: which connection a datagram belongs to, and what its streams bring. A connection on datagrams has a row like one of TCP, with a
// channel and a carrier session, so that everything above is the same. Its row is not found by its ends, which may change.
extension Engine {
    /// What the engine needs of a datagram besides its payload.
    private struct Envelope {
        var key: FlowKey
        /// Which end of the key sent it.
        var direction: Direction
        /// Bytes on the wire.
        var payloadLength: Int
        var internetHeaderLength: Int
        var isWhole: Bool
    }

    /// Takes a datagram; false if it belongs to no connection.
    ///
    /// - Parameter path: what the packet passes through; asked where it begins a connection.
    mutating func take(_ datagram: Datagram, _ bytes: Span<UInt8>, _ header: PacketHeader, path: () -> [PathHop]) -> Bool {
        let (key, direction) = FlowKey.of(datagram)
        let envelope = Envelope(
            key: key, direction: direction, payloadLength: datagram.payloadLength,
            internetHeaderLength: datagram.internetHeaderLength, isWhole: datagram.isWhole)
        return take(bytes, in: envelope, header) { datagram.isEncapsulated ? path() : [] }
    }

    /// The same for a datagram as nearly all are.
    mutating func take(_ datagram: PlainDatagram, in packet: Span<UInt8>, _ header: PacketHeader) -> Bool {
        let (key, direction) = FlowKey.of(datagram)
        let envelope = Envelope(
            key: key, direction: direction, payloadLength: datagram.payloadLength,
            internetHeaderLength: PlainDatagram.internetHeaderLength, isWhole: datagram.isWhole)
        return take(packet.extracting(datagram.capturedRange), in: envelope, header) { [] }
    }

    @inline(__always)
    private mutating func take(_ bytes: Span<UInt8>, in envelope: Envelope, _ header: PacketHeader, path: () -> [PathHop]) -> Bool {
        guard let owner = datagrams.sort(bytes, onPath: flows.hash(envelope.key), from: envelope.direction) else { return false }
        let mark = PacketMark(number: header.number, time: header.time)
        let index: Int
        if let row = owner.row {
            // It was forgotten, or has been over for long.
            guard flows.isStill(Flows.Reference(index: row.index, serial: row.serial)) else { return false }
            index = Int(row.index)
        } else {
            index = begin(owner, envelope.key, mark, header, path())
        }
        if settings.tracksPackets { track(flow: index, owner.direction) }
        flows[index].isFresh = true
        if flows[index].isOver { return true }
        let direction = owner.direction
        flows[index, direction].lastPacket = mark
        flows[index].traffic?[direction].count(
            datagramOf: envelope.payloadLength, headerLength: envelope.internetHeaderLength + 8)
        guard envelope.isWhole else {
            counts.rare.cutPackets += 1
            return true
        }
        flows[index, direction].lastData = mark
        deliver(bytes, mark, flow: index, direction)
        return true
    }

    private mutating func track(flow index: Int, _ direction: Direction) {
        if settings.tracksFlows { tracking.flow = index }
        guard settings.locates else { return }
        tracking.place = PacketPlace(
            flow: flows[index].serial, isFromLow: direction == .fromLow, offset: 0, received: nil, segment: nil, fragments: [])
    }

    /// Has an open connection take a datagram, and does what it reports. References are counted only where that is more than frames.
    @inline(__always)
    private mutating func deliver(_ bytes: Span<UInt8>, _ mark: PacketMark, flow index: Int, _ direction: Direction) {
        // Invariant here and below: the row keeps its channel, and the channel its session, as long as only ordinary frames are taken.
        guard let session = unsafe unretainedCarrier(of: index) else { return }
        if unsafe session._withUnsafeGuaranteedRef({ !$0.draining.isEmpty }) { endDrained(flow: index) }
        var output = takeRoom()
        let state = datagrams.take(bytes, from: direction, at: mark, into: &output)
        if !output.isEmpty {
            if !output.others.isEmpty || !takeFrames(of: &output, flow: index) { perform(output, flow: index, direction) }
            output.removeAll()
        }
        rooms.output = consume output
        guard let state else { return }
        if state.hasEnded || isFull || countedByteCount(of: index) != state.byteCount { conclude(state, flow: index) }
    }

    /// The session of a layer that a flow carries, for a call, without counting a reference.
    @inline(__always)
    private mutating func unretainedCarrier(of index: Int) -> Unmanaged<CarrierSession>? {
        guard let channel = unsafe flows[index].unretainedChannel else { return nil }
        return unsafe channel._withUnsafeGuaranteedRef { unsafe $0.unretainedCarrier }
    }

    @inline(__always)
    private mutating func countedByteCount(of index: Int) -> Int {
        guard let session = unsafe unretainedCarrier(of: index) else { return 0 }
        return unsafe session._withUnsafeGuaranteedRef { $0.countedByteCount }
    }

    /// Takes content that has nothing but ordinary frames; false as soon as there is something else.
    @inline(__always)
    private mutating func takeFrames(of output: inout LayerOutput, flow index: Int) -> Bool {
        while let content = output.nextContent {
            guard let session = unsafe unretainedCarrier(of: index) else { return false }
            let taken = unsafe session._withUnsafeGuaranteedRef { takeFrames(of: content, output.bytes.span, $0) }
            output.takeContent(taken)
            if taken < content.range.count { return false }
        }
        return output.acknowledgements.isEmpty
    }

    /// Room for what a layer on datagrams reports.
    private mutating func takeRoom() -> LayerOutput {
        var output = rooms.output.take() ?? LayerOutput()
        output.wantsAcknowledgements = settings.countsPackets
        return output
    }

    @inline(never)
    private mutating func endDrained(flow index: Int) {
        if case .carrier(let session)? = flows[index].channel?.session { endDrained(session) }
    }

    /// Does what a layer on datagrams has reported.
    @inline(never)
    private mutating func perform(_ output: borrowing LayerOutput, flow index: Int, _ direction: Direction) {
        guard let channel = flows[index].channel, case .carrier(let session) = channel.session else { return }
        perform(output, session, on: channel, direction)
    }

    /// Ends a connection that has ended by a datagram, or counts what it takes: where memory is full, one of which something waits gives
    /// way.
    @inline(never)
    private mutating func conclude(_ state: DatagramState, flow index: Int) {
        guard case .carrier(let session)? = flows[index].channel?.session, let layer = session.ofDatagrams else { return }
        if state.hasEnded, let end = layer.end { return self.end(flow: index, end, session) }
        memory.waitingByteCount += state.byteCount - session.countedByteCount
        session.countedByteCount = state.byteCount
        if isFull, layer.waitingByteCount > Memory.freeByteCount { forget(flow: index) }
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
        guard let layer = datagrams.sorter?.found else { return index }
        let session = CarrierSession(layer, of: owner.connection, transport: transport, begun: mark)
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
        var output = takeRoom()
        act(&output)
        if !output.isEmpty { perform(output, session, on: channel, direction) }
        output.removeAll()
        rooms.output = consume output
    }

    private mutating func perform(_ output: borrowing LayerOutput, _ session: CarrierSession, on channel: Channel, _ direction: Direction) {
        // The packet that ends of streams and the like are said of, where they name none.
        if flows[channel.flow, direction].lastData.number > 0 {
            channel[direction].stream.provenance.begin(flows[channel.flow, direction].lastData)
        }
        _ = perform(output, taken: Span(), at: 0, session, on: channel, direction)
    }

    /// Has a layer on datagrams hand on what it kept, since nothing more comes.
    mutating func finish(_ session: CarrierSession, _ layer: any DatagramLayer, on channel: Channel) {
        perform(session, on: channel, .fromLow) { output in layer.finish(into: &output) }
    }

    /// Secrets have come for a connection on datagrams.
    mutating func resume(_ session: CarrierSession, _ layer: any DatagramLayer, on channel: Channel) {
        let arrival = now
        session.isReplaying = true
        perform(session, on: channel, .fromLow) { output in layer.resume(into: &output) }
        session.isReplaying = false
        if let end = layer.end, !flows[channel.flow].isOver {
            now = end.mark.time
            self.end(flow: channel.flow, end, session)
        }
        now = arrival
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
        evidence.isBehindAcknowledgment = layer.lacksPackets(from: direction)
        return evidence
    }
}
