import Bytes
import Capture
import System
import Viewer

/// Packets that come only once, of an interface, a pipe or a compressed file, as pcapng in a file without a name.
struct PacketCopy: ~Copyable {
    let spool: UnnamedFile
    private let limit: UInt64
    private var writer = PcapngWriter()
    private var interfaces: [CaptureInterface] = []
    /// Bytes in the file; `writer` has those behind them.
    private var byteCount: UInt64 = 0
    private(set) var packetCount: UInt64 = 0
    /// Packets that are in the file.
    private var writtenCount: UInt64 = 0
    /// Why nothing more is kept.
    private(set) var end: KeepingEnd?

    /// nil when there is no directory that it can be made in.
    init?(limit: UInt64) {
        guard let spool = UnnamedFile() else { return nil }
        self.spool = spool
        self.limit = limit
        writer.beginSection()
    }

    /// Where it is read from, each time from its beginning.
    var path: String { spool.path }

    /// Where the next packet's block will begin, to read on from there.
    func checkpoint(_ number: UInt64) -> CaptureReader.Checkpoint {
        CaptureReader.Checkpoint(number: number, offset: byteCount + UInt64(writer.output.count), interfaces: interfaces)
    }

    /// Describes one more interface.
    mutating func describe(_ interface: CaptureInterface) {
        _ = writer.add(interface)
        interfaces.append(interface)
    }

    /// Where the packet's bytes stand in the file; nil when they are not kept.
    mutating func append(_ header: PacketHeader, _ bytes: Span<UInt8>) -> UInt64? {
        let place = byteCount + UInt64(writer.output.count)
        // One that is left out would shift the numbers of those behind it.
        guard end == nil, place + UInt64(bytes.count) + 64 <= limit else {
            if end == nil { end = .limit }
            return nil
        }
        writer.add(header, bytes)
        packetCount += 1
        return place + UInt64(PcapngWriter.packetOffset)
    }

    /// What an interface has lost by now.
    mutating func append(_ statistics: InterfaceStatistics) {
        if end == nil { writer.add(statistics) }
    }

    /// Bytes that wait to be written.
    var waitingByteCount: Int { writer.output.count }

    /// Writes what waits; false when there was no room for it, so that its packets are lost.
    mutating func flush() -> Bool {
        let isWritten = spool.append(writer.output.span)
        if isWritten {
            byteCount += UInt64(writer.output.count)
            writtenCount = packetCount
        } else {
            packetCount = writtenCount
            end = .fullDisk
        }
        writer.output.removeAll(keepingAtMost: 1 << 20)
        return isWritten
    }
}
