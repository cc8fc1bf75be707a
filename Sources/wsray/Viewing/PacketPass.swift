import Bytes
import Capture

/// Goes through the input once more, from the first packet to the last that is there.
struct PacketPass: ~Copyable {
    private let options: InputOptions
    private let files: [InputIndex.File]
    private var begun: Timestamp?
    /// Packets from this one on are not kept any more.
    private(set) var firstLost: UInt64?

    init(_ options: InputOptions, _ index: InputIndex) {
        self.options = options
        files = index.files
    }

    /// What the packets are handed to.
    /// - Parameters:
    ///   - isAnew: the packet begins a capture of its own, rather than going on with the one before.
    ///   - losses: what the capture has lost before it.
    /// - Returns: whether more are wanted.
    typealias Take = (_ header: PacketHeader, _ bytes: Span<UInt8>, _ isAnew: Bool, _ losses: [PacketLoss]) -> Bool

    /// - Parameter begin: told the interfaces, of each file, that are known when its first packet is there.
    mutating func run(begin: ([CaptureInterface]) throws(CaptureError) -> Void = { _ in }, _ take: Take) throws(CaptureError) {
        var losses: [PacketLoss] = []
        var filter: PacketFilter?
        // An interface has filtered by itself.
        if options.live.interfaces.isEmpty, let expression = options.filter { filter = try PacketFilter(expression) }
        for file in files {
            var reader = try CaptureReader(try ByteSource(path: file.path), name: file.name, firstPacketNumber: file.firstPacket)
            var isFirst = true
            let end = file.isOnlyCopied ? file.firstPacket + file.packetCount : .max
            // Behind its last packet a copy may be in the middle of being written.
            var next = file.firstPacket
            while next < end, let header = try reader.next() {
                next = header.number + 1
                while let loss = reader.takeLoss() { losses.append(loss) }
                if isFirst { try begin(reader.facts.interfaces) }
                let isAnew = isFirst && begun.map { header.time <= $0 } ?? false
                if isFirst { begun = header.time }
                isFirst = false
                guard try filter?.matches(header, reader.bytes) ?? true else { continue }
                guard take(header, reader.bytes, isAnew, losses) else { return }
                losses = []
            }
            if file.isCut, firstLost == nil { firstLost = end }
        }
    }
}
