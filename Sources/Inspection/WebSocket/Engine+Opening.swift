import Bytes
import Channels
import HTTP
import Packets
import Rules
import Streams
import Text
import Verdicts
import WebSocket

extension KeyPlace {
    fileprivate init(_ client: IPAddress, _ server: Endpoint) {
        let address = server.address
        self.init(
            client: (client.high, client.low, client.isV4), server: (address.high, address.low, address.isV4), port: server.port)
    }
}

// A WebSocket connection begins, because an upgrade was granted or frames were found; or an attempt at one came to nothing.
extension Engine {
    /// Opens the connection of a granted upgrade.
    /// - Parameters:
    ///   - end: stream offset after the request, if it was captured.
    ///   - offset: stream offset of the server's first frame.
    ///   - isCertain: all of the answer is known.
    mutating func open(
        _ handshake: Handshake, _ http: HTTPSession, on channel: Channel, server: Direction, askedUntil end: UInt64?,
        firstFrameAt offset: UInt64, isCertain: Bool = true
    ) {
        let client = server.opposite
        if channel.client == nil { channel.client = client }
        endExchanges(http, on: channel)
        http.pending = []
        let early = earlyData(handshake, http, on: channel, client: client, answeredUntil: offset)
        // The client may be in the middle of its request, or lack nothing but what this answer makes up for.
        let isInStep = end.map { channel[client].stream.offset <= $0 } ?? false
        var body: BodyDecoder?
        if case .body(let decoder) = http[client] { body = decoder }
        let wasSearching = http.isSearching(client) && !isInStep
        let clientStart = isInStep ? end ?? 0 : channel[client].stream.offset
        var starts = Pair(fromLow: clientStart, fromHigh: clientStart)
        starts[server] = offset
        var knowsHistory = Pair(fromLow: true, fromHigh: true)
        // Without the request nothing tells how much the client had sent.
        knowsHistory[client] = !wasSearching && end != nil
        let session = begin(
            isCertain ? .open : .inferred, handshake, on: channel, starts: starts, knowsHistory: knowsHistory, early: early,
            inferred: handshake.request == nil ? ["The request of the handshake was not captured."] : [])
        session.isRequestCut = handshake.isPartial && !handshake.leavesOutFields && handshake.request != nil
        if wasSearching {
            session.search(for: .client, client)
            session.rules.lose(.client)
        } else {
            session[client] = channel.hasHeads ? .frames : body.map { .requestBody($0) } ?? .upgraded
        }
        channel.session = .webSocket(session)
        resume(channel, client)
    }

    /// Makes an open connection with its rows, and reports it.
    /// - Parameters:
    ///   - starts: stream offsets of the first frames.
    ///   - knowsHistory: everything from there on was captured.
    mutating func begin(
        _ status: Connection.Status, _ handshake: Handshake, on channel: Channel, starts: Pair<UInt64>, knowsHistory: Pair<Bool>,
        early: Finding? = nil, inferred: [String]
    ) -> WebSocketSession {
        let findings = judge(handshake, on: channel, early: early)
        let connection = makeConnection(
            status, handshake, on: channel, findings, starts: starts, row: sockets.nextIndex + 1, inferred: inferred)
        let (allowsCompression, allowsUnknown) = (connection.allowsCompression, connection.allowsUnknown)
        func direction(_ side: Side) -> SocketDirection {
            let direction = channel.direction(of: side) ?? .fromLow
            let isClient = side == .client
            return SocketDirection(
                rules: FrameRules(
                    sender: side, allowsCompression: allowsCompression, allowsUnknown: allowsUnknown,
                    knowsHistory: knowsHistory[direction]),
                start: starts[direction], knowsWindow: knowsHistory[direction],
                spoke: PacketMark(
                    number: isClient ? handshake.packets.first : handshake.packets.last,
                    time: isClient ? handshake.time : handshake.responseTime ?? handshake.time))
        }
        let session = WebSocketSession(connection, on: channel)
        // Invariant: a row is removed before its session goes.
        unsafe session.socket = sockets.insert(
            Socket(connection: .passUnretained(connection), session: .passUnretained(session)), client: direction(.client),
            server: direction(.server))
        session.countedByteCount = connection.keptByteCount
        memory.waitingByteCount += session.countedByteCount
        if findings.server.contains(where: { $0.rule.severity == .violation }) { session.rules.breakRule(.server) }
        introduce(connection)
        reportNoted(on: channel, of: connection)
        return session
    }

    /// Judges a handshake.
    private mutating func judge(_ handshake: Handshake, on channel: Channel, early: Finding? = nil) -> HandshakeFindings {
        var client: [Finding] = []
        if handshake.isPartial { return HandshakeFindings() }
        var isTrusted = false
        if let request = handshake.request, let direction = channel.client {
            client = HandshakeRules.judge(request)
            isTrusted = client.isEmpty
            if handshake.isAnnounced == false { client.append(Finding(.connectNotAnnounced, expected: "ENABLE_CONNECT_PROTOCOL = 1")) }
            let sender = flows[channel.flow].sender(direction)
            let place = KeyPlace(sender.address, flows[channel.flow].sender(direction.opposite))
            if let finding = keys.judge(request, at: place, port: sender.port) { client.append(finding) }
        }
        if let early { client.append(early) }
        let server =
            handshake.response.map { HandshakeRules.judge($0, to: handshake.request, isTrusted: isTrusted) }
            ?? handshake.answerFault.map { [$0] } ?? []
        return HandshakeFindings(client: client, server: server)
    }

    private mutating func makeConnection(
        _ status: Connection.Status, _ handshake: Handshake, on channel: Channel, _ findings: HandshakeFindings, starts: Pair<UInt64>,
        row: Int = 0, body: RefusalBody? = nil, until end: UInt64? = nil, inferred: [String] = []
    ) -> Connection {
        counts.connections += 1
        let client = channel.client ?? .fromLow
        if case .carrier(let session)? = channel.parent?.session { session.connectionCount += 1 }
        var place: ConnectionPlace?
        // What a layer carries stands nowhere in the flow as it is.
        if settings.locates, !channel.isCarried {
            place = ConnectionPlace(
                flow: flows[channel.flow].serial, isClientLow: client == .fromLow, proxyHeader: channel.attempts?.proxyHeader,
                request: handshake.requestHead, response: handshake.responseHead, responseEnd: end,
                others: channel.attempts?.takeOtherHeads() ?? [], clientStart: starts[client], serverStart: starts[client.opposite])
        }
        let (one, other) = (flows[channel.flow].sender(client), flows[channel.flow].sender(client.opposite))
        // In a tunnel, addresses may be those of others.
        let owners = channel.carrier.path.isEmpty ? settings.owners?(one, other) : nil
        return Connection(
            number: counts.connections, client: one, server: other,
            status: status, handshake: handshake, inferred: inferred + handshake.inferred, row: row, carrier: channel.carrier,
            findings: findings,
            refusalBody: body, traffic: flows[channel.flow].traffic?.handOver(client: client), place: place, owners: owners)
    }

    /// Reports a connection, then the findings about its handshake.
    private mutating func introduce(_ connection: Connection) {
        tape.append(.opened(connection))
        report(connection.handshakeFindings.client, from: .client, in: connection)
        report(connection.handshakeFindings.server, from: .server, in: connection)
        for (side, oddities) in [(Side.client, connection.request?.oddities), (.server, connection.response?.oddities)]
        where oddities?.contains(.fieldsLeftOut) == true {
            let found = "more than \(Quantity.counted(settings.limits.head.headerCount, "header line"))"
            report(limit: .headLimit, found: found, from: side, in: connection)
        }
    }

    /// A finding if the client sent data with its request, well before the answer, or without one; bytes that are only captured in the wrong
    /// order come hardly before it.
    /// - Parameter end: stream offset after the answer, if one came.
    mutating func earlyData(
        _ handshake: Handshake, _ http: HTTPSession, on channel: Channel, client: Direction, answeredUntil end: UInt64? = nil
    ) -> Finding? {
        let stream = channel[client].stream.pending.count
        // What came after an answer that is missing, or that was given to another request, is no early data.
        guard !mayHaveBeenAnswered(until: end, on: channel, by: client.opposite), http.isAwaiting(client), !http.hasLostAnswers,
            !http.hasLostRequests, stream > 0, let request = handshake.request, !BodyDecoder.forRequest(request).isBroken
        else { return nil }
        let first = channel[client].stream.provenance.mark(at: channel[client].stream.offset)
        var found = Quantity.counted(stream, "byte")
        if handshake.packets.contains(first.number) {
            found += stream == 1 ? ", in the packet of the request" : ", the first in the packet of the request"
        } else if let answered = handshake.responseTime {
            let early = answered.nanoseconds(since: first.time)
            guard early >= 1_000_000 else { return nil }
            found += ", \(early / 1_000_000) ms before the \(handshake.response?.status ?? 101)"
        } else {
            found += ", and no answer came"
        }
        return Finding(.requestEarlyData, expected: "nothing", found: found)
    }

    /// The client had received an answer that the capture lacks, or has only as it was sent again.
    private mutating func mayHaveBeenAnswered(until end: UInt64?, on channel: Channel, by server: Direction) -> Bool {
        if lacksBytes(of: channel, server) { return true }
        guard let end else { return false }
        return received(on: channel, server.opposite).map { $0 >= Int64(clamping: end) } ?? evidence(of: channel, server).isAcknowledged
    }

    /// Reports an attempt that came to nothing: it opens and ends at once.
    mutating func reportAttempt(
        _ status: Connection.Status, _ handshake: Handshake, on channel: Channel, _ transport: TransportEnd, hasLostResponse: Bool = false,
        early: Finding? = nil, body: RefusalBody? = nil, until end: UInt64? = nil
    ) {
        if hasLostResponse { handshake.isAnnounced = nil }
        let findings = judge(handshake, on: channel, early: early)
        let connection = makeConnection(
            status, handshake, on: channel, findings, starts: Pair(fromLow: 0, fromHigh: 0), body: body, until: end)
        introduce(connection)
        reportNoted(on: channel, of: connection)
        channel.ended = connection
        var facts = EndFacts(time: connection.time)
        let hasLostPackets = handshake.missingPacketCount.flatMap { before in
            channel.direction(of: .server).flatMap { channel.missingPacketCount(from: $0) }.map { $0 > before }
        }
        gather(&facts, of: connection, nil, on: channel, transport, hasLostResponse: hasLostResponse || hasLostPackets ?? false)
        var end = ConnectionEnd(of: connection, Conclusion(consume facts))
        end.acknowledgeTimes = connection.traffic?.acknowledgeTimes
        end.trafficByNow = connection.traffic?.copy
        tape.append(.ended(end))
    }
}
