import Bytes
import System

/// A pcapng file that packets are written to, or a row of them; each can be read to its end, whatever happens while it is written.
///
/// Bytes go out when `flush` is called or many have gathered. A write that fails, for want of space above all, leaves a file of
/// the blocks that are whole. The files of a row are one capture: each counts what was lost while it was written.
public struct CaptureFile: ~Copyable {
    public struct Options: Sendable {
        public var path: String
        /// Bytes after which the next file is begun.
        public var rotationByteCount: UInt64?
        /// Nanoseconds, in packets' time, after which the next file is begun.
        public var rotationNanoseconds: Int64?
        /// How many files of a row remain, the newest.
        public var keptFileCount: Int?
        /// Nothing that is there is written over, even where there is only one file.
        public var isNew = false
        /// What the file says that it was written by.
        public var application: String?

        public init(path: String) { self.path = path }

        var rotates: Bool { rotationByteCount != nil || rotationNanoseconds != nil }
    }

    private let options: Options
    private let interfaces: [CaptureInterface]
    private var writer = PcapngWriter()
    private var output: OutputFile
    /// The number of the file in its row.
    private var number = 1
    /// The files of the row that were not removed, the current one last.
    private var paths: [String]
    /// The first packet's time.
    private var begun: Timestamp?
    /// What was counted of each interface by now, and by the time when the file was begun.
    private var counted: [InterfaceStatistics?]
    private var countedBefore: [InterfaceStatistics?]
    /// Bytes in front of the first packet.
    private var headerByteCount: UInt64 = 0
    /// Packets written, or about to be.
    public private(set) var packetCount: UInt64 = 0
    /// Why nothing more is written.
    public private(set) var failure: CaptureError?

    /// An Interface Statistics Block with all of its options. A file of a row keeps room for two of each interface: one that comes with
    /// the end of the capture, and one that ends the file.
    private static let statisticsByteCount = 88
    /// Bytes that are written although nobody asks.
    private static let bufferedByteCount = 256 << 10

    public init(_ options: Options, interfaces: [CaptureInterface]) throws(CaptureError) {
        self.options = options
        self.interfaces = interfaces
        if options.rotates {
            output = try OutputFile(numbered: &number, options.path)
        } else {
            output = try OutputFile(options.path, isNew: options.isNew)
        }
        paths = [output.path]
        counted = Array(repeating: nil, count: interfaces.count)
        countedBefore = counted
        describe()
    }

    // MARK: Writing

    /// - Parameter header: `interface` is an index into the interfaces that were given.
    public mutating func append(_ header: PacketHeader, _ bytes: Span<UInt8>) {
        // An Enhanced Packet Block takes 32 bytes beside the packet, and at most 3 of padding.
        let length = 35 + bytes.count + 2 * interfaces.count * Self.statisticsByteCount
        if isFull(adding: length, at: header.time) { _ = rotate() }
        if begun == nil { begun = header.time }
        packetCount += 1
        writer.add(header, bytes)
        if writer.output.count >= Self.bufferedByteCount { flush() }
    }

    public mutating func append(_ statistics: InterfaceStatistics) {
        let length = (1 + interfaces.count) * Self.statisticsByteCount
        if isFull(adding: length) { _ = rotate() }
        add(statistics)
    }

    private mutating func add(_ statistics: InterfaceStatistics) {
        let place = Int(statistics.interface)
        counted[place] = statistics
        writer.add(statistics.since(countedBefore[place]))
    }

    /// Writes secrets, which packets that follow may need.
    public mutating func append(_ secrets: DecryptionSecrets) { writer.add(secrets) }

    /// Writes what waits.
    public mutating func flush() {
        var blocks = ByteBuffer()
        swap(&blocks, &writer.output)
        do throws(CaptureError) {
            if failure == nil { try output.write(blocks: blocks.span) }
        } catch {
            failure = error
            // Without its header it is no capture file.
            if output.byteCount < headerByteCount { output.removeIfNew() }
        }
        blocks.removeAll(keepingAtMost: 4 * Self.bufferedByteCount)
        swap(&blocks, &writer.output)
    }

    /// Ends the file.
    public mutating func close() {
        flush()
        output.close()
    }

    private mutating func describe() {
        writer.beginSection(CaptureSection(operatingSystem: CurrentProcess.operatingSystem, application: options.application))
        for interface in interfaces { _ = writer.add(interface) }
        headerByteCount = UInt64(writer.output.count)
    }

    // MARK: One file after another

    /// Ends the file and begins the next, under a name with a number. Where that cannot be, all goes on in this one, and the error
    /// says why.
    public mutating func rotate() -> CaptureError? {
        guard failure == nil else { return nil }
        var next = number + 1
        do throws(CaptureError) {
            let opened = try OutputFile(numbered: &next, options.path)
            for statistics in counted { if let statistics { add(statistics) } }
            close()
            output = opened
        } catch {
            return error
        }
        number = next
        countedBefore = counted
        begun = nil
        paths.append(output.path)
        if let kept = options.keptFileCount { while paths.count > max(1, kept) { OutputFile.remove(paths.removeFirst()) } }
        describe()
        return nil
    }

    /// Whether this process may create the next file of a row.
    public static func canCreate(beside path: String) -> Bool { OutputFile.canCreate(beside: path) }

    private func isFull(adding length: Int, at time: Timestamp? = nil) -> Bool {
        guard let begun else { return false }
        if let limit = options.rotationByteCount, output.byteCount + UInt64(writer.output.count + length) > limit { return true }
        if let limit = options.rotationNanoseconds, let time, time.nanoseconds(since: begun) >= limit { return true }
        return false
    }
}
