import Bytes
import Rules
import Streams
import Text

/// The limit on all bytes that wait: held segments, windows, kept content.
///
/// One count over all flows, brought up to date only where a lane keeps something or lets it go. When it is above the limit,
/// the lane that wants to keep more gives way: holes are passed over, undecided bytes are dropped, content is cut.
extension Engine {
    /// What a lane may keep even then, so that handshakes are understood while others fill the memory.
    static let freeByteCount = 1_024

    /// Bytes that may yet be kept.
    var memoryLeft: Int { max(0, limits.totalByteCount - waitingByteCount) }

    func weigh(_ lane: Lane) {
        let count = lane.waitingByteCount
        waitingByteCount += count - lane.weighedByteCount
        lane.weighedByteCount = count
    }

    func weigh(_ frames: inout FrameLane) {
        let count = frames.keptByteCount
        waitingByteCount += count - frames.weighedByteCount
        frames.weighedByteCount = count
    }

    /// Whether a lane, which was just weighed, has to give way.
    func mustShed(_ lane: Lane) -> Bool {
        waitingByteCount > limits.totalByteCount && lane.weighedByteCount > Self.freeByteCount
    }

    /// Limits for the holes of a lane that was just weighed.
    func streamLimits(of lane: Lane) -> StreamReassembler.Limits {
        guard mustShed(lane) else { return streamLimits }
        var limits = streamLimits
        limits.heldByteCount = 0
        return limits
    }

    /// Notes that bytes were given up for want of memory: once for a connection, and once for all that are none yet.
    func tellMemory(_ flow: Flow, _ lane: Lane, into sink: inout some EventSink & ~Copyable) {
        guard let finding = memoryFinding(of: flow.connection) else { return }
        count([finding])
        sink.found(finding, from: lane.side, in: flow.connection, at: now)
    }

    func memoryFinding(of connection: Connection?) -> Finding? {
        guard !(connection?.hasToldMemory ?? hasToldMemory) else { return nil }
        if let connection { connection.hasToldMemory = true } else { hasToldMemory = true }
        return Finding(.memoryLimit, found: "\(Quantity.count(limits.totalByteCount)) bytes wait in all connections")
    }
}
