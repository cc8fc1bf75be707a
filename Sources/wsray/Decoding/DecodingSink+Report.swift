import Bytes
import Capture
import Decoding
import Inspection

extension DecodingSink: Report where Downstream: Report & ~Copyable {
    var output: ByteBuffer {
        _read { yield downstream.output }
        _modify { yield &downstream.output }
    }

    mutating func limit(frames count: UInt64) { downstream.limit(frames: count) }

    mutating func begin(sources: [String]) { downstream.begin(sources: sources) }
    mutating func beginFile(_ name: String, firstPacket: UInt64) { downstream.beginFile(name, firstPacket: firstPacket) }
    mutating func beginAnew() {
        forgetPolling()
        downstream.beginAnew()
    }
    static var takesPackets: Bool { Downstream.takesPackets }
    static var takesRecordings: Bool { Downstream.takesRecordings }

    mutating func took(_ header: PacketHeader, _ bytes: Span<UInt8>, _ place: PacketPlace?, of interfaces: [CaptureInterface]) {
        downstream.took(header, bytes, place, of: interfaces)
    }

    mutating func took(_ statistics: InterfaceStatistics, of interfaces: [CaptureInterface]) { downstream.took(statistics, of: interfaces) }

    mutating func finish(_ summary: Summary, failure: String?) { downstream.finish(summary, failure: failure) }
}
