import Bytes
import Input
import Inspection
import System
import Viewer

/// A live capture for the viewer: whatever comes is copied, since it comes only once.
extension Loader: LiveConsumer {
    /// Milliseconds after which it is looked whether anybody still wants packets.
    private static let longestWait: Int32 = 100

    mutating func tookLive(_ header: PacketHeader, _ bytes: Span<UInt8>) {
        hasNews = true
        live?.write(header, bytes, of: inspector.lastFlow)
        progress.readByteCount += UInt64(header.originalLength)
    }

    mutating func wait(for packets: Descriptor, milliseconds: Int32) { packets.wait(for: .reading, milliseconds: Self.longestWait) }

    mutating func turn() -> Bool {
        if options.keys.poll() {
            resumeWaiting()
            hasNews = true
        }
        if hasNews { handOverWhenDue() }
        hasNews = false
        if handover.takeDemandForNextFile(), let remark = live?.beginNextFile() { note(once: remark) }
        if handover.isStopped { isStopped = true }
        return !(live?.hasFailed ?? false)
    }

    var shownCount: UInt64 { inspector.summary.frames &+ inspector.summary.connections }
}
