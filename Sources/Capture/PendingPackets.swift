import Bytes

/// Packets of TCP connections that may turn out to be wanted in a file, kept until that is known.
///
/// Bounded twice: of one connection the newest packets remain, and when all together are too many, those of the
/// connections that were idle for longest go.
public struct PendingPackets: ~Copyable {
    private final class Flow {
        /// Packets that will be the first to go, and those behind them.
        var older = PacketBatch()
        var newer = PacketBatch()
    }

    private let flowByteCount: Int
    private let totalByteCount: Int
    /// Connections with a packet since the last clearing, and those without.
    private var active: [UInt64: Flow] = [:]
    private var idle: [UInt64: Flow] = [:]
    private var activeByteCount = 0
    /// Connections of which packets were given up before it was known what they are.
    public private(set) var lostFlowCount: UInt64 = 0

    /// What an entry costs beside its bytes.
    fileprivate static let packetCost = 64

    /// - Parameters:
    ///   - flowByteCount: bytes kept of one connection.
    ///   - totalByteCount: bytes kept in all.
    public init(flowByteCount: Int, totalByteCount: Int) {
        self.flowByteCount = flowByteCount
        self.totalByteCount = totalByteCount
    }

    public var isEmpty: Bool { active.isEmpty && idle.isEmpty }

    /// Keeps a packet of the connection with this number.
    public mutating func keep(_ header: PacketHeader, _ bytes: Span<UInt8>, of flow: UInt64) {
        let kept = find(flow)
        if kept.newer.cost > flowByteCount / 2 {
            activeByteCount -= kept.older.cost
            kept.older.removeAll()
            swap(&kept.older, &kept.newer)
        }
        kept.newer.append(bytes, time: header.time, originalLength: header.originalLength, interface: header.interface)
        activeByteCount += bytes.count + Self.packetCost
        if activeByteCount > totalByteCount / 2 { clear() }
    }

    /// Forgets the packets of a connection.
    public mutating func forget(_ flow: UInt64) {
        if let kept = active.removeValue(forKey: flow) { activeByteCount -= kept.older.cost + kept.newer.cost }
        idle[flow] = nil
    }

    /// Hands the packets of a connection over, the oldest first, and forgets them.
    public mutating func release(_ flow: UInt64, of interfaces: [CaptureInterface], to file: inout CaptureFile) {
        guard let kept = active[flow] ?? idle[flow] else { return }
        kept.older.forEach(of: interfaces) { file.append($0, $1) }
        kept.newer.forEach(of: interfaces) { file.append($0, $1) }
        forget(flow)
    }

    private mutating func find(_ flow: UInt64) -> Flow {
        if let kept = active[flow] { return kept }
        let kept = idle.removeValue(forKey: flow) ?? Flow()
        activeByteCount += kept.older.cost + kept.newer.cost
        active[flow] = kept
        return kept
    }

    /// Gives up what was idle since the last time.
    private mutating func clear() {
        lostFlowCount += UInt64(idle.count)
        idle = active
        active = [:]
        activeByteCount = 0
    }
}

extension PacketBatch {
    fileprivate var cost: Int { byteCount + count * PendingPackets.packetCost }

    fileprivate func forEach(of interfaces: [CaptureInterface], _ body: (PacketHeader, Span<UInt8>) -> Void) {
        for place in 0..<count { body(header(at: place, number: UInt64(place + 1), of: interfaces), bytes(at: place)) }
    }
}
