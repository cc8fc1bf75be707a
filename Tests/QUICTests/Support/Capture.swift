import Bytes
import Capture
import Channels
import Foundation
import Packets

/// The UDP datagrams of a capture, with its key log.
struct UDPCapture {
    var datagrams: [Feed.Datagram] = []
    var keys: [UInt8] = []

    static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    static let shared = repository.deletingLastPathComponent().appendingPathComponent("shared/captures/layered")
    static var isSharedThere: Bool { FileManager.default.fileExists(atPath: shared.path) }

    init(_ path: URL, keys: URL) throws {
        self.keys = [UInt8](try Data(contentsOf: keys))
        var reader = try CaptureReader(ByteSource(path: path.path), name: path.lastPathComponent)
        var decoder = PacketDecoder()
        var paths: [Set<Endpoint>: UInt64] = [:]
        while let header = try reader.next() {
            guard case .datagram(let datagram) = decoder.decode(header, reader.bytes) else { continue }
            let ends: Set = [datagram.source, datagram.destination]
            let path = paths[ends] ?? UInt64(paths.count)
            paths[ends] = path
            let isLow = "\(datagram.source)" < "\(datagram.destination)"
            datagrams.append(
                Feed.Datagram(
                    number: header.number, time: header.time.nanoseconds, path: path, direction: isLow ? .fromLow : .fromHigh,
                    bytes: reader.bytes.extracting(datagram.capturedRange).copied()))
        }
        precondition(!datagrams.isEmpty, "\(path.path) has no datagrams")
    }
}
