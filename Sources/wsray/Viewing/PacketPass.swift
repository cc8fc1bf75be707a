import Bytes
import Capture

/// Goes through the input files once more, from the first packet to the last.
struct PacketPass: ~Copyable {
    private let options: InputOptions
    private var packets: UInt64 = 0
    private var begun: Timestamp?

    init(_ options: InputOptions) { self.options = options }

    /// What the packets are handed to.
    /// - Parameter isAnew: the packet begins a capture of its own, rather than going on with the one before.
    /// - Returns: whether more are wanted.
    typealias Take = (_ header: PacketHeader, _ bytes: Span<UInt8>, _ isAnew: Bool) -> Bool

    /// - Parameter begin: told the interfaces, of each file, that are known when its first packet is there.
    mutating func run(begin: ([CaptureInterface]) throws(CaptureError) -> Void = { _ in }, _ take: Take) throws(CaptureError) {
        var filter: PacketFilter?
        if let expression = options.filter { filter = try PacketFilter(expression) }
        for file in options.files {
            var reader = try CaptureReader(try ByteSource(path: file), name: file, firstPacketNumber: packets + 1)
            var isFirst = true
            while let header = try reader.next() {
                packets = header.number
                if isFirst { try begin(reader.facts.interfaces) }
                let isAnew = isFirst && begun.map { header.time <= $0 } ?? false
                if isFirst { begun = header.time }
                isFirst = false
                guard try filter?.matches(header, reader.bytes) ?? true else { continue }
                guard take(header, reader.bytes, isAnew) else { return }
            }
        }
    }
}
