import Bytes
import Foundation
import Testing

@testable import Capture

private let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// Readings that go on where another one came past.
@Suite struct CheckpointTests {
    private static let captures = [
        "fixtures/chat/capture.pcap", "fixtures/pcapng-two-interfaces/capture.pcapng",
        // Several sections, of either byte order; where the folder is.
        "../shared/captures/layers/le-test201.pcapng", "../shared/captures/layers/be-test202.pcapng",
        "../shared/captures/layers/arkime-bigendian.pcap",
    ].filter { FileManager.default.fileExists(atPath: package.appendingPathComponent($0).path) }

    @Test("from before any packet on the rest of the capture is the same", arguments: captures)
    func rest(file: String) throws {
        let path = package.appendingPathComponent(file).path
        let packets = try Reading(ByteSource(path: path), name: file).packets
        var checkpoints: [CaptureReader.Checkpoint] = []
        var reader = try CaptureReader(try ByteSource(path: path), name: file)
        repeat { checkpoints.append(reader.checkpoint) } while try reader.next() != nil
        #expect(checkpoints.count == packets.count + 1)
        for (index, checkpoint) in checkpoints.enumerated() {
            #expect(try Self.packets(path, from: checkpoint) == Array(packets.dropFirst(index)))
        }
    }

    @Test("a file that was written can be read on from where a packet was going to be")
    func written() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("wsray-checkpoint-\(UUID()).pcapng").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let interfaces = [
            CaptureInterface(linkType: .ethernet, snapLength: 100, resolution: .microseconds),
            CaptureInterface(linkType: LinkType(rawValue: 101), snapLength: 0, resolution: .nanoseconds),
        ]
        var writer = PcapngWriter()
        writer.beginSection()
        for interface in interfaces { _ = writer.add(interface) }
        var checkpoints: [CaptureReader.Checkpoint] = []
        for number in 1...5 as ClosedRange<UInt64> {
            checkpoints.append(.init(number: number, offset: UInt64(writer.output.count), interfaces: interfaces))
            let bytes = [UInt8](repeating: UInt8(number), count: Int(number))
            let header = PacketHeader(
                number: number, time: Timestamp(nanoseconds: Int64(number) * 1_000_001_000), fractionDigits: 6, linkType: .ethernet,
                originalLength: 200, interface: UInt32(number % 2))
            writer.add(header, bytes.span)
        }
        try Data(writer.output.span.copied()).write(to: URL(fileURLWithPath: path))
        let packets = try Reading(ByteSource(path: path), name: "written").packets
        #expect(packets.count == 5)
        for (index, checkpoint) in checkpoints.enumerated() {
            #expect(try Self.packets(path, from: checkpoint) == Array(packets.dropFirst(index)))
        }
    }

    private static func packets(_ path: String, from checkpoint: CaptureReader.Checkpoint) throws -> [ReadPacket] {
        var packets: [ReadPacket] = []
        var reader = try CaptureReader(path: path, from: checkpoint, name: "again")
        while let header = try reader.next() {
            packets.append(
                ReadPacket(
                    number: header.number, nanoseconds: header.time.nanoseconds, fractionDigits: header.fractionDigits,
                    linkType: header.linkType, originalLength: header.originalLength, interface: header.interface,
                    bytes: reader.bytes.copied()))
        }
        return packets
    }
}
