import Bytes
import Channels
import Streams
import HTTP
import Rules
import Text
import Verdicts
import WebSocket

/// Why bytes of a stream are missing.
enum Loss {
    case lost
    /// Cut off by the snapshot length of the capture.
    case cutOff
    /// They came while so many others waited for secrets that they were not kept.
    case overflow
    /// Not missing: another copy of bytes that came before follows.
    case replaced
}

// Bytes and gaps on their way from TCP, or from whatever carries a channel, to the session on it.
extension Engine {
    // MARK: From TCP

    /// Takes the next bytes of a flow, all from one packet.
    mutating func deliver(_ bytes: Span<UInt8>, _ mark: PacketMark, at base: UInt64, flow index: Int, _ direction: Direction) {
        // Invariant: rows stay where they are until a flow is inserted, which nothing here does.
        unsafe deliver(bytes, mark, at: base, flow: index, direction, flows.address(of: index), flows.address(of: index, direction))
    }

    /// The same where the rows are at hand.
    @inline(__always)
    mutating func deliver(
        _ bytes: Span<UInt8>, _ mark: PacketMark, at base: UInt64, flow index: Int, _ direction: Direction,
        _ row: UnsafeMutablePointer<FlowRow>, _ own: UnsafeMutablePointer<FlowDirection>
    ) {
        unsafe own.pointee.lastData = mark
        switch unsafe own.pointee.reader {
        case .frames:
            let side: Side = unsafe row.pointee.isClient(direction) ? .client : .server
            let consumed = unsafe takeFrames(bytes, at: base, mark, from: side, socket: Int(row.pointee.socket), through: nil)
            if consumed < bytes.count {
                keep(bytes.extracting(consumed..<bytes.count), mark, at: base + UInt64(consumed), flow: index, direction)
            }
        case .channel: deliverToChannel(bytes, mark, at: base, flow: index, direction)
        case .nobody: break
        }
    }

    /// Keeps the beginning of a frame header until the rest comes.
    @inline(never)
    private mutating func keep(_ bytes: Span<UInt8>, _ mark: PacketMark, at offset: UInt64, flow index: Int, _ direction: Direction) {
        let channel = channel(of: index)
        channel[direction].stream.offset = offset
        channel[direction].stream.begin(bytes, of: Origin(mark))
        flows[index, direction].reader = .channel
        countWaiting(channel, direction)
        if channel.webSocket?.isHTTP(direction) == true { resume(channel, direction) }
    }

    @inline(never)
    private mutating func deliverToChannel(
        _ bytes: Span<UInt8>, _ mark: PacketMark, at base: UInt64, flow index: Int, _ direction: Direction
    ) {
        let channel = channel(of: index)
        if channel[direction].stream.pending.isEmpty { channel[direction].stream.offset = base }
        deliver(bytes, mark, to: channel, direction)
    }

    /// Notes that the next `count` bytes of a flow will never come.
    mutating func noteGap(_ count: UInt64, _ loss: Loss, flow index: Int, _ direction: Direction) {
        if loss == .cutOff { counts.rare.cutPackets += 1 }
        facts(of: index)[direction].gap = (flows[index, direction].reassembler.offset, flows.lastPacket(of: index))
        guard flows[index, direction].reader != .nobody else { return }
        let channel = channel(of: index)
        if loss == .cutOff { channel.hasCutPackets = true }
        if channel[direction].stream.pending.isEmpty {
            channel[direction].stream.offset = flows[index, direction].reassembler.offset - count
        }
        noteGap(.exact(count), loss, on: channel, direction)
    }

    // MARK: On a channel

    /// Takes the next bytes of a channel, all from one packet.
    mutating func deliver(_ bytes: Span<UInt8>, _ mark: PacketMark, to channel: Channel, _ direction: Direction) {
        var taken = 0
        if case .carrier(let session) = channel.session {
            taken = takeUnits(bytes, mark, session, on: channel, direction)
        } else if channel.isCarried, case .webSocket(let session) = channel.session {
            taken = takeFrames(bytes, mark, session, on: channel, direction)
        }
        if taken < bytes.count { deliver(bytes.extracting(taken..<bytes.count), of: Origin(mark), to: channel, direction) }
    }

    /// Takes frames of a channel that a layer carries, if nothing but frames can come and nothing waits; the number of bytes taken.
    private mutating func takeFrames(
        _ bytes: Span<UInt8>, _ mark: PacketMark, _ session: WebSocketSession, on channel: Channel, _ direction: Direction
    ) -> Int {
        guard channel[direction].stream.pending.isEmpty, session.isReadingFrames(direction), let side = channel.side(of: direction) else {
            return 0
        }
        let count = takeFrames(bytes, at: channel[direction].stream.offset, mark, from: side, socket: session.socket, through: nil)
        channel[direction].stream.offset += UInt64(count)
        if count < bytes.count {
            channel[direction].stream.begin(bytes.extracting(count..<bytes.count), of: Origin(mark))
            countWaiting(channel, direction)
            if session.isHTTP(direction) { resume(channel, direction) }
        }
        return bytes.count
    }

    /// Takes what a layer is waiting for, and then its ordinary units; the number of bytes taken.
    private mutating func takeUnits(
        _ bytes: Span<UInt8>, _ mark: PacketMark, _ session: CarrierSession, on channel: Channel, _ direction: Direction
    ) -> Int {
        guard let layer = session.ofBytes else { return 0 }
        var taken = 0
        // The end of a unit, so that those after it are whole.
        while !channel[direction].stream.pending.isEmpty {
            let count = layer.awaitedByteCount(from: direction) - channel[direction].stream.pending.count
            guard count > 0, count < bytes.count - taken else { return taken }
            deliver(bytes.extracting(taken..<taken + count), of: Origin(mark), to: channel, direction)
            taken += count
            guard case .carrier = channel.session else { return taken }
        }
        let count = takeOrdinary(bytes.extracting(taken..<bytes.count), mark, session, on: channel, direction)
        channel[direction].stream.offset += UInt64(count)
        return taken + count
    }

    /// Takes the next bytes of a channel, all from one origin.
    mutating func deliver(_ bytes: Span<UInt8>, of origin: Origin, to channel: Channel, _ direction: Direction) {
        if channel[direction].stream.pending.isEmpty {
            channel[direction].stream.provenance.begin(origin)
            let consumed = advance(channel, direction, bytes, at: channel[direction].stream.offset)
            channel[direction].stream.offset += UInt64(consumed)
            if consumed < bytes.count { channel[direction].stream.pending.append(bytes.extracting(consumed..<bytes.count)) }
        } else if case .carrier(let session) = channel.session, session.overflow[direction] > 0 {
            session.overflow[direction] += UInt64(bytes.count)
        } else {
            channel[direction].stream.append(bytes, of: origin)
            resume(channel, direction)
        }
        countWaiting(channel, direction)
        limitWaiting(channel, direction)
        chooseReader(channel, direction)
    }

    /// Lets the session go on with the bytes that wait.
    /// - Parameter limit: the offset up to which they are there for the session, if not all.
    mutating func resume(_ channel: Channel, _ direction: Direction, upTo limit: UInt64? = nil) {
        guard !channel[direction].stream.pending.isEmpty else { return chooseReader(channel, direction) }
        // Taken out for the call, so that code that runs meanwhile cannot change them.
        var pending = ByteBuffer()
        swap(&pending, &channel[direction].stream.pending)
        let wasLending = rooms.isLending
        rooms.isLending = false
        let count = limit.map { Int(clamping: $0 &- channel[direction].stream.offset) } ?? pending.count
        let consumed = advance(
            channel, direction, pending.span.extracting(0..<min(count, pending.count)), at: channel[direction].stream.offset)
        rooms.isLending = wasLending
        swap(&pending, &channel[direction].stream.pending)
        channel[direction].stream.consume(consumed)
        passOverflow(on: channel, direction)
        countWaiting(channel, direction)
        chooseReader(channel, direction)
    }

    /// Packets of a connection are cut that was captured from its beginning: without them, more of it would be known.
    mutating func hasCutPackets(of channel: Channel) -> Bool {
        guard let outer = flows[channel.flow].channel, outer.hasCutPackets else { return false }
        let low = flows[channel.flow, .fromLow].reassembler.evidence
        let high = flows[channel.flow, .fromHigh].reassembler.evidence
        return low.hasBeginning || high.hasBeginning
    }

    mutating func chooseReader(_ channel: Channel, _ direction: Direction) {
        guard !channel.isCarried, !flows[channel.flow].isOver else { return }
        if channel.isOpaque {
            flows[channel.flow, direction].reader = .nobody
        } else if let socket = channel.socket(reading: direction) {
            flows[channel.flow].socket = Int32(socket)
            flows[channel.flow].client = channel.client
            flows[channel.flow, direction].reader = .frames
        } else {
            flows[channel.flow, direction].reader = .channel
        }
    }

    /// Lets the session take what it can of `input`, which begins at stream offset `base`. Returns the number of bytes taken.
    private mutating func advance(_ channel: Channel, _ direction: Direction, _ input: Span<UInt8>, at base: UInt64) -> Int {
        var taken = 0
        while true {
            let offset = base + UInt64(taken)
            let rest = input.extracting(taken..<input.count)
            var step: Int?
            switch channel.session {
            case .opaque: return input.count
            case .webSocket(let session):
                if session.isReadingFrames(direction), let side = channel.side(of: direction) {
                    let mark = channel[direction].stream.provenance.newest.last
                    let isOfOnePacket = channel[direction].stream.provenance.isOfOnePacket
                    let count = takeFrames(
                        rest, at: offset, mark, from: side, socket: session.socket, through: isOfOnePacket ? nil : channel)
                    guard session.isHTTP(direction) else { return taken + count }
                    step = count
                } else if !rest.isEmpty {
                    step = take(rest, at: offset, session, on: channel, direction)
                }
            case .http(let session): if !rest.isEmpty { step = take(rest, at: offset, session, on: channel, direction) }
            case .carrier(let session): return taken + take(rest, at: offset, session, on: channel, direction)
            }
            guard let step else { return taken }
            taken += step
        }
    }

    /// Notes that the next bytes of a channel will never come.
    mutating func noteGap(_ gap: Gap, _ loss: Loss, on channel: Channel, _ direction: Direction) {
        if case .carrier(let session) = channel.session, session.overflow[direction] > 0 {
            return session.overflow[direction] += gap.byteCount ?? 0
        }
        concludeSearch(on: channel, direction)
        reportMissing(gap, loss, on: channel, direction)
        var losesStep = false
        switch channel.session {
        case .opaque: break
        case .webSocket(let session): noteGap(gap, session, on: channel, direction)
        case .http(let session): losesStep = noteGap(gap, loss, session, on: channel, direction)
        case .carrier(let session): noteGap(gap, loss, session, on: channel, direction)
        }
        channel[direction].stream.clear()
        countWaiting(channel, direction)
        channel[direction].stream.offset &+= gap.byteCount ?? 0
        // The other direction may go on, and frames of this one be looked for, which begin after the gap.
        if losesStep { loseStep(on: channel, direction, isNoted: true) }
        chooseReader(channel, direction)
        if let http = channel.http, http.hasLostRequests, channel.client == direction { resume(channel, direction.opposite) }
    }

    private mutating func reportMissing(_ gap: Gap, _ loss: Loss, on channel: Channel, _ direction: Direction) {
        guard let session = channel.webSocket, let side = channel.side(of: direction) else { return }
        session.rules.lose(side)
        if let pings = session.pings {
            pings.lose(side)
            sockets[session.socket].isPongDue = pings.isAnyDue
        }
        if loss == .replaced { return }
        // Streams hear of a gap late.
        let below = channel.isCarried ? flows[channel.flow].facts?[direction].gap?.mark : nil
        session.note(
            missing: gap.byteCount, of: side, after: sockets[session.socket, side].totals.frames,
            loss == .overflow ? channel[direction].stream.provenance.newest.last : below ?? flows.lastPacket(of: channel.flow),
            isOverflow: loss == .overflow)
        switch loss {
        case .replaced: break
        case .lost, .overflow: report([finding(of: gap, loss, direction, on: channel)], from: side, in: session.connection)
        case .cutOff:
            guard !session[side].hasReportedCut else { return }
            session[side].hasReportedCut = true
            report(.captureCut, found: "\(gap.words) of a packet from the \(side.name)", from: side, in: channel)
        }
    }

    /// What is reported of bytes that are in no packet.
    mutating func finding(of gap: Gap, _ loss: Loss, _ direction: Direction, on channel: Channel) -> Finding {
        let sender = channel.side(of: direction).map { " from the \($0.name)" } ?? ""
        if loss == .overflow {
            let limit = Quantity.counted(UInt64(settings.limits.secretlessByteCount), "byte")
            return Finding(.memoryLimit, found: "\(gap.words)\(sender), which came while \(limit) before them waited for their secrets")
        }
        return Finding(isDropped(flow: channel.flow, direction) ? .captureDropped : .captureGap, found: gap.words + sender)
    }

    /// Keeps waiting bytes within their limit.
    private mutating func limitWaiting(_ channel: Channel, _ direction: Direction) {
        let isShedding = mustShed(channel, direction)
        let limit = isShedding ? 0 : max(settings.limits.undecidedByteCount, settings.limits.headByteCount)
        guard channel[direction].stream.pending.count > limit else { return }
        if !isShedding, waitsWithinLimit(channel, direction) { return }
        // Part of a header at most.
        func isBounded() -> Bool {
            switch channel.session {
            case .webSocket(let session): session.isReadingFrames(direction)
            case .carrier, .opaque: true
            case .http: false
            }
        }
        if case .carrier(let session) = channel.session {
            guard isShedding || session.layer.facts.isWaiting else { return giveUp(session, on: channel) }
            if isShedding { reportMemory(in: channel, direction) }
            return giveWay(session, on: channel, direction, isShedding: isShedding)
        }
        if isBounded() { return }
        if isShedding { reportMemory(in: channel, direction) }
        if let http = channel.http {
            switch http[direction] {
            case .awaiting:
                loseAnswer(http, client: direction)
                resume(channel, direction)
            case .response:
                http.hasLostRequests = true
                resume(channel, direction)
            default: break
            }
        }
        guard channel[direction].stream.pending.count > limit, !isBounded() else { return }
        channel[direction].stream.clear()
        countWaiting(channel, direction)
        loseStep(on: channel, direction)
    }

    // MARK: Ends

    /// Ends a channel: what was left open is decided, and the end of its connection is reported.
    mutating func end(_ channel: Channel, _ transport: TransportEnd) {
        if case .carrier(let session) = channel.session { end(session, on: channel, transport) }
        decideAtEnd(on: channel, transport)
        countPlainHTTP(channel)
        if let http = channel.http { endExchanges(http, on: channel) }
        endConnection(on: channel, transport)
        for direction in Direction.allCases {
            channel[direction].stream.clear()
            countWaiting(channel, direction)
        }
    }

    /// Notes that this channel carries something that is not read: nothing of it is kept any more.
    /// - Parameter reason: why the answers that are waited for are not read.
    mutating func markOpaque(_ channel: Channel, _ reason: TransportEnd = .notHTTP(nil)) {
        for direction in Direction.allCases {
            channel[direction].stream.clear()
            countWaiting(channel, direction)
        }
        if let http = channel.http {
            reportRefusal(http, on: channel)
            reportUnanswered(http, on: channel, reason)
        }
        channel.session = .opaque
        for direction in Direction.allCases { chooseReader(channel, direction) }
    }
}

extension Gap {
    /// "12 bytes", "at most 16,384 bytes", "an unknown number of bytes".
    var words: String {
        switch self {
        case .exact(let count): Quantity.counted(count, "byte")
        case .bounded(let limit?): "at most \(Quantity.counted(limit, "byte"))"
        case .bounded(nil): "an unknown number of bytes"
        }
    }
}
