import Bytes
import CPcap

/// Packets of a live capture in one buffer, with what was lost among them.
///
/// Used over and over, so that a packet costs no allocation.
public struct PacketBatch: ~Copyable {
    private struct Entry {
        var time: Timestamp
        var offset: Int
        var count: Int
        var originalLength: Int
        var interface: UInt32
    }

    private var entries: [Entry] = []
    private var bytes = ByteBuffer()

    /// Counts of interfaces, to be taken note of before the packets: where some were lost, two of an interface, before and after.
    public internal(set) var statistics: [InterfaceStatistics] = []
    /// Why an interface gives nothing more behind the packets.
    public internal(set) var failures: [CaptureError] = []

    public init() {}

    public var count: Int { entries.count }
    /// Bytes of all packets.
    public var byteCount: Int { bytes.count }
    var isEmpty: Bool { entries.isEmpty && statistics.isEmpty && failures.isEmpty }
    /// The time of the packet that came last.
    var lastTime: Timestamp? { entries.last?.time }

    /// What is known of the packet at `place`, numbered `number`.
    public func header(at place: Int, number: UInt64, of interfaces: [CaptureInterface]) -> PacketHeader {
        let entry = entries[place]
        let interface = interfaces[Int(entry.interface)]
        return PacketHeader(
            number: number, time: entry.time, fractionDigits: interface.resolution.fractionDigits, linkType: interface.linkType,
            originalLength: entry.originalLength, interface: entry.interface)
    }

    /// The captured bytes of the packet at `place`.
    @_lifetime(borrow self)
    public func bytes(at place: Int) -> Span<UInt8> {
        let entry = entries[place]
        return bytes.span.extracting(entry.offset..<entry.offset + entry.count)
    }

    mutating func append(_ packet: Span<UInt8>, time: Timestamp, originalLength: Int, interface: UInt32) {
        entries.append(
            Entry(time: time, offset: bytes.count, count: packet.count, originalLength: originalLength, interface: interface))
        bytes.append(packet)
    }

    /// Puts the packets of several interfaces into the order of their times; of one interface they keep theirs.
    mutating func sort() {
        entries.sort { ($0.time, $0.offset) < ($1.time, $1.offset) }
    }

    /// Moves packets with times in this range to another batch, which gets them in the same order.
    mutating func move(_ times: ClosedRange<Timestamp>, to other: inout PacketBatch) {
        guard entries.contains(where: { times.contains($0.time) }) else { return }
        var kept = PacketBatch()
        for (place, entry) in entries.enumerated() {
            if times.contains(entry.time) {
                other.append(bytes(at: place), time: entry.time, originalLength: entry.originalLength, interface: entry.interface)
            } else {
                kept.append(bytes(at: place), time: entry.time, originalLength: entry.originalLength, interface: entry.interface)
            }
        }
        swap(&entries, &kept.entries)
        swap(&bytes, &kept.bytes)
    }

    /// Packets of one interface.
    func count(of interface: UInt32) -> UInt64 {
        entries.reduce(0) { $1.interface == interface ? $0 + 1 : $0 }
    }

    mutating func removeAll() {
        entries.removeAll(keepingCapacity: entries.count <= Self.keptCount)
        bytes.removeAll(keepingAtMost: Self.keptByteCount)
        statistics = []
        failures = []
    }

    /// Room that an empty batch keeps: entries, and bytes.
    private static let keptCount = 16_384
    private static let keptByteCount = 1 << 20
}

extension Timestamp {
    init(_ time: timeval, nanosecondsPerFraction: Int64) {
        self.init(nanoseconds: wsray_seconds(time) &* 1_000_000_000 &+ wsray_fraction(time) &* nanosecondsPerFraction)
    }
}
