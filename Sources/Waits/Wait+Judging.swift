import WebSocket

// Evidence in, causes out: a pure function.
extension Wait {
    /// Shares the time from a request to its answer out among what took it.
    ///
    /// A moment that several causes explain goes to the first of `Cause`: nothing comes through a closed window, whatever else there is.
    public init(_ evidence: WaitEvidence, _ hindrances: some Sequence<Hindrance>) {
        let (begin, end) = (evidence.requestStart, evidence.answerEnd)
        guard begin < end else {
            self.init()
            return
        }
        var rest = Stretches(begin, end)
        var parts: [Part] = []
        if evidence.knownSince > begin {
            parts.append(Part(.unknown, rest.take(begin, min(evidence.knownSince, end))))
        }
        let hindrances = hindrances.filter { $0.end > begin && $0.start < end && evidence.isHinderedBy($0) }
        for cause in [Cause.window, .resent, .headOfLine] {
            parts += Self.parts(of: hindrances.filter { $0.cause == cause }, &rest, of: evidence.connection)
        }
        let requestEnd = max(begin, min(evidence.requestEnd, end))
        let answerStart = max(requestEnd, min(evidence.answerStart, end))
        parts.append(Part(.transfer, rest.take(begin, requestEnd) + rest.take(answerStart, end)))
        // Only what was sent for the last time arrived.
        let sent =
            hindrances.filter { $0.cause == .resent && $0.side == evidence.asker && $0.end <= answerStart }.map(\.end).max() ?? requestEnd
        let arriving = max(sent, requestEnd)
        if let roundTrip = evidence.roundTrip {
            parts.append(Part(.network, rest.take(arriving, answerStart, atMost: roundTrip)))
        } else if let acknowledged = evidence.acknowledged, acknowledged.time < answerStart {
            // The way to the peer, or the time that its TCP waited before it acknowledged.
            parts.append(Part(.unknown, rest.take(arriving, acknowledged.time)))
        } else {
            parts.append(Part(.unknown, rest.take(arriving, answerStart)))
        }
        var peer = Part(.peer, rest.take(arriving, answerStart))
        peer.side = evidence.asker.other
        if let acknowledged = evidence.acknowledged { (peer.firstPacket, peer.lastPacket) = (acknowledged.packet, acknowledged.packet) }
        parts.append(peer)
        parts.append(Part(.unknown, rest.takeAll()))
        self.init(Self.joined(parts))
    }

    /// Shares out the time that a message was on its way.
    /// - Parameters:
    ///   - transfer: from its first byte to its last.
    ///   - roundTrip: what the first byte may have taken after the last hindrance before it.
    init(from start: Int64, to end: Int64, transfer: Range<Int64>, roundTrip: Int64, _ hindrances: [Hindrance]) {
        var rest = Stretches(start, end)
        var parts: [Part] = []
        for cause in [Cause.window, .resent, .headOfLine] { parts += Self.parts(of: hindrances.filter { $0.cause == cause }, &rest, of: 0) }
        parts.append(Part(.transfer, rest.take(transfer.lowerBound, transfer.upperBound)))
        parts.append(Part(.network, rest.take(start, transfer.lowerBound, atMost: roundTrip)))
        parts.append(Part(.unknown, rest.takeAll()))
        self.init(Self.joined(parts))
    }

    /// The parts that hindrances of one cause take, those of each side together.
    private static func parts(of hindrances: [Hindrance], _ rest: inout Stretches, of connection: UInt64) -> [Part] {
        Side.allCases.compactMap { side in
            let own = hindrances.filter { $0.side == side }.sorted { $0.start < $1.start }
            guard let longest = own.max(by: { $0.end - $0.start < $1.end - $1.start }) else { return nil }
            var part = Part(longest.cause, own.reduce(0) { $0 + rest.take($1.start, $1.end) })
            part.side = side
            part.firstPacket = longest.firstPacket
            part.lastPacket = longest.lastPacket
            part.message = longest.message
            if longest.connection != connection { part.connection = longest.connection }
            return part
        }
    }

    /// One part for what cannot be known, nothing that takes no time, the longest first.
    private static func joined(_ parts: [Part]) -> [Part] {
        let unknown = parts.reduce(0) { $1.cause == .unknown ? $0 + $1.nanoseconds : $0 }
        let known = parts.filter { $0.cause != .unknown && $0.nanoseconds > 0 }
        let all = known + (unknown > 0 ? [Part(.unknown, unknown)] : [])
        return all.sorted { ($1.nanoseconds, $0.cause.rawValue) < ($0.nanoseconds, $1.cause.rawValue) }
    }
}

extension WaitEvidence {
    /// Whether it can have kept the request from coming to the peer, or the answer from coming back.
    fileprivate func isHinderedBy(_ hindrance: Hindrance) -> Bool {
        switch hindrance.cause {
        // The peer's window is in the way of the request alone.
        case .window: hindrance.side == asker || hindrance.start < requestEnd
        // What the asker sends again matters until the peer has the request.
        case .resent: hindrance.side != asker || hindrance.start < acknowledged?.time ?? answerStart
        case .headOfLine: hindrance.side != asker && hindrance.start < answerStart
        default: false
        }
    }
}

/// Time that nothing explains yet, in order and without overlap.
private struct Stretches {
    private var ranges: [Range<Int64>]

    init(_ start: Int64, _ end: Int64) { ranges = [start..<end] }

    /// Takes what is left between two times, from the beginning and no more than a limit; how much that was.
    mutating func take(_ start: Int64, _ end: Int64, atMost limit: Int64 = .max) -> Int64 {
        guard start < end, limit > 0 else { return 0 }
        var taken: Int64 = 0
        var left: [Range<Int64>] = []
        left.reserveCapacity(ranges.count + 1)
        for range in ranges {
            let low = max(range.lowerBound, start)
            let high = min(range.upperBound, end, low.addingReportingOverflow(limit - taken).overflow ? .max : low + (limit - taken))
            guard low < high else {
                left.append(range)
                continue
            }
            taken += high - low
            if range.lowerBound < low { left.append(range.lowerBound..<low) }
            if high < range.upperBound { left.append(high..<range.upperBound) }
        }
        ranges = left
        return taken
    }

    mutating func takeAll() -> Int64 {
        let sum = ranges.reduce(0) { $0 + ($1.upperBound - $1.lowerBound) }
        ranges = []
        return sum
    }
}
