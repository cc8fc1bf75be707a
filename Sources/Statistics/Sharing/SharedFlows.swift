import Bytes
import HTTP
import Inspection
import Waits

/// The TCP connections that streams share, counted while packets come.
struct SharedFlows {
    private struct Entry {
        var figures: SharedFlowFigures
        /// While it is open.
        var watch: SharedFlowWatch?
        var openCount: UInt64 = 0
        var traffic: ConnectionTraffic?
    }

    private var flows: [UInt64: Entry] = [:]
    private let limit: Int
    /// Streams on TCP connections beyond the limit.
    private(set) var overlooked: UInt64 = 0

    init(limit: Int) { self.limit = limit }

    // MARK: Events

    mutating func begin(_ connection: Connection) {
        let flow = connection.carrier.flow
        guard flows[flow] != nil || flows.count < limit else {
            overlooked += 1
            return
        }
        var entry = flows[flow] ?? Entry(figures: SharedFlowFigures(connection), watch: SharedFlowWatch())
        entry.openCount += 1
        entry.figures.connectionCount += 1
        entry.figures.mostAtOnce = max(entry.figures.mostAtOnce, entry.openCount)
        if let request = connection.request, let response = connection.response {
            entry.figures.headBytes += UInt64(request.byteCount + response.byteCount)
            entry.figures.plainHeadBytes += PlainHeads.byteCount(request, response)
        }
        flows[flow] = entry
    }

    mutating func end(_ connection: Connection) { flows[connection.carrier.flow]?.openCount -= 1 }

    func take(_ mark: TransportMark) { flows[mark.flow]?.watch?.take(mark) }

    func take(_ frame: Frame, of connection: Connection) {
        let packets = frame.packets
        flows[connection.carrier.flow]?.watch?.take(
            SharedFrame(
                connection: connection.number, number: frame.number, from: frame.from, time: frame.endTime.nanoseconds,
                firstPacket: packets.first, lastPacket: packets.last, packetCount: packets.count))
    }

    mutating func end(_ flow: SharedFlow) {
        guard var entry = flows[flow.flow] else { return }
        entry.figures.end(flow)
        entry.traffic = flow.traffic
        if let watch = entry.watch { entry.figures.waited = watch.finish() }
        entry.watch = nil
        flows[flow.flow] = entry
    }

    // MARK: The end

    /// All of them, in the order in which the TCP connections appeared, once nothing more comes.
    var found: [SharedFlowFigures] {
        flows.values.map { entry in
            var figures = entry.figures
            if let traffic = entry.traffic { figures.close(traffic) }
            if let watch = entry.watch { figures.waited = watch.finish() }
            return figures
        }.sorted { $0.flow < $1.flow }
    }
}
