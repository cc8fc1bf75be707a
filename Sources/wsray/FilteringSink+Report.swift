import Bytes
import Capture
import Filter
import Inspection
import Text

extension FilteringSink: Report where Inner: Report & ~Copyable {
    var output: ByteBuffer {
        _read { yield inner.output }
        _modify { yield &inner.output }
    }

    mutating func limit(frames count: UInt64) { inner.limit(frames: count) }

    mutating func begin(sources: [String]) { inner.begin(sources: sources) }
    mutating func beginFile(_ name: String, firstPacket: UInt64) { inner.beginFile(name, firstPacket: firstPacket) }
    mutating func beginAnew() { inner.beginAnew() }
    static var takesPackets: Bool { Inner.takesPackets }
    static var takesRecordings: Bool { Inner.takesRecordings }

    mutating func took(_ header: PacketHeader, _ bytes: Span<UInt8>, _ place: PacketPlace?, of interfaces: [CaptureInterface]) {
        inner.took(header, bytes, place, of: interfaces)
    }

    mutating func took(_ statistics: InterfaceStatistics, of interfaces: [CaptureInterface]) { inner.took(statistics, of: interfaces) }

    mutating func finish(_ summary: Summary, failure: String?) { inner.finish(summary, failure: failure) }
}

extension FilteringSink where Inner: ~Copyable {
    /// How much of the input was shown, so that nobody takes a part for the whole.
    func remarks(on summary: Summary) -> [String] {
        guard summary.connections > 0 else { return [] }
        let frames = Quantity.counted(summary.frames, "frame")
        var remarks = [
            "--where selected \(shown.frames) of \(frames), in \(shown.connections) of \(Quantity.counted(summary.connections, "connection"))"
        ]
        if givenUpCount > 0 {
            remarks.append(
                "--where: a regular expression took too long on \(Quantity.counted(givenUpCount, "payload")), which it did not select")
        }
        return remarks
    }
}
