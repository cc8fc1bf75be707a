import Bytes
import Capture
import Filter
import Inspection

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
