import Channels
import Streams
import Rules
import Text

/// Bytes that wait in all flows: held segments, pending bytes, kept content, heads of connections that are open.
struct Memory {
    var waitingByteCount = 0
    /// The limit was reported for flows without a WebSocket connection.
    var hasReported = false
    /// What a direction may keep even above the limit, so that handshakes are understood while others fill memory.
    static let freeByteCount = 1_024
}

// One count over all flows, updated only when a direction keeps something or lets it go. When it is above the limit, the direction
// that wants to keep more gives way: gaps are given up, undecided bytes are dropped, content is cut.
extension Engine {
    /// Bytes that may still be kept.
    var memoryLeft: Int { max(0, settings.limits.totalByteCount - memory.waitingByteCount) }

    mutating func countWaiting(flow index: Int, _ direction: Direction) {
        guard let channel = flows[index].channel else {
            if flows[index, direction].reassembler.heldBytes > 0 { countWaiting(channel(of: index), direction) }
            return
        }
        countWaiting(channel, direction)
    }

    mutating func countWaiting(_ channel: Channel, _ direction: Direction) {
        let held = channel.isCarried ? 0 : flows[channel.flow, direction].reassembler.heldBytes
        let count = channel[direction].stream.waitingByteCount + held
        memory.waitingByteCount += count - channel[direction].countedByteCount
        channel[direction].countedByteCount = count
    }

    /// Above the limit by what was kept of connections that are open: one of them has to go before another one comes.
    var isFull: Bool { memory.waitingByteCount > settings.limits.totalByteCount }

    mutating func countWaiting(_ reading: FrameReading) {
        let count = reading.keptByteCount
        memory.waitingByteCount += count - reading.countedByteCount
        reading.countedByteCount = count
    }

    /// Whether a direction, whose bytes were just counted, has to give way.
    mutating func mustShed(flow index: Int, _ direction: Direction) -> Bool {
        flows[index].channel.map { mustShed($0, direction) } ?? false
    }

    mutating func mustShed(_ channel: Channel, _ direction: Direction) -> Bool {
        memory.waitingByteCount > settings.limits.totalByteCount && channel[direction].countedByteCount > Memory.freeByteCount
    }

    /// Reports that bytes were given up to stay within memory: once for a connection, and once for all flows without one.
    mutating func reportMemory(in channel: Channel?, _ direction: Direction) {
        guard let finding = memoryFinding(of: channel?.webSocket) else { return }
        counts.count([finding])
        tape.append(.found(finding, from: channel?.side(of: direction), in: channel?.webSocket?.connection, at: now))
    }

    mutating func memoryFinding(of session: WebSocketSession?) -> Finding? {
        guard !(session?.hasReportedMemory ?? memory.hasReported) else { return nil }
        if let session { session.hasReportedMemory = true } else { memory.hasReported = true }
        return memoryLimitFinding
    }

    var memoryLimitFinding: Finding {
        Finding(.memoryLimit, found: "\(Quantity.count(settings.limits.totalByteCount)) bytes wait in all connections")
    }
}
