import Bytes
import Capture
import Packets
import Viewer

/// Writes the packets of one connection, as pcapng.
struct ConnectionWriter: PassTaker, ~Copyable {
    private let connection: SavedConnection
    private let name: String
    private var decoder = PacketDecoder()
    /// Made when the first packet comes: of several files, the interfaces of the first are described.
    private var file: CaptureFile?
    private var count: UInt64 = 0

    init(_ connection: SavedConnection, _ name: String) {
        self.connection = connection
        self.name = name
    }

    mutating func begin(_ interfaces: [CaptureInterface]) throws(CaptureError) {
        guard file == nil else { return }
        var options = CaptureFile.Options(path: name)
        options.isNew = true
        options.application = "wsray \(Wsray.version)"
        file = try CaptureFile(options, interfaces: interfaces)
    }

    mutating func take(
        _ header: PacketHeader, _ bytes: Span<UInt8>, isAnew: Bool, losses: [PacketLoss]
    ) throws(CaptureError) -> Bool {
        let ends: (Endpoint, Endpoint)
        switch decoder.decode(header, bytes) {
        case .segment(let segment), .reassembled(let segment): ends = (segment.source, segment.destination)
        case .datagram(let datagram): ends = (datagram.source, datagram.destination)
        case .other: return true
        }
        if connection.has(ends.0, ends.1, at: header.time) {
            file?.append(header, bytes)
            count += 1
        }
        return file?.failure == nil
    }

    /// Ends the file; the number of packets in it.
    mutating func close() throws(CaptureError) -> UInt64 {
        file?.close()
        if let failure = file?.failure { throw failure }
        return count
    }
}
