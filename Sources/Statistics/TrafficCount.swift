import Bytes
import Inspection
import Subprotocols
import Waits
import WebSocket

/// Counts what traffic costs and how it beats, while packets come: bytes by what they are for, pings and pongs, and polling beside WebSockets.
public struct TrafficCount: ~Copyable {
    /// Only these connections.
    private let only: Set<UInt64>?
    private let limits: Limits
    /// Frames that were counted.
    public private(set) var frameCount: UInt64 = 0
    /// Connections that are over, in the order of their numbers but for the last few.
    private var rows: [ConnectionFigures] = []
    /// What came beyond the limit on rows.
    private var beyond = (connections: UInt64(0), client: SideCost(), server: SideCost())
    private var polls: PollTable
    private var operations: OperationTable
    private var shared: SharedFlows
    private var open = ConnectionTable<ConnectionFigures>()
    private var sampling = MessageSampling()
    private var deflaters: [LoneDeflaterBox?] = Array(repeating: nil, count: 16)

    /// Bytes of a message that are kept, to be compressed once more; what to ask of an inspector.
    ///
    /// Longer messages are left out of the estimate: they fill a window of 32 KB by themselves many times over.
    public static let comparedByteCount = 1 << 20

    /// - Parameter only: the numbers of the connections that are counted; nil for all.
    public init(only: Set<UInt64>? = nil, limits: Limits = Limits()) {
        self.only = only
        self.limits = limits
        polls = PollTable(limit: limits.pollTargetCount)
        operations = OperationTable(limit: limits.operationNameCount)
        shared = SharedFlows(limit: limits.rowCount)
    }

    /// What was counted, once nothing more comes.
    /// - Parameter top: only so many connections, those with most bytes on the wire; nil for all.
    package mutating func figures(top: Int? = nil) -> Figures {
        rows.sort { $0.number < $1.number }
        for row in rows { row.close() }
        completeEstimates()
        var figures = Figures(rows, beyond, shared.found, polls.found, top: top, isPart: only != nil, overlooked: polls.overlooked)
        figures.operations = operations.ordered
        figures.overlookedOperations = operations.overlooked
        figures.omittedOperations = operations.omitted
        figures.unpairedRequests = operations.unpaired
        figures.overlookedStreams = shared.overlooked
        return figures
    }

    // MARK: Events

    public mutating func frame(_ frame: Frame, ending message: Message?, content: Span<UInt8>, of connection: Connection) {
        guard let figures = open[connection] else { return }
        frameCount += 1
        if figures.shared != nil { shared.take(frame, of: connection) }
        figures.change(frame.from) {
            $0.take(frame)
            if let message { $0.take(message) }
        }
        if let roundTrip = frame.roundTrip { figures.takePong(from: frame.from, roundTrip: roundTrip) }
        if let message, message.isCompressed, message.isComplete { compare(message, content, connection, figures) }
    }

    /// Takes what a message means, beside its frame.
    public mutating func take(_ meaning: borrowing Meaning, from side: Side, of connection: Connection) {
        guard let figures = open[connection] else { return }
        operations.take(meaning, from: side)
        figures.takeHeartbeats(of: meaning, from: side)
    }

    private mutating func take(_ note: ProtocolNote, of connection: Connection) {
        guard let figures = open[connection] else { return }
        switch note {
        case .recognised(let name, _): figures.protocolName = "\(name)"
        case .abandoned: break
        case .polled(_, let session):
            for packet in session.packets { take(packet.meaning, from: packet.from, of: connection) }
        case .unanswered(let name, let requests): operations.take(requests, name)
        }
    }

    /// Takes a segment of a TCP connection that streams share.
    public func take(_ mark: TransportMark) { shared.take(mark) }

    public mutating func note(_ event: Event) {
        switch event {
        case .opened(let connection):
            guard only?.contains(connection.number) ?? true else { return }
            open[connection] = ConnectionFigures(connection)
            if connection.carrier.stream != nil { shared.begin(connection) }
        case .abandoned(let message, _, let connection): open[connection]?.change(message.from) { $0.take(message) }
        case .spoke(let note, let connection, _): take(note, of: connection)
        case .polled, .encrypted, .attempted, .located: break
        case .exchanged(let exchange): polls.take(exchange)
        case .shared(let flow): shared.end(flow)
        case .ended(let end): take(end)
        case .found: break
        }
    }

    private mutating func take(_ end: ConnectionEnd) {
        guard let figures = open[end.connection] else { return }
        open[end.connection] = nil
        figures.end(end)
        if figures.shared != nil { shared.end(end.connection) }
        if rows.count < limits.rowCount { return rows.append(figures) }
        // Packets that follow are not waited for.
        figures.close(end.trafficByNow)
        beyond.connections += 1
        beyond.client = beyond.client + figures.fromClient
        beyond.server = beyond.server + figures.fromServer
    }

    // MARK: Compression

    /// Compresses a message of the sample by itself, where it could have used the context of those before it.
    private mutating func compare(_ message: Message, _ content: Span<UInt8>, _ connection: Connection, _ figures: ConnectionFigures) {
        let agreed = message.from == .client ? connection.deflate?.client : connection.deflate?.server
        if agreed?.resetsContext ?? false { return }
        guard content.count <= Self.comparedByteCount, UInt64(content.count) == message.length, message.unknownByteCount == 0 else {
            return figures.change(message.from) { $0.compressed.context.left += 1 }
        }
        let isSampled = sampling.takes(message.length)
        let alone = isSampled ? byteCount(alone: content, windowBits: agreed?.windowBits ?? 15) : nil
        figures.change(message.from) {
            $0.compressed.context.take(applicationBytes: message.length, wireBytes: message.wireLength)
            if let alone { $0.compressed.context.sample(applicationBytes: message.length, aloneBytes: alone) }
        }
    }

    private mutating func byteCount(alone content: Span<UInt8>, windowBits bits: Int) -> UInt64 {
        let deflater = deflaters[bits] ?? LoneDeflaterBox(windowBits: bits)
        deflaters[bits] = deflater
        return deflater.deflater.byteCount(of: content)
    }

    /// Where nothing was sampled of a side, it is taken to be like the others.
    private func completeEstimates() {
        let sum = rows.reduce(beyond.client.compressed.context + beyond.server.compressed.context) { $0 + $1.both.compressed.context }
        guard !sum.isExact, let share = sum.aloneShare else { return }
        for row in rows {
            row.fromClient.compressed.context.assume(aloneShare: share)
            row.fromServer.compressed.context.assume(aloneShare: share)
        }
    }
}

/// Where a deflater is kept in an array: it cannot be copied.
private final class LoneDeflaterBox {
    var deflater: LoneDeflater
    init(windowBits: Int) { deflater = LoneDeflater(windowBits: windowBits) }
}
