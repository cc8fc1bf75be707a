import Bytes
import Channels
import HTTP
import Streams
import Rules
import Verdicts
import WebSocket

// Everything that a verdict is made from, gathered from where it was noted.
extension Engine {
    mutating func judgeEnd(_ session: WebSocketSession, on channel: Channel, _ transport: TransportEnd) {
        switch transport {
        case .forgotten, .stillHTTP, .notHTTP, .unreadHead, .unreadable, .unrecorded: return
        case .reset, .finished, .captureEnded, .portsReused: break
        }
        guard let client = channel.client else { return }
        var end = ConnectionRules.TransportEnd()
        if let facts = flows[channel.flow].facts {
            end.reset = facts.reset.flatMap { channel.side(of: $0.from) }
            end.resetPacket = facts.reset?.mark.number
        }
        let ends = ChannelEnds(of: channel, flows[channel.flow].facts)
        end.firstFin = ends.first.flatMap { channel.side(of: $0) }
        end.clientFin = ends.captured(client)
        end.serverFin = ends.captured(client.opposite)
        end.firstToCloseTCP = flows[channel.flow].facts?.firstFIN.flatMap { channel.side(of: $0) }
        end.clientClosedTCP = flows[channel.flow].facts?[client].fin
        if channel.carrier.stream != nil {
            // Who ends a stream first is free, and TCP's end is not of one stream.
            if session.hasClose, session.closes.second != nil { return }
            // What gave the stream up is in the verdict, unless it had ended by then.
            let abort = Direction.allCases.compactMap { channel[$0].abort?.mark.number }.min()
            if let abort, abort <= ends.first.flatMap({ ends[$0]?.fin.packet }) ?? .max { return }
        }
        for direction in Direction.allCases where channel.isUnread(direction) || lacksBytes(of: channel, direction) {
            if let side = channel.side(of: direction) { session.rules.lose(side) }
        }
        if let close = session.closes.first, session.closes.second == nil, let direction = channel.direction(of: close.from),
            evidence(of: channel, direction).isAcknowledged
        {
            let (messages, spoke) = (
                sockets[session.socket, close.from.other].totals.messages, sockets[session.socket, close.from.other].spoke
            )
            // The first of them may have begun before.
            if messages >= close.otherMessageCount + 2 { end.lastMessage = (spoke.number, spoke.time) }
        }
        for (side, finding) in session.rules.judge(end) { report([finding], from: side, in: session.connection) }
    }

    /// What is missing of a side's last frame or message.
    mutating func cutOff(_ side: Side, _ session: WebSocketSession, on channel: Channel) -> (what: EndFacts.CutOff, mark: PacketMark)? {
        guard let direction = channel.direction(of: side), session.isReadingFrames(direction) else { return nil }
        if let frame = openFrame(of: side, session) {
            return (.payload(sockets[session.socket, side].decoder.remaining), frame.lastMark)
        }
        let waitingCount = channel[direction].stream.pending.count
        if waitingCount > 0 { return (.header(UInt64(waitingCount)), channel[direction].stream.provenance.newest.last) }
        guard let reading = session.openReading(of: side), reading.assembler.isOpen, !reading.assembler.isMissingBytes else { return nil }
        return (.message(reading.assembler.frameCount), reading.frame.lastMark)
    }

    /// Gathers what is known of a connection that ends. In place, since there is much of it.
    /// - Parameters:
    ///   - session: nil for an attempt.
    ///   - hasLostResponse: the answer to the attempt was not captured.
    mutating func gather(
        _ facts: inout EndFacts, of connection: Connection, _ session: WebSocketSession?, on channel: Channel, _ transport: TransportEnd,
        hasLostResponse: Bool = false
    ) {
        facts.time = connection.responseTime ?? connection.time
        facts.status = EndFacts.Status(connection.status)
        facts.transport = transport
        facts.isStopped = isStopped
        facts.asked = PacketMark(number: connection.packets.first, time: connection.time)
        if let response = connection.response {
            facts.answerer = response.headers.answerer
            let mark = PacketMark(number: connection.packets.last, time: connection.responseTime ?? connection.time)
            facts.answer = EndFacts.Answer(status: response.status, reason: response.reason, mark: mark)
            if response.status == 101, !connection.handshakeFindings.server.isEmpty {
                let fault = { EndFacts.Fault(rule: $0, mark: mark, until: mark.time) }
                let rules = connection.handshakeFindings.server.lazy.map(\.rule)
                facts.handshakeFault = rules.first(where: \.failsUpgrade).map(fault)
                facts.handshakeFlaw = rules.first { !$0.failsUpgrade && $0.entry.severity == .violation }.map(fault)
            }
        }
        // What follows on the wire is another matter.
        if connection.status == .refused { return }
        let noted = flows[channel.flow].facts
        let ends = ChannelEnds(of: channel, noted)
        // Where one side's packets are missing, its FIN is as well.
        let isAlone = isUncaptured(.fromLow, on: channel) || isUncaptured(.fromHigh, on: channel)
        if isAlone, noted?.reset == nil { counts.rare.oneSidedConnections += 1 }
        let time =
            transport == .captureEnded && !(isAlone && ends.first != nil)
            ? now
            : waitedTime(flow: channel.flow) ?? finishedTime(flow: channel.flow, transport) ?? flows.lastPacket(of: channel.flow).time
        facts.time = max(time, connection.time)
        if transport == .captureEnded, let below = channel.datagrams {
            facts.givenUpAfter = silenceGivenUp(below.layer, flow: channel.flow)
        }
        // The last bytes of each side before the first Close frame.
        var spoke: (client: PacketMark, server: PacketMark)?
        if let session, session.hasClose {
            facts.closes = session.closes
            if !hasHungUp(ends, before: facts.closes.first, on: channel) { spoke = facts.closes.spoke }
        }
        if let noted {
            facts.reset = noted.reset.map {
                EndFacts.Reset(
                    by: channel.side(of: $0.from) ?? .client, mark: $0.mark, unanswered: $0.unanswered, isStateless: $0.isStateless,
                    answersUnseen: $0.answersUnseen, knewMore: $0.knewMore)
            }
        }
        facts.firstFin = ends.first.flatMap { channel.side(of: $0) }
        gather(&facts.client, of: .client, connection, session, noted, ends, spoke?.client, on: channel, hasLostResponse: hasLostResponse)
        gather(&facts.server, of: .server, connection, session, noted, ends, spoke?.server, on: channel, hasLostResponse: hasLostResponse)
        if let close = facts.closes.close(from: .server), let server = channel.direction(of: .server),
            let received = flows[channel.flow, server].reassembler.acknowledgedOffset
        {
            facts.isServerCloseDelivered = received >= Int64(clamping: close.streamEnd)
        }
    }

    /// How long a connection on datagrams waited before its ends gave it up, if nothing came for as long.
    private mutating func silenceGivenUp(_ layer: any DatagramLayer, flow index: Int) -> Int64? {
        guard let timeout = layer.idleTimeout, let limit = Int64(exactly: timeout), limit > 0, limit < .max / 1_000_000 else { return nil }
        let silence = now.nanoseconds(since: flows.lastPacket(of: index).time)
        return silence >= limit * 1_000_000 ? limit * 1_000_000 : nil
    }

    /// - Parameter spoke: the side's last bytes before the first Close frame, if that came first.
    private mutating func gather(
        _ half: inout EndFacts.Half, of side: Side, _ connection: Connection, _ session: WebSocketSession?, _ noted: FlowFacts?,
        _ ends: ChannelEnds, _ spoke: PacketMark?, on channel: Channel, hasLostResponse: Bool
    ) {
        guard let direction = channel.direction(of: side) else { return }
        half.frameCount = session.map { sockets[$0.socket, side].totals.frames } ?? 0
        half.spoke = spoke ?? lastSpoke(side, connection, session, noted, on: channel, direction)
        let isResetting = noted?.reset?.from == direction
        let last = isResetting ? noted?.reset?.lastPacketBefore : flows[channel.flow, direction].lastPacket
        half.lastPacket = last.flatMap { $0.number > 0 ? $0 : nil }
        noted?.add(to: &half, direction)
        if let session, channel.isCarried { half.spokeAfterFin = spokeAfterEnd(side, session, ends, on: channel, direction) }
        if let end = ends[direction] {
            half.fin = end.fin.mark
            half.isFinUnseen = end.isUnseen
            half.knewMore = end.fin.knewMore
            half.endKind = end.kind
            if end.kind == .closeNotify { half.laterFin = noted?[direction].fin?.mark }
        }
        if let (abort, mark) = channel[direction].abort {
            half.abort = EndFacts.Abort(carrier: abort.carrier, name: abort.name, mark: mark)
        }
        if let stall = channel[direction.opposite].stall { half.stall = stall }
        half.lacksCloseNotify =
            channel.carrier.security != nil && channel[direction].end == nil && channel.carrier.stream == nil
            && !channel.isUnread(direction)
        half.pings = session?.unansweredPings(from: side)
        if let conduct = session?.notedConduct(of: side) {
            half.firstFault = conduct.firstFault
            half.runFault = conduct.runFault
            half.fault = conduct.lastFault
            half.http = conduct.http
        }
        half.hidden = hidden(side, connection, session, noted?.reset, on: channel, direction, hasLostResponse: hasLostResponse)
        if half.hidden?.isOverflow == true { half.lacksCloseNotify = false }
        half.isIncomplete = half.hidden != nil || session?.rules.isWhole(side) == false
    }

    /// A side's last bytes before the first thing that ended the connection, where that is no Close frame.
    private mutating func lastSpoke(
        _ side: Side, _ connection: Connection, _ session: WebSocketSession?, _ noted: FlowFacts?, on channel: Channel,
        _ direction: Direction
    ) -> PacketMark {
        // Other streams speak on the same flow, and TLS has records that are no data.
        if let session, channel.isCarried { return channel[direction].spokeBeforeEnd ?? sockets[session.socket, side].spoke }
        let mark = noted?[direction].spokeBeforeFIN ?? flows[channel.flow, direction].lastData
        if mark.number > 0 { return mark }
        if let session { return sockets[session.socket, side].spoke }
        return side == .client
            ? PacketMark(number: connection.packets.first, time: connection.time)
            : PacketMark(number: connection.packets.last, time: connection.responseTime ?? connection.time)
    }

    /// A side's last bytes on a channel that a layer carries, if they came after the other side's end.
    private func spokeAfterEnd(
        _ side: Side, _ session: WebSocketSession, _ ends: ChannelEnds, on channel: Channel, _ direction: Direction
    ) -> PacketMark? {
        let mark = sockets[session.socket, side].spoke
        guard let end = ends[direction.opposite], end.kind != .stream, mark.number > end.fin.packet else { return nil }
        return mark
    }

    /// The other side of a Close frame had sent FIN before it. Of a stream, what was said before that is not kept; nor is it of a FIN that
    /// was not captured.
    private func hasHungUp(_ ends: ChannelEnds, before close: CloseLog.Close?, on channel: Channel) -> Bool {
        guard let close, let first = ends.first, channel.carrier.stream == nil, channel.side(of: first) == close.from.other,
            let end = ends[first], !end.isUnseen
        else { return false }
        return end.fin.packet < close.mark.number
    }

    /// The capture has no packet of a direction.
    mutating func isUncaptured(_ direction: Direction, on channel: Channel) -> Bool {
        flows[channel.flow, direction].lastPacket.number == 0
    }

    /// Where a Close frame may be that was not captured.
    private mutating func hidden(
        _ side: Side, _ connection: Connection, _ session: WebSocketSession?, _ reset: FlowFacts.Reset?, on channel: Channel,
        _ direction: Direction, hasLostResponse: Bool
    ) -> EndFacts.Hidden? {
        if isUncaptured(direction, on: channel) { return EndFacts.Hidden() }
        if channel.isUnread(direction) { return EndFacts.Hidden(isEncrypted: true) }
        let gap = flows[channel.flow].facts?[direction].gap?.mark ?? flows.lastPacket(of: channel.flow)
        let below = lacksBytes(of: channel, direction) ? EndFacts.Hidden(mark: gap) : nil
        guard let session else { return below ?? (side == .server && hasLostResponse ? EndFacts.Hidden() : nil) }
        if let missing = session.notedConduct(of: side)?.missing, missing.frameCount == sockets[session.socket, side].totals.frames {
            return EndFacts.Hidden(byteCount: missing.byteCount, mark: missing.mark, isOverflow: missing.isOverflow)
        }
        if session.isSearching(direction) { return EndFacts.Hidden() }
        if let below { return below }
        return reset.flatMap { hidden(before: $0, on: channel, direction) }
    }

    /// What a side sent before its reset, whose sequence number comes after more than was captured.
    private mutating func hidden(before reset: FlowFacts.Reset, on channel: Channel, _ direction: Direction) -> EndFacts.Hidden? {
        guard reset.from == direction,
            let count = flows[channel.flow, direction].reassembler.missingByteCount(before: reset.sequence), count > 0
        else { return nil }
        return EndFacts.Hidden(byteCount: channel.isCarried ? nil : UInt64(count), mark: reset.mark)
    }
}

extension FlowFacts {
    fileprivate func add(to half: inout EndFacts.Half, _ direction: Direction) {
        half.repeats = self[direction].repeats
        half.stall = self[direction].stall
        half.spokeAfterFin = self[direction].spokeAfterFIN
    }
}

extension EndFacts.Status {
    init(_ status: Connection.Status) {
        self =
            switch status {
            case .open: .open
            case .refused: .refused
            case .unanswered: .unanswered
            case .inferred: .inferred
            }
    }
}
