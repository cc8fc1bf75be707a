import Bytes

/// A file whose packets wait for a while before they are written, so that the secrets that they need stand before them.
///
/// Programs log secrets some time after the packets that need them have passed by, usually milliseconds.
public struct DelayedCaptureFile: ~Copyable {
    private var file: CaptureFile
    private let interfaces: [CaptureInterface]
    /// Packets that are written next, and those that came after them.
    private var older = PacketBatch()
    private var newer = PacketBatch()
    /// What was counted last of each interface.
    private var counted: [InterfaceStatistics?]
    /// When `newer` was begun.
    private var begun: Int64 = 0

    /// Nanoseconds that a packet waits at least, and half of what it waits at most.
    public static let delay: Int64 = 500_000_000
    /// Bytes that wait at most, twice.
    private static let heldByteCount = 32 << 20

    public init(_ options: CaptureFile.Options, interfaces: [CaptureInterface]) throws(CaptureError) {
        file = try CaptureFile(options, interfaces: interfaces)
        self.interfaces = interfaces
        counted = Array(repeating: nil, count: interfaces.count)
    }

    public var failure: CaptureError? { file.failure }
    public var packetCount: UInt64 { file.packetCount }

    /// - Parameter now: nanoseconds of a clock that goes evenly.
    public mutating func append(_ header: PacketHeader, _ bytes: Span<UInt8>, now: Int64) {
        if newer.count == 0 { begun = now }
        newer.append(bytes, time: header.time, originalLength: header.originalLength, interface: header.interface)
        if newer.byteCount > Self.heldByteCount { turn(now) }
    }

    /// Writes secrets at once: before all packets that wait.
    public mutating func append(_ secrets: DecryptionSecrets) { file.append(secrets) }

    /// Writes counts of an interface: at the end, unless it lost packets, of which the packets before and after are to be known.
    public mutating func append(_ statistics: InterfaceStatistics) {
        let place = Int(statistics.interface)
        let hasLost = statistics.dropped ?? 0 > counted[place]?.dropped ?? 0
        counted[place] = statistics
        guard hasLost else { return }
        writeAll()
        file.append(statistics)
    }

    /// Writes what has waited long enough.
    public mutating func advance(now: Int64) {
        if now - begun >= Self.delay, older.count + newer.count > 0 {
            turn(now)
            file.flush()
        }
    }

    /// Writes everything and ends the file.
    public mutating func close() {
        writeAll()
        for statistics in counted { if let statistics { file.append(statistics) } }
        file.close()
    }

    private mutating func turn(_ now: Int64) {
        Self.write(&older, of: interfaces, to: &file)
        swap(&older, &newer)
        begun = now
    }

    private mutating func writeAll() {
        Self.write(&older, of: interfaces, to: &file)
        Self.write(&newer, of: interfaces, to: &file)
    }

    private static func write(_ batch: inout PacketBatch, of interfaces: [CaptureInterface], to file: inout CaptureFile) {
        for place in 0..<batch.count {
            file.append(batch.header(at: place, number: UInt64(place + 1), of: interfaces), batch.bytes(at: place))
        }
        batch.removeAll()
    }
}
