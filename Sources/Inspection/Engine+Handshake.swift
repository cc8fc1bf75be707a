import Bytes
import HTTP
import Packets
import Rules
import Streams
import Text
import WebSocket

extension Engine {
    /// Requests that may wait for their responses on one connection.
    private static let pipelineLimit = 1_000

    // MARK: First bytes

    func sniff(
        _ flow: Flow, _ lane: Lane, _ rest: Span<UInt8>, at offset: UInt64, into sink: inout some EventSink & ~Copyable
    ) -> Int? {
        if lane.side != .server {
            switch ProxyHeader.look(at: rest) {
            case .yes(let count):
                if locates { flow.proxyHeader = placed(rest.extracting(0..<count), at: offset, isRequest: true) }
                return count
            case .needsMore: return nil
            case .no: break
            }
        }
        let verdict = lane.side == .server ? Sniff.looksLikeResponse(rest) : Sniff.looksLikeRequest(rest)
        switch verdict {
        case .needsMore: return nil
        case .yes:
            lane.stage = nextHead(lane)
            return 0
        case .no:
            // Where its beginning was not captured, these need not be the first bytes.
            if !countForeign(rest), lane.reassembler.initialSequence == nil {
                loseStep(flow, lane, into: &sink)
                return 0
            }
            return leave(flow, speaking: lane.side == .server ? .sniff(rest) : nil, into: &sink)
        }
    }

    private func nextHead(_ lane: Lane) -> Lane.Stage {
        lane.side == .server ? .response(ResponseHeadDecoder(limits: limits.head)) : .request(RequestHeadDecoder(limits: limits.head))
    }

    /// Counts what is known and not read; true when it was.
    private func countForeign(_ first: Span<UInt8>) -> Bool {
        // A TLS handshake record: type 22, version 3.x (RFC 8446 §5.1).
        let isTLS = first[0] == 0x16 && (first.count < 2 || first[1] == 0x03)
        let isHTTP2 = first.matches("PRI * HTTP/2.0")
        if isTLS { counts.tlsFlows += 1 }
        if isHTTP2 { counts.http2Flows += 1 }
        return isTLS || isHTTP2
    }

    /// What this connection speaks is not ours: nothing of it is kept any more.
    func leave(_ flow: Flow, speaking spoken: TransportEnd.Foreign? = nil, into sink: inout some EventSink & ~Copyable) -> Int {
        for lane in [flow.low, flow.high] {
            lane.stage = .opaque
            lane.clear()
            weigh(lane)
        }
        tellRefusal(flow, into: &sink)
        tellUnanswered(flow, .notHTTP(spoken), into: &sink)
        return 0
    }

    /// The same, for a head that cannot be read.
    private func leave(_ flow: Flow, _ lane: Lane, _ error: HeadError, into sink: inout some EventSink & ~Copyable) -> Int {
        let count = leave(flow, into: &sink)
        switch error.cause {
        case .tooLong: tellLimit(.headLimit, found: "more than \(Quantity.counted(limits.headByteCount, "byte"))", flow, lane, into: &sink)
        case .tooManyHeaders:
            tellLimit(.headLimit, found: "more than \(Quantity.counted(limits.head.headerCount, "header line"))", flow, lane, into: &sink)
        case .badStartLine, .badFieldLine, .nothingToContinue: break
        }
        return count
    }

    /// Nothing more comes of the upgrades that wait for their answer.
    func tellUnanswered(_ flow: Flow, _ transport: TransportEnd, into sink: inout some EventSink & ~Copyable) {
        endExchanges(flow, into: &sink)
        let pending = flow.pending
        flow.pending = []
        for request in pending {
            if case .upgrade(let handshake) = request.kind { tellAttempt(flow, .unanswered, handshake, transport, into: &sink) }
        }
    }

    // MARK: Requests

    func takeRequest(
        _ flow: Flow, _ lane: Lane, _ outcome: HeadOutcome<RequestHead>, _ rest: Span<UInt8>, at offset: UInt64,
        into sink: inout some EventSink & ~Copyable
    ) -> Int? {
        switch outcome {
        case .needsMore: return nil
        case .malformed(let error): return leave(flow, lane, error, into: &sink)
        case .head(let head):
            if head.method == "PRI" {
                counts.http2Flows += 1
                return leave(flow, into: &sink)
            }
            guard flow.pending.count < Self.pipelineLimit else { return leave(flow, into: &sink) }
            let end = offset + UInt64(head.byteCount)
            if head.method == "CONNECT" {
                flow.pending.append(PendingRequest(method: head.method, kind: .tunnel, end: end))
                lane.stage = .awaiting
            } else if isUpgradeAttempt(head) {
                var handshake = Handshake(time: lane.mark(at: offset).time, fractionDigits: flow.fractionDigits)
                handshake.request = head
                if locates { handshake.requestHead = placed(rest.extracting(0..<head.byteCount), at: offset, isRequest: true) }
                lane.addPackets(offset..<end, to: &handshake.packets, limit: limits.packetsPerFrame)
                flow.pending.append(PendingRequest(method: head.method, kind: .upgrade(handshake), end: end))
                lane.stage = .awaiting
            } else {
                if locates { flow.keep(placed(rest.extracting(0..<head.byteCount), at: offset, isRequest: true)) }
                let exchange = beginExchange(head, flow, lane, at: offset)
                flow.pending.append(PendingRequest(method: head.method, kind: .plain, end: end, exchange: exchange))
                beginBody(flow, lane, .forRequest(head), of: exchange, into: &sink)
            }
            // The response may have been waiting for this.
            resume(flow, flow.other(lane), into: &sink)
            return head.byteCount
        }
    }

    private func placed(_ bytes: Span<UInt8>, at offset: UInt64, isRequest: Bool) -> ConnectionPlace.Head {
        ConnectionPlace.Head(offset: offset, bytes: bytes.copied(), isRequest: isRequest)
    }

    /// A request that means to open a WebSocket, well-formed or not.
    private func isUpgradeAttempt(_ head: RequestHead) -> Bool {
        head.headers.hasElement("websocket", in: "Upgrade") || head.headers.value(of: "Sec-WebSocket-Key") != nil
    }

    /// True while a request may yet come out of the other direction, although packets of its response were seen first.
    func mayStillBeAsked(_ flow: Flow, _ lane: Lane) -> Bool {
        let client = flow.other(lane)
        if flow.hasLostRequests || !client.reassembler.isSynchronized { return false }
        switch client.stage {
        case .opaque, .searching: return false
        default: return true
        }
    }

    // MARK: Responses

    func takeResponse(
        _ flow: Flow, _ lane: Lane, _ outcome: HeadOutcome<ResponseHead>, _ rest: Span<UInt8>, at offset: UInt64,
        into sink: inout some EventSink & ~Copyable
    ) -> Int? {
        switch outcome {
        case .needsMore: return nil
        case .malformed(let error): return leave(flow, lane, error, into: &sink)
        case .head(let head):
            // Interim responses announce another one (RFC 9110 §15.2); 101 is final.
            if (100...199).contains(head.status), head.status != 101 {
                if locates { flow.keep(placed(rest.extracting(0..<head.byteCount), at: offset, isRequest: false)) }
                note(head, of: flow.pending.first?.exchange)
                return head.byteCount
            }
            if head.status == 101, flow.pending.count > 1, UpgradeResponse(head) != nil { flow.forgetRequestsBeforeUpgrade() }
            let request = flow.pending.isEmpty ? nil : flow.pending.removeFirst()
            let end = offset + UInt64(head.byteCount)
            if case .upgrade(var handshake) = request?.kind {
                answer(&handshake, head, rest, lane, offset..<end)
                // Without a word on what it switches to, what was asked for is meant.
                if UpgradeResponse(head) != nil || head.status == 101 && head.headers.value(of: "Upgrade") == nil {
                    open(flow, lane, handshake, askedUntil: request?.end, firstFrameAt: end, into: &sink)
                } else if head.status == 101 {
                    // It switches to another protocol that was offered as well.
                    tellAttempt(flow, .refused, handshake, into: &sink)
                    _ = leave(flow, into: &sink)
                } else {
                    refuse(flow, lane, handshake, head, bodyAt: end, into: &sink)
                }
                return head.byteCount
            }
            if head.status == 101 {
                // Without its request it is ours only when it says so itself.
                if request == nil, head.headers.hasElement("websocket", in: "Upgrade") {
                    var handshake = Handshake(time: lane.mark(at: offset).time, fractionDigits: flow.fractionDigits)
                    answer(&handshake, head, rest, lane, offset..<end)
                    open(flow, lane, handshake, askedUntil: nil, firstFrameAt: end, into: &sink)
                } else {
                    _ = leave(flow, into: &sink)
                }
                return head.byteCount
            }
            if case .tunnel = request?.kind, (200...299).contains(head.status) {
                lane.stage = .undecided
                beginAnew(flow, flow.other(lane), .undecided, into: &sink)
                return head.byteCount
            }
            if case .tunnel = request?.kind {
                beginAnew(flow, flow.other(lane), .request(RequestHeadDecoder(limits: limits.head)), into: &sink)
            }
            if locates { flow.keep(placed(rest.extracting(0..<head.byteCount), at: offset, isRequest: false)) }
            note(head, of: request?.exchange)
            beginBody(flow, lane, .forResponse(head, toMethod: request?.method), of: request?.exchange, into: &sink)
            return head.byteCount
        }
    }

    private func answer(_ handshake: inout Handshake, _ head: ResponseHead, _ rest: Span<UInt8>, _ lane: Lane, _ range: Range<UInt64>) {
        handshake.response = head
        if locates { handshake.responseHead = placed(rest.extracting(0..<head.byteCount), at: range.lowerBound, isRequest: false) }
        handshake.responseTime = lane.mark(at: range.lowerBound).time
        lane.addPackets(range, to: &handshake.packets, limit: limits.packetsPerFrame)
    }

    func beginAnew(_ flow: Flow, _ lane: Lane, _ stage: Lane.Stage, into sink: inout some EventSink & ~Copyable) {
        lane.stage = stage
        resume(flow, lane, into: &sink)
    }

    // MARK: Bodies

    func takeBody(_ flow: Flow, _ lane: Lane, _ outcome: BodyOutcome, into sink: inout some EventSink & ~Copyable) -> Int? {
        switch outcome {
        case .needsMore(let consumed): return consumed > 0 ? consumed : nil
        case .malformed: return leave(flow, into: &sink)
        case .done(let consumed):
            // One that was empty has ended with its head.
            if consumed > 0 { endBody(flow, lane, into: &sink) }
            lane.stage = nextHead(lane)
            return consumed
        }
    }

    // MARK: What came of an upgrade

    func makeConnection(_ flow: Flow, _ status: Connection.Status, _ handshake: Handshake, inferred: [String] = []) -> Connection {
        connectionCount += 1
        let connection = Connection(
            number: connectionCount, client: flow.lane(of: .client).sender, server: flow.lane(of: .server).sender, status: status,
            handshake: handshake, inferred: inferred)
        if locates {
            connection.place = ConnectionPlace(
                flow: flow.serial, isClientLow: flow.low.side == .client, proxyHeader: flow.proxyHeader, request: handshake.requestHead,
                response: handshake.responseHead)
            connection.place?.others = flow.takeOtherHeads()
        }
        flow.handTraffic(to: connection)
        return connection
    }

    /// - Parameter end: stream offset behind the request, where it was seen.
    private func open(
        _ flow: Flow, _ server: Lane, _ handshake: Handshake, askedUntil end: UInt64?, firstFrameAt offset: UInt64,
        into sink: inout some EventSink & ~Copyable
    ) {
        let client = flow.other(server)
        if server.side == nil { flow.assign(client: client) }
        let inferred = handshake.request == nil ? ["The request of the handshake was not captured."] : []
        let connection = makeConnection(flow, .open, handshake, inferred: inferred)
        flow.connection = connection
        connection.flow = flow
        endExchanges(flow, into: &sink)
        flow.pending = []
        introduce(connection, early: earlyData(handshake, client), into: &sink)
        beginFrames(connection, server, at: offset)
        server.stage = .frames
        // The client may be amid its request just now, or nothing of it may be missing but what this answer made up for.
        if let end, client.windowOffset <= end {
            beginFrames(connection, client, at: end)
            client.stage = .upgraded
        } else if case .searching = client.stage {
            client.stage = .searching(
                FrameSearch(isMasked: true, allowsCompression: connection.allowsCompression, isKnownWebSocket: true))
            beginFrames(connection, client, at: client.windowOffset, knowsHistory: false)
            connection.rules.lose(.client)
        } else {
            beginFrames(connection, client, at: client.windowOffset)
            client.stage = .upgraded
        }
        resume(flow, client, into: &sink)
    }

    /// Judges a connection's handshake, tells of the connection, then of what is wrong with the handshake.
    func introduce(_ connection: Connection, early: Finding? = nil, into sink: inout some EventSink & ~Copyable) {
        var client: [Finding] = []
        var server: [Finding] = []
        if let request = connection.request {
            client = HandshakeRules.judge(request)
            let place = KeyPlace(client: connection.client.address, server: connection.server)
            if let finding = keys.judge(request, at: place, port: connection.client.port) { client.append(finding) }
        }
        if let response = connection.response {
            server = HandshakeRules.judge(response, to: connection.request)
            if server.contains(where: { $0.rule.severity == .violation }) { connection.rules.breakRule(.server) }
        }
        if let early { client.append(early) }
        connection.handshakeFindings = HandshakeFindings(client: client, server: server)
        sink.opened(connection)
        tell(client, of: .client, connection, into: &sink)
        tell(server, of: .server, connection, into: &sink)
    }

    /// What waits of the client's came before the answer; what is only captured in the wrong order came hardly before it.
    private func earlyData(_ handshake: Handshake, _ client: Lane) -> Finding? {
        guard case .awaiting = client.stage, !client.window.isEmpty, let request = handshake.request, let answered = handshake.responseTime,
            request.headers.value(of: "Content-Length") == nil, request.headers.value(of: "Transfer-Encoding") == nil
        else { return nil }
        let early = answered.nanoseconds(since: client.mark(at: client.windowOffset).time)
        guard early >= 1_000_000 else { return nil }
        return Finding(
            .requestEarlyData, expected: "nothing",
            found: "\(Quantity.counted(client.window.count, "byte")), \(early / 1_000_000) ms before the 101")
    }

    /// An attempt that came to nothing: it opens and ends at once.
    func tellAttempt(
        _ flow: Flow, _ status: Connection.Status, _ handshake: Handshake, _ transport: TransportEnd = .captureEnded,
        body: RefusalBody? = nil, until end: UInt64? = nil, into sink: inout some EventSink & ~Copyable
    ) {
        let connection = makeConnection(flow, status, handshake)
        connection.refusalBody = body
        connection.place?.responseEnd = end
        introduce(connection, into: &sink)
        connection.verdict = Verdict(facts(of: connection, flow, transport))
        flow.ended = connection
        sink.ended(connection)
    }

    // MARK: Frames begin

    func beginFrames(_ connection: Connection, _ lane: Lane, at offset: UInt64, knowsHistory: Bool = true) {
        guard let side = lane.side else { return }
        var frames = FrameLane(
            side: side, start: offset, allowsCompression: connection.allowsCompression, allowsUnknown: connection.allowsUnknown,
            knowsHistory: knowsHistory)
        if let deflate = connection.deflate {
            frames.assembler.negotiate(side == .client ? deflate.client : deflate.server, hasKnownWindow: knowsHistory)
        }
        lane.frames = FrameLaneBox(frames)
        if side == .client { connection.place?.clientStart = offset } else { connection.place?.serverStart = offset }
    }

    /// Behind a 101 a client may still go on with HTTP, when it did not accept the answer or a test sends it many in turn.
    func decideFramesOrHTTP(_ flow: Flow, _ lane: Lane, _ rest: Span<UInt8>, into sink: inout some EventSink & ~Copyable) -> Int? {
        // A masked frame's second byte has its top bit set; text has not.
        let mayBeText = rest.count < 2 ? rest[0] >= 0x41 && rest[0] <= 0x5A : rest[1] & 0x80 == 0
        if mayBeText {
            switch Sniff.looksLikeRequest(rest) {
            case .needsMore: return nil
            case .no: break
            case .yes:
                endConnection(flow, .stillHTTP(lane.mark(at: lane.windowOffset)), into: &sink)
                lane.stage = .request(RequestHeadDecoder(limits: limits.head))
                let server = flow.other(lane)
                server.stage = .response(ResponseHeadDecoder(limits: limits.head))
                return 0
            }
        }
        lane.stage = .frames
        return 0
    }
}

extension TransportEnd.Foreign {
    /// Tells from the first bytes of a server.
    static func sniff(_ bytes: Span<UInt8>) -> Self? {
        // A record of version 3.x, an alert or a handshake (RFC 8446 §5.1).
        if bytes.count >= 3, bytes[0] == 0x15 || bytes[0] == 0x16, bytes[1] == 0x03, bytes[2] <= 0x04 { return .tls }
        // SETTINGS on stream 0, a multiple of 6 bytes (RFC 9113 §6.5).
        guard bytes.count >= 9, bytes[0] == 0, bytes[1] == 0, bytes[2] % 6 == 0, bytes[3] == 4, bytes[4] == 0 else { return nil }
        for place in 5...8 where bytes[place] != 0 { return nil }
        return .http2
    }
}

/// Between whom a key must be fresh.
struct KeyPlace: Hashable, Sendable {
    var client: IPAddress
    var server: Endpoint
}

extension Connection {
    /// Compressed messages are to be expected, or cannot be ruled out.
    var allowsCompression: Bool { deflate != nil || status == .inferred || response == nil }

    /// Another extension than compression was agreed on, or cannot be ruled out.
    var allowsUnknown: Bool {
        response == nil || extensions.contains { !$0.name.equalsIgnoringCase(DeflateParameters.extensionName) }
    }
}
