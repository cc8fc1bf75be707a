import Bytes
import Channels
import Inspection
import Packets
import Redaction
import Rules
import WebSocket

/// Which TCP connections are cut out of a capture, with what comments, and, when secrets are removed, what becomes of their bytes.
///
/// Made by inspecting the capture once; a second inspection of the same packets gives the same connections the same numbers.
public struct CutPlan: EventSink, ~Copyable {
    public struct Options: Sendable {
        /// Numbers of the WebSocket connections wanted; nil for all.
        public var connections: Set<UInt64>?
        /// Names of secrets to remove; nil when all stays.
        public var names: SecretNames?
        /// What other streams say on the same TCP connection is overwritten.
        public var concealsOthers = false
        /// Comments on packets at most.
        public var commentCount = 100_000
        /// Bytes of plans for what becomes of the streams. What is beyond is overwritten, frames' headers too.
        public var planByteCount = 256 << 20

        public init() {}

        /// Something is overwritten.
        var conceals: Bool { names != nil || concealsOthers }
    }

    /// One TCP connection.
    final class FlowPlan {
        private var low = StreamPlan()
        private var high = StreamPlan()
        /// All of it is written as it is.
        var isUnchanged = false

        subscript(isFromLow isFromLow: Bool) -> StreamPlan {
            _read { if isFromLow { yield low } else { yield high } }
            _modify { if isFromLow { yield &low } else { yield &high } }
        }

        var byteCount: Int { low.byteCount + high.byteCount }
    }

    let options: Options
    private(set) var flows: [UInt64: FlowPlan] = [:]
    /// WebSocket connections that are in it.
    public private(set) var connections: [UInt64] = []
    /// By packet.
    private(set) var comments: [UInt64: String] = [:]
    public private(set) var omittedCommentCount: UInt64 = 0
    /// Packets that hold a part of a TCP segment, and of which connection.
    private(set) var fragments: [UInt64: UInt64] = [:]
    private static let fragmentCount = 1 << 20
    public private(set) var omittedFragmentCount: UInt64 = 0
    /// Where packets belong that stand out of order at the beginning of their connections, by their numbers.
    private(set) var latePlaces: [UInt64: PacketPlace] = [:]
    private static let latePlaceCount = 1 << 18
    public private(set) var omittedLatePlaceCount: UInt64 = 0
    public private(set) var removed = Removed()
    /// The limit on plans was reached.
    public private(set) var isOverwritten = false

    /// Connections left out because what is in what carries them cannot be overwritten.
    public private(set) var carriedCount: UInt64 = 0
    /// Streams that are wanted on TCP connections of which others were overwritten.
    public private(set) var sharedCount: UInt64 = 0
    /// TCP connections that streams share and where it is known what is whose.
    private var shared: [UInt64: SharedPlan] = [:]
    /// What the secrets of those that are in it are found by.
    public private(set) var clientRandoms: [[UInt8]] = []

    private var concealers: [UInt64: StreamConcealer] = [:]
    private var planByteCount = 0
    /// Comments on the packet that is being inspected.
    private var waiting: [String] = []
    public private(set) var shownCount: UInt64 = 0

    public init(_ options: Options) { self.options = options }

    /// Takes notice of a packet that was inspected, and where it belongs.
    public mutating func note(_ header: PacketHeader, _ place: PacketPlace?) {
        if let place { noteFragments(place) }
        noteComments(on: header.number)
    }

    private mutating func noteFragments(_ place: PacketPlace) {
        for packet in place.fragments {
            if fragments.count < Self.fragmentCount { fragments[packet] = place.flow } else { omittedFragmentCount += 1 }
        }
    }

    private mutating func noteComments(on packet: UInt64) {
        for text in waiting { comment(text, on: packet) }
        waiting.removeAll(keepingCapacity: true)
    }

    /// Says that no packet follows.
    public mutating func finish() {
        for concealer in concealers.values { removed.add(concealer.removed) }
        concealers = [:]
        for (flow, plan) in shared { if let whole = flows[flow] { plan.finish(into: whole, &removed) } }
        shared = [:]
        for flow in flows.values {
            flow[isFromLow: true].finish()
            flow[isFromLow: false].finish()
        }
    }

    // MARK: Events

    private mutating func take(opening connection: Connection) {
        guard isWanted(connection) else { return }
        guard let place = connection.place else { return take(carried: connection) }
        connections.append(connection.number)
        let flow = flows[place.flow] ?? FlowPlan()
        flows[place.flow] = flow
        guard let names = options.names else {
            flow.isUnchanged = true
            return
        }
        var concealer = StreamConcealer(names)
        let before = flow.byteCount
        if planByteCount < options.planByteCount { concealer.conceal(connection, place, in: flow) } else { isOverwritten = true }
        planByteCount += flow.byteCount - before
        concealers[connection.number] = concealer
    }

    /// Takes a connection that a layer carries: all of its TCP connection, which cannot be changed unless it is known what in it is whose.
    private mutating func take(carried connection: Connection) {
        let flow = connection.carrier.flow
        if options.conceals {
            if let stream = connection.carrier.stream {
                // Where the beginning of a stream is missing, offsets in it are not those of its frames.
                guard let plan = shared[flow], connection.request != nil, connection.response != nil else {
                    carriedCount += 1
                    return
                }
                plan.want(stream)
                flows[flow] = flows[flow] ?? FlowPlan()
                connections.append(connection.number)
                sharedCount += 1
                return
            }
            guard options.names == nil else {
                carriedCount += 1
                return
            }
        }
        flows[flow] = flows[flow] ?? FlowPlan()
        flows[flow]?.isUnchanged = true
        connections.append(connection.number)
        for random in connection.carrier.security?.clientRandoms ?? [] where !clientRandoms.contains(random) {
            clientRandoms.append(random)
        }
    }

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        shownCount += 1
        if options.conceals, let stream = connection.carrier.stream {
            conceal(frame, payload, ending: message, content, of: connection, on: stream)
        }
        guard isWanted(connection) else { return }
        if connection.place == nil, flows[connection.carrier.flow] != nil {
            for finding in frame.findings { comment(text(of: finding, connection, frame: frame), on: frame.packets.first) }
        }
        guard let place = connection.place, let flow = flows[place.flow] else { return }
        if var concealer = concealers.removeValue(forKey: connection.number) {
            if planByteCount < options.planByteCount {
                let isFromLow = (frame.from == .client) == place.isClientLow
                let offset = frame.offset + (frame.from == .client ? place.clientStart : place.serverStart)
                let before = flow.byteCount
                concealer.conceal(frame, at: offset, payload, ending: message, content, into: &flow[isFromLow: isFromLow])
                planByteCount += flow.byteCount - before
            } else {
                isOverwritten = true
            }
            concealers[connection.number] = concealer
        }
        if frame.isUnremarkable { return }
        for finding in frame.findings { comment(text(of: finding, connection, frame: frame), on: frame.packets.first) }
    }

    public mutating func note(_ event: Event) {
        switch event {
        case .opened(let connection): take(opening: connection)
        case .abandoned(let message, _, let connection):
            if let stream = connection.carrier.stream, var concealer = concealers.removeValue(forKey: connection.number) {
                if let plan = shared[connection.carrier.flow] {
                    concealer.abandon(message.from, into: &plan[stream, from: message.from])
                    if !plan.isWanted(stream) { concealer.removed = Removed() }
                }
                concealers[connection.number] = concealer
            }
            guard let place = connection.place, let flow = flows[place.flow] else { return }
            let isFromLow = (message.from == .client) == place.isClientLow
            concealers[connection.number]?.abandon(message.from, into: &flow[isFromLow: isFromLow])
        case .found(let finding, _, let connection, _):
            guard let connection, isWanted(connection), connection.place != nil || flows[connection.carrier.flow] != nil else { return }
            waiting.append(text(of: finding, connection, frame: nil))
        case .ended(let end):
            guard let concealer = concealers.removeValue(forKey: end.connection.number) else { return }
            removed.add(concealer.removed)
        case .located(.part(let part)): take(part)
        case .located(.packet(let number, let place)):
            noteFragments(place)
            noteComments(on: number)
            if latePlaces.count < Self.latePlaceCount { latePlaces[number] = place } else { omittedLatePlaceCount += 1 }
        case .exchanged, .polled, .encrypted, .attempted, .shared, .spoke: break
        }
    }

    // MARK: Streams that share a TCP connection

    private mutating func take(_ part: StreamPart) {
        guard options.conceals else { return }
        guard planByteCount < options.planByteCount else {
            isOverwritten = true
            return
        }
        let plan = shared[part.flow] ?? SharedPlan(options.names)
        shared[part.flow] = plan
        let before = plan.byteCount
        plan.add(part)
        planByteCount += plan.byteCount - before
    }

    /// Plans the content of a stream: what is wanted without its secrets, of others nothing but their frames' headers.
    private mutating func conceal(
        _ frame: Frame, _ payload: Span<UInt8>, ending message: Message?, _ content: Span<UInt8>, of connection: Connection,
        on stream: UInt64
    ) {
        guard let plan = shared[connection.carrier.flow], connection.request != nil, connection.response != nil else { return }
        let isWanted = plan.isWanted(stream)
        if isWanted, options.names == nil { return }
        guard planByteCount < options.planByteCount else {
            isOverwritten = true
            return
        }
        var concealer =
            concealers.removeValue(forKey: connection.number) ?? StreamConcealer(options.names ?? SecretNames(), hidesAll: !isWanted)
        let before = plan.byteCount
        concealer.conceal(frame, at: frame.offset, payload, ending: message, content, into: &plan[stream, from: frame.from])
        planByteCount += plan.byteCount - before
        if !isWanted { concealer.removed = Removed() }
        concealers[connection.number] = concealer
    }

    public var hasEnough: Bool { false }

    private func isWanted(_ connection: Connection) -> Bool { options.connections?.contains(connection.number) ?? true }

    // MARK: Comments

    /// `violation: what [rule, section] #1 frame 3`.
    private mutating func text(of finding: Finding, _ connection: Connection, frame: Frame?) -> String {
        let entry = finding.rule.entry
        var text = "\(finding.rule.severity.name): \(entry.sentence)"
        // Of a connection that is over its secrets are known no more.
        let found = options.names == nil ? finding.found : finding.found.flatMap { concealers[connection.number]?.shown($0) }
        if let found { text += " Found: \(found)." }
        text += " [\(finding.rule.rawValue)\(entry.section.map { ", \($0)" } ?? "")] connection \(connection.number)"
        return frame.map { "\(text) frame \($0.number)" } ?? text
    }

    /// What an option of pcapng holds, with room to spare.
    private static let commentByteCount = 60_000

    private mutating func comment(_ text: String, on packet: UInt64) {
        guard comments.count < options.commentCount else {
            omittedCommentCount += 1
            return
        }
        guard let length = comments[packet]?.utf8.count else {
            comments[packet] = text
            return
        }
        guard length + text.utf8.count < Self.commentByteCount else {
            omittedCommentCount += 1
            return
        }
        // In place, so that many findings on one packet do not cost a copy of its comment each.
        comments[packet]?.append("\n")
        comments[packet]?.append(text)
    }
}
