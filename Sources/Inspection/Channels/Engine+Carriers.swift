import Bytes
import Channels
import Packets
import Streams
import Verdicts
import WebSocket

// Layers: what they are given, and where goes what they report.
extension Engine {
    /// Layers on layers: more than make sense.
    private static let depthLimit = 8
    /// Streams that were given up and are kept for what is on its way, and for how long.
    private static let drainingCount = 128
    private static let drainingTime: Int64 = 1_000_000_000

    /// Puts a layer on a channel whose first bytes belong to one.
    ///
    /// - Parameter isMidway: the channel's beginning was not captured.
    mutating func recognizeLayer(
        _ first: Span<UInt8>, on channel: Channel, _ direction: Direction, isMidway: Bool = false
    ) -> Recognition {
        guard !settings.layers.isEmpty, channel.depth < Self.depthLimit else { return .no }
        var recognition = Recognition.no
        for factory in settings.layers {
            let answer =
                isMidway
                ? factory.recognize(midway: first) : factory.recognize(first, fromServer: channel.side(of: direction) == .server)
            switch answer {
            case .yes:
                let transport = factory.transport(over: channel.carrier.transport)
                if transport.hasPrefix("h2") { counts.rare.readHTTP2Flows += 1 }
                if transport == "tls" { counts.rare.readTLSFlows += 1 }
                let session = CarrierSession(
                    factory.makeLayer(isFromBeginning: !isMidway), transport: transport,
                    begun: channel[direction].stream.provenance.newest.first)
                channel.session = .carrier(session)
                beginLocating(session, on: channel)
                if settings.measuresTraffic { beginFraming(session, on: channel, direction, first.count) }
                return .yes
            case .needsMore: recognition = .needsMore
            case .no: break
            }
        }
        return recognition
    }

    mutating func take(
        _ rest: Span<UInt8>, at offset: UInt64, _ session: CarrierSession, on channel: Channel, _ direction: Direction
    ) -> Int {
        guard let layer = session.ofBytes else { return rest.count }
        if !session.draining.isEmpty { endDrained(session) }
        var output = session.output.take() ?? LayerOutput()
        let consumed = layer.take(rest, from: direction, into: &output)
        let resumes = perform(output, taken: rest, at: offset, session, on: channel, direction)
        output.removeAll()
        session.output = consume output
        if resumes { resume(channel, direction.opposite, upTo: session.replayed?[direction.opposite]) }
        return channel.isOpaque ? rest.count : consumed
    }

    /// Takes units of a layer as long as they are ordinary; the number of bytes that they have.
    ///
    /// All came with one packet, and nothing waits in the channel: it need not be known which packets brought what.
    mutating func takeOrdinary(
        _ bytes: Span<UInt8>, _ mark: PacketMark, _ session: CarrierSession, on channel: Channel, _ direction: Direction
    ) -> Int {
        guard !session.isLocating, let layer = session.ofBytes else { return 0 }
        if !session.draining.isEmpty { endDrained(session) }
        let base = channel[direction].stream.offset
        channel[direction].stream.provenance.begin(mark)
        var made = ByteBuffer()
        swap(&made, &rooms.made)
        let wasLending = rooms.isLending
        var taken = 0
        while taken < bytes.count {
            made.removeAll()
            let rest = bytes.extracting(taken..<bytes.count)
            guard let unit = layer.takeOrdinary(rest, from: direction, into: &made) else { break }
            taken += unit.byteCount
            guard let child = child(unit.stream, session, on: channel) else { continue }
            child[direction].flowEnd = channel.isCarried ? channel[direction].flowEnd : base + UInt64(taken)
            if child.hasHeads, let http = child.http { expectContent(http, on: child, direction) }
            if let content = unit.content {
                deliver(rest.extracting(content), mark, to: child, direction)
            } else {
                rooms.isLending = false
                deliver(made.span, mark, to: child, direction)
                rooms.isLending = wasLending
            }
        }
        swap(&made, &rooms.made)
        return taken
    }

    mutating func noteGap(_ gap: Gap, _ loss: Loss, _ session: CarrierSession, on channel: Channel, _ direction: Direction) {
        guard let layer = session.ofBytes else { return }
        var output = LayerOutput()
        if loss == .overflow {
            layer.noteOverflow(gap.byteCount ?? 0, from: direction, into: &output)
        } else {
            layer.noteGap(gap, from: direction, into: &output)
        }
        forgetStalls(of: direction.opposite, session)
        let resumes = perform(output, taken: Span(), at: channel[direction].stream.offset, session, on: channel, direction, loss)
        if resumes { resume(channel, direction.opposite) }
    }

    /// Has a layer report what it kept, since nothing more comes.
    private mutating func finish(_ session: CarrierSession, _ layer: any ByteLayer, on channel: Channel) {
        var output = LayerOutput()
        layer.finish(into: &output)
        if !output.isEmpty { _ = perform(output, taken: Span(), at: 0, session, on: channel, .fromLow) }
    }

    mutating func end(_ session: CarrierSession, on channel: Channel, _ transport: TransportEnd) {
        if let layer = session.ofDatagrams {
            finish(session, layer, on: channel)
            memory.waitingByteCount -= session.countedByteCount
            session.countedByteCount = 0
            if transport == .forgotten, let connection = session.datagramConnection { datagrams.forget(connection) }
            for direction in Direction.allCases {
                flows[channel.flow].traffic?[direction].repeatedBytes = layer.traffic(of: direction).repeatedByteCount
            }
        } else if let layer = session.ofBytes {
            for direction in Direction.allCases { concludeSearch(on: channel, direction) }
            finish(session, layer, on: channel)
        }
        for child in session.children { end(child, in: session, transport) }
        reportOpacity(session, on: channel, transport)
        if transport != .forgotten { countSilence(session, on: channel) }
        if settings.measuresTraffic { reportFraming(session, on: channel) }
    }

    /// Reports that what a layer carried could not be read, if that is so.
    private mutating func reportOpacity(_ session: CarrierSession, on channel: Channel, _ transport: TransportEnd) {
        if hasCutPackets(of: channel) { session.layer.noteCutPackets() }
        var facts = session.layer.facts
        guard let opacity = facts.opacity else { return }
        facts.security?.wireByteCount += session.overflow.fromLow + session.overflow.fromHigh
        if opacity.isOfNoInterest { return counts.rare.unread.count(SpokenProtocol.otherQUIC) }
        // What was forgotten may yet be answered.
        if transport != .forgotten, let missing = opacity.missingAnswer, let missing = missingAnswer(missing, on: channel),
            reportAttempt(missing, facts.security, begun: session.begun, on: channel)
        {
            return
        }
        if session.ofDatagrams == nil {
            counts.rare.encrypted.count(opacity.reason)
        } else {
            counts.rare.encryptedDatagrams.count(opacity.reason)
        }
        let target = facts.security?.serverName
        let client = channel.client ?? flows[channel.flow].client ?? flows[channel.flow].likelyClient
        let server = flows[channel.flow].sender(client.opposite)
        counts.rare.unread.count(encryptedTo: target.map { "\($0):\(server.port)" } ?? "\(server)")
        tape.append(
            .encrypted(
                EncryptedConnection(
                    flow: channel.carrier.flow, transport: session.ofDatagrams == nil ? "tls" : "quic",
                    client: flows[channel.flow].sender(client),
                    server: flows[channel.flow].sender(client.opposite), first: session.begun,
                    last: flows.lastPacket(of: channel.flow), fractionDigits: flows[channel.flow].fractionDigits,
                    security: facts.security ?? Security(), opacity: opacity)))
    }

    /// Does what a layer has reported; true if the other direction's bytes that wait can be taken now.
    mutating func perform(
        _ output: borrowing LayerOutput, taken: Span<UInt8>, at offset: UInt64, _ session: CarrierSession, on channel: Channel,
        _ taking: Direction, _ loss: Loss = .lost
    ) -> Bool {
        for acknowledgement in output.acknowledgements {
            flows[channel.flow].traffic?[acknowledgement.direction].acknowledgeTimes.add(acknowledgement.time)
        }
        for content in output.contents { take(content, output.bytes.span, session, on: channel) }
        var resumes = false
        for action in output.others {
            switch action {
            case .deliver(let range, let isInput, let source, let stream, let direction):
                guard let child = child(stream, session, on: channel) else { continue }
                // What was taken may be of the other direction than what is handed on.
                let origin = origin(of: source, at: offset, on: channel, taking, for: child, direction)
                if session.isReplaying { now = origin.last.time }
                if isInput {
                    if session.isLocating {
                        let start = offset + UInt64(range.lowerBound)
                        locate(content: start..<start + UInt64(range.count), of: child, session, on: channel, direction)
                    }
                    if child.hasHeads, let http = child.http { expectContent(http, on: child, direction) }
                    deliver(taken.extracting(range), of: origin, to: child, direction)
                } else {
                    let wasLending = rooms.isLending
                    rooms.isLending = false
                    deliver(output.bytes.span.extracting(range), of: origin, to: child, direction)
                    rooms.isLending = wasLending
                }
            case .gap(let gap, let stream, let direction):
                if let child = child(stream, session, on: channel) { noteGap(gap, loss, on: child, direction) }
            case .end(let stream, let direction, let abort, let mark):
                guard let child = child(stream, session, on: channel) else { continue }
                end(child, direction, at: mark ?? channel[taking].stream.provenance.newest.last, abort, session)
            case .head(let section, let source, let stream, let direction):
                guard let child = child(stream, session, on: channel) else { continue }
                takeHead(section, of: origin(of: source, at: offset, on: channel, taking, for: child, direction), on: child, direction)
            case .drain(let stream, _):
                session.draining.append((stream, channel[taking].stream.provenance.newest.last))
            case .warn(let abort, let stream, let direction):
                note((abort, channel[taking].stream.provenance.newest.last), of: stream, direction, session, on: channel)
            case .stall(let isStalled, let stream, let direction):
                note(isStalled: isStalled, at: channel[taking].stream.provenance.newest.last, of: stream, direction, session, on: channel)
            case .oddity(let oddity, let stream, let direction): report(oddity, of: stream, direction, session, on: channel)
            case .part(let part, let direction): locate(part, at: offset, session, on: channel, direction)
            case .resume(let direction): if direction != taking { resumes = true }
            case .giveUp:
                giveUp(session, on: channel)
                return false
            }
        }
        return resumes
    }

    /// Takes ordinary frames straight from content, if nothing but frames can come; the number of bytes that they have.
    ///
    /// Counts no references: the session keeps the stream's channel, and ordinary frames change neither.
    @inline(__always)
    mutating func takeFrames(of content: LayerOutput.Content, _ bytes: Span<UInt8>, _ session: CarrierSession) -> Int {
        guard let child = unsafe session.latestChild(content.stream) else { return 0 }
        let wasLending = rooms.isLending
        rooms.isLending = false
        defer { rooms.isLending = wasLending }
        return unsafe child._withUnsafeGuaranteedRef { child in
            let direction = content.direction
            guard let socket = child.socket(reading: direction), let side = child.side(of: direction) else { return 0 }
            child[direction].flowEnd = content.end
            let input = bytes.extracting(content.range)
            let count = takeOrdinaryFrames(input, at: child[direction].stream.offset, content.mark, from: side, socket: socket)
            child[direction].stream.offset += UInt64(count)
            return count
        }
    }

    /// Takes content that one packet brought and that a layer made.
    private mutating func take(_ content: LayerOutput.Content, _ bytes: Span<UInt8>, _ session: CarrierSession, on channel: Channel) {
        guard let child = child(content.stream, session, on: channel) else { return }
        if session.isReplaying { now = content.mark.time }
        child[content.direction].flowEnd = content.end
        if child.hasHeads, let http = child.http { expectContent(http, on: child, content.direction) }
        let wasLending = rooms.isLending
        rooms.isLending = false
        deliver(bytes.extracting(content.range), content.mark, to: child, content.direction)
        rooms.isLending = wasLending
    }
    /// The packets of what a layer hands on; how far the flow has come with it is noted.
    private mutating func origin(
        of source: LayerOutput.Source, at offset: UInt64, on channel: Channel, _ taking: Direction, for child: Channel,
        _ direction: Direction
    ) -> Origin {
        switch source {
        case .input(let range):
            let taken = offset + UInt64(range.lowerBound)..<offset + UInt64(range.upperBound)
            child[direction].flowEnd = channel.isCarried ? channel[taking].flowEnd : taken.upperBound
            return channel[taking].stream.provenance.origin(of: taken)
        case .packets(let origin, let end):
            child[direction].flowEnd = end
            return origin
        }
    }

    /// The channel of a stream, made when it is first heard of; nil where there are too many.
    mutating func child(_ stream: UInt64?, _ session: CarrierSession, on channel: Channel) -> Channel? {
        if let known = session.child(stream) { return known }
        if session.isDrained(stream) || session.hasOmitted(stream) { return nil }
        guard session.childCount < settings.limits.streamCount else {
            session.omit(stream)
            counts.rare.omittedStreams += 1
            return nil
        }
        let facts = session.layer.facts
        if channel.client == nil { channel.client = facts.client }
        let child = Channel(
            ChannelID(flow: channel.id.flow, stream: stream), flow: channel.flow,
            carrier: Carrier(
                transport: session.transport, stream: stream, security: facts.security ?? channel.carrier.security,
                flow: channel.carrier.flow, path: channel.carrier.path),
            parent: channel, session: .http(HTTPSession(isFromBeginning: facts.isFromBeginning)))
        child.client = channel.client
        child.hasHeads = facts.hasHeads
        // What is missing before it is of others.
        if session.ofBytes != nil, channel.datagrams == nil {
            for direction in Direction.allCases { child[direction].flowEnd = flows[channel.flow, direction].reassembler.offset }
        }
        session.add(child)
        return child
    }

    /// Ends one direction of a channel; a stream of which both have ended is over, and its number free for another one.
    private mutating func end(
        _ child: Channel, _ direction: Direction, at mark: PacketMark, _ abort: StreamAbort?, _ session: CarrierSession
    ) {
        guard child[direction].end == nil else { return }
        let heard = evidence(of: child, direction.opposite)
        // What QUIC acknowledges may follow the answer to it.
        let mayKnowMore = heard.isBehindAcknowledgment || child.datagrams != nil
        child[direction].end = ChannelDirection.End(
            mark: mark, knewAll: heard.isAcknowledged, knewMore: mayKnowMore,
            isInStep: !lacksBytes(of: child, direction))
        keepWhatCameBefore(endOf: child)
        if case .carrier = child.session { child.descendants.forEach { keepWhatCameBefore(endOf: $0) } }
        if let abort { child[direction].abort = (abort, mark) }
        if child.hasHeads, let http = child.http { endContent(http, on: child, direction) }
        guard child.id.stream != nil, child[direction.opposite].end != nil else { return }
        end(child, in: session, .finished)
        session.remove(child)
    }

    /// Ends streams that were given up so long ago that nothing is on its way any more.
    mutating func endDrained(_ session: CarrierSession) {
        while let first = session.draining.first,
            session.draining.count > Self.drainingCount || now.nanoseconds(since: first.since.time) >= Self.drainingTime
        {
            session.draining.removeFirst()
            session.noteDrained(first.stream)
            guard let child = session.child(first.stream) else { continue }
            end(child, in: session, .finished)
            session.remove(child)
        }
    }

    /// Ends the channel of a stream, with what its layer says of all of them.
    private mutating func end(_ child: Channel, in session: CarrierSession, _ transport: TransportEnd) {
        if child.hasHeads || session.ofDatagrams != nil {
            // A stream that has ended by itself needs no reason that all have.
            let hasEnded = child[.fromLow].end != nil || child[.fromHigh].end != nil
            for direction in Direction.allCases {
                if !hasEnded { child[direction].abort = session.warnings[direction] }
                if child[direction].stall == nil { child[direction].stall = session.stalls[direction] }
            }
            reportStalls(on: child, session)
        }
        end(child, transport)
    }

    /// Nothing more can be read of what a layer carries.
    mutating func giveUp(_ session: CarrierSession, on channel: Channel) {
        counts.rare.abandonedLayers += 1
        for child in session.children {
            if let http = child.http { http.hasLostResponse = http.asksUpgrade }
            end(child, .unreadable)
        }
        reportOpacity(session, on: channel, .unreadable)
        if settings.measuresTraffic { reportFraming(session, on: channel) }
        markOpaque(channel)
    }
}
