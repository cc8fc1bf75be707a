import Bytes
import Channels
import HTTP
import Packets
import Rules
import Streams
import WebSocket

/// Everything after the packet decoder: flows, what they carry, and the tape where it is reported.
///
/// A value that its `Inspector` owns. Rows are changed in place; an ordinary packet touches no object. Its questions about itself are
/// `mutating` where many packets ask them: to lend a value of this kind to a method that is not, the compiler copies all of it.
struct Engine: ~Copyable {
    let settings: Settings
    var tape: Tape
    var flows = Flows()
    var sockets = Sockets()
    var recent: RecentBytes
    var counts = Counts()
    var memory = Memory()
    var rooms = Rooms()
    var keys = KeyHistory()
    var losses = LossLog()
    var now = Timestamp(nanoseconds: 0)
    var tracking = Tracking()
    var waitingEnds = WaitingEnds()
    var missing = MissingBytes()
    /// Something is to be done before each packet.
    var isAlert: Bool
    /// Reading stopped before the end of the capture, after as many frames as were asked for.
    var isStopped = false
    /// What the current packet passed through, where it may begin a flow.
    var path: [PathHop] = []
    /// Rows that refer to a flow in another tunnel, ever made.
    var viewCount: UInt64 = 0
    /// Servers that were heard to speak what carries no WebSocket; at most `Limits.connectionCount` of them.
    var strangers: Set<Endpoint> = []
    var recorded = RecordedConversations()
    var datagrams = DatagramFlows()

    init(_ options: Inspector.Options) {
        settings = Settings(options)
        isAlert = settings.tracksPackets
        tape = Tape()
        datagrams.sorter = options.datagrams?.makeSorter()
        recent = RecentBytes(byteCount: options.limits.recentByteCount)
    }
}

/// What an inspection was asked to do, in the form that its parts need.
struct Settings {
    let limits: Limits
    let streamLimits: StreamReassembler.Limits
    /// Payload bytes to keep.
    let keep: Int
    /// Longer frames are kept in part, which has to be reported.
    let ordinaryLength: UInt64
    let keepsWireBytes: Bool
    let ignoredRules: Set<Rule>
    let measuresTraffic: Bool
    let reportsTransport: Bool
    let reportsPolling: Bool
    /// Bodies of HTTP exchanges are of interest, of some of them at least.
    let readsExchanges: Bool
    /// Packets are counted, and acknowledgements timed.
    let countsPackets: Bool
    let tracksFlows: Bool
    let locates: Bool
    /// Any of the three: something is noted of every packet.
    let tracksPackets: Bool
    let omitsOrdinaryFrames: Bool
    let owners: SocketOwnerLookup?
    let layers: [any LayerFactory]
    let datagrams: (any DatagramFactory)?
    /// Some of them may wait for what comes late.
    let awaitsSecrets: Bool

    init(_ options: Inspector.Options) {
        limits = options.limits
        streamLimits = options.limits.stream
        keep = min(options.keptByteCount, options.limits.messageByteCount)
        ordinaryLength = keep < options.limits.messageByteCount ? .max : UInt64(keep)
        keepsWireBytes = options.keepsWireBytes
        ignoredRules = options.ignoredRules
        measuresTraffic = options.measuresTraffic
        reportsTransport = options.reportsTransport
        reportsPolling = options.reportsPolling
        readsExchanges = options.measuresTraffic || options.reportsPolling
        countsPackets = options.measuresTraffic || options.reportsTransport
        tracksFlows = options.tracksFlows
        locates = options.locates
        tracksPackets = options.tracksFlows || options.locates || options.reportsTransport
        omitsOrdinaryFrames = options.omitsOrdinaryFrames
        owners = options.owners
        layers = options.layers
        datagrams = options.datagrams
        awaitsSecrets = !options.layers.isEmpty || options.datagrams != nil
    }
}

/// Figures; first those that change with each packet or frame.
struct Counts {
    var packets: UInt64 = 0
    var frames: UInt64 = 0
    var messages: UInt64 = 0
    var bytes: UInt64 = 0
    var connections: UInt64 = 0
    /// Everything that is counted seldom.
    var rare = Summary()

    var summary: Summary {
        var summary = rare
        summary.packets = packets
        summary.connections = connections
        summary.frames = frames
        summary.messages = messages
        summary.bytes = bytes
        return summary
    }

    mutating func count(_ findings: [Finding]) {
        for finding in findings { rare.findings[finding.rule.severity.rawValue] += 1 }
    }
}

/// Room that is lent for a call.
struct Rooms: ~Copyable {
    /// For unmasked bytes.
    var plain = ByteBuffer()
    /// For inflated bytes.
    var chunk = ByteBuffer()
    /// For what a layer makes of ordinary units.
    var made = ByteBuffer()
    /// For what a layer on datagrams reports; nil while it is in use.
    var output: LayerOutput? = LayerOutput()
    /// The bytes being read are those of the current packet, which stay where they are until the tape is played.
    var isLending = false
    /// The bytes of the current packet do that; not so those of a datagram that was put together.
    var canLend = true
}

/// What is known of the current packet, if that is wanted.
struct Tracking {
    /// The row of its flow; -1 if it belongs to none.
    var flow = -1
    var isFragment = false
    var place: PacketPlace?
}

// MARK: Counting

extension Engine {
    mutating func noteLoss(of count: UInt64, from: Timestamp, to: Timestamp) {
        counts.rare.dropped = (counts.rare.dropped ?? 0) &+ count
        if count > 0 { losses.note(from: from, to: to) }
    }

    mutating func countUndecoded(_ reason: Undecoded, _ kind: PacketKind) {
        counts.rare.unread.count(kind)
        counts.rare.otherPackets += 1
        if settings.tracksFlows { tracking.isFragment = reason.reason == .fragmentHeld }
        switch reason.reason {
        case .truncated, .malformed, .tooManyHeaders: counts.rare.damagedPackets += 1
        case .unsupportedLinkType(let type):
            counts.rare.unsupportedPackets += 1
            counts.rare.unsupportedLinkType = type.rawValue
        default: break
        }
    }

    // MARK: Findings

    /// Reports a finding about the connection on a channel, if there is or was one.
    mutating func report(
        _ rule: Rule, expected: String? = nil, found: String?, at packet: UInt64? = nil, from side: Side?, in channel: Channel
    ) {
        guard let connection = channel.connection else { return }
        report([Finding(rule, expected: expected, found: found, packet: packet)], from: side, in: connection)
    }

    /// Reports a limit, with the connection that it is about, if any.
    mutating func report(limit rule: Rule, found: String, from side: Side?, in connection: Connection?) {
        let finding = Finding(rule, found: found)
        counts.count([finding])
        tape.append(.found(finding, from: side, in: connection, at: now))
    }

    mutating func report(_ findings: [Finding], from side: Side?, in connection: Connection) {
        if findings.isEmpty { return }
        let findings = settings.ignoredRules.isEmpty ? findings : findings.filter { !settings.ignoredRules.contains($0.rule) }
        counts.count(findings)
        for finding in findings { tape.append(.found(finding, from: side, in: connection, at: now)) }
    }
}
