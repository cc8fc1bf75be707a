import Bytes
import Capture

/// A packet as it was lent, copied.
struct ReadPacket: Equatable {
    var number: UInt64
    var nanoseconds: Int64
    var fractionDigits: UInt8
    var linkType: LinkType
    var originalLength: Int
    var interface: UInt32
    var bytes: [UInt8]
}

/// All that a reader gives: packets, then an error or a clean end.
struct Reading {
    var packets: [ReadPacket] = []
    var counts: [InterfaceCount] = []
    var facts = CaptureFacts()
    var error: CaptureError?

    var losses: [PacketLoss] { counts.compactMap(\.loss) }

    init(
        _ bytes: [UInt8], portion: Int = .max, name: String = "test.pcap", first: UInt64 = 1, limits: CaptureLimits = CaptureLimits(),
        takesBuffered: Bool = true
    ) {
        self.init(ByteSource(bytes, portion: portion), name: name, first: first, limits: limits, takesBuffered: takesBuffered)
    }

    /// - Parameter takesBuffered: ask `nextBuffered` first, as those do who are in a hurry.
    init(
        _ source: consuming ByteSource, name: String, first: UInt64 = 1, limits: CaptureLimits = CaptureLimits(), takesBuffered: Bool = true
    ) {
        do throws(CaptureError) {
            var reader = try CaptureReader(source, name: name, firstPacketNumber: first, limits: limits)
            do throws(CaptureError) {
                while true {
                    var header = PacketHeader()
                    if !takesBuffered || !reader.nextBuffered(into: &header) {
                        guard let read = try reader.next() else { break }
                        header = read
                    }
                    while let count = reader.takeCount() { counts.append(count) }
                    packets.append(
                        ReadPacket(
                            number: header.number, nanoseconds: header.time.nanoseconds, fractionDigits: header.fractionDigits,
                            linkType: header.linkType, originalLength: header.originalLength, interface: header.interface,
                            bytes: reader.bytes.copied()))
                }
            } catch {
                self.error = error
            }
            while let count = reader.takeCount() { counts.append(count) }
            facts = reader.facts
        } catch {
            self.error = error
        }
    }
}
