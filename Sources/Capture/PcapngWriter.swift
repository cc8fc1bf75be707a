import Bytes

/// Blocks of a pcapng file, appended to a buffer in the order in which they are asked for (draft-ietf-opsawg-pcapng).
///
/// Does no I/O: whoever has a place for them takes the bytes from `output`, which always ends where a block does. Writes
/// little-endian, one section, and timestamps in micro- or nanoseconds.
public struct PcapngWriter: ~Copyable {
    /// Blocks that were not taken yet.
    public var output = ByteBuffer()
    /// Of each interface, the nanoseconds in a tick.
    private var nanosecondsPerTick: [UInt64] = []

    public init() {}

    // MARK: What describes the capture

    /// Section Header Block (§4.1): comes first.
    ///
    ///     0  0a0d0d0a    4  total length    8  1a2b3c4d
    ///     12 major version (1)  14 minor version   16 section length, −1 for unknown   24 options
    public mutating func beginSection(_ section: CaptureSection = CaptureSection(), comment: String? = nil) {
        nanosecondsPerTick.removeAll(keepingCapacity: true)
        let start = begin(.sectionHeader)
        output.append(littleEndian: 0x1A2B_3C4D as UInt32)
        output.append(littleEndian: 1 as UInt16)
        output.append(littleEndian: 0 as UInt16)
        output.append(littleEndian: UInt64.max)
        option(.comment, comment)
        option(.hardware, section.hardware)
        option(.operatingSystem, section.operatingSystem)
        option(.application, section.application)
        endOptions()
        end(start)
    }

    /// Interface Description Block (§4.2): before the first packet of the interface; the number by which packets name it.
    ///
    ///     8  link type   10 reserved   12 snapshot length   16 options
    public mutating func add(_ interface: CaptureInterface, comment: String? = nil) -> UInt32 {
        let resolution = Self.resolution(of: interface)
        let start = begin(.interfaceDescription)
        output.append(littleEndian: UInt16(truncatingIfNeeded: interface.linkType.rawValue))
        output.append(littleEndian: 0 as UInt16)
        output.append(littleEndian: interface.snapLength)
        option(.comment, comment)
        option(.interfaceName, interface.name)
        option(.interfaceDescription, interface.description)
        option(.timestampResolution, [resolution.rawValue])
        if let filter = interface.filter { option(.filter, [0] + Array(filter.utf8)) }
        endOptions()
        end(start)
        nanosecondsPerTick.append(resolution == .microseconds ? 1_000 : 1)
        return UInt32(nanosecondsPerTick.count - 1)
    }

    /// The resolution that times of an interface are written with.
    static func resolution(of interface: CaptureInterface) -> TimestampResolution {
        interface.resolution.fractionDigits == 6 ? .microseconds : .nanoseconds
    }

    /// Decryption Secrets Block (§4.7): before the packets that need them.
    ///
    ///     8  secrets type   12 secrets length   16 secrets, padded to 4   options
    public mutating func add(_ secrets: DecryptionSecrets) {
        let start = begin(.decryptionSecrets)
        output.append(littleEndian: secrets.form.rawValue)
        output.append(littleEndian: UInt32(clamping: secrets.bytes.count))
        output.append(secrets.bytes.span)
        pad(secrets.bytes.count)
        end(start)
    }

    // MARK: Packets

    /// Bytes of an Enhanced Packet Block before the packet's own.
    public static let packetOffset = 28

    /// Enhanced Packet Block (§4.3); `header.interface` is a number that `add` gave.
    ///
    ///     8  interface    12 time, upper half    16 time, lower half    20 captured length    24 original length
    ///     28 packet, padded to 4    options
    public mutating func add(_ header: PacketHeader, _ bytes: Span<UInt8>) {
        let time = ticks(header.time, of: header.interface)
        let length = (32 + bytes.count + 3) & ~3
        // Invariant: exactly the 28 bytes lent are written.
        unsafe output.append(upTo: 28) { room in
            unsafe room.storeBytes(of: BlockType.enhancedPacket.rawValue.littleEndian, toByteOffset: 0, as: UInt32.self)
            unsafe room.storeBytes(of: UInt32(clamping: length).littleEndian, toByteOffset: 4, as: UInt32.self)
            unsafe room.storeBytes(of: header.interface.littleEndian, toByteOffset: 8, as: UInt32.self)
            unsafe room.storeBytes(of: UInt32(time >> 32).littleEndian, toByteOffset: 12, as: UInt32.self)
            unsafe room.storeBytes(of: UInt32(truncatingIfNeeded: time).littleEndian, toByteOffset: 16, as: UInt32.self)
            unsafe room.storeBytes(of: UInt32(clamping: bytes.count).littleEndian, toByteOffset: 20, as: UInt32.self)
            unsafe room.storeBytes(of: UInt32(clamping: header.originalLength).littleEndian, toByteOffset: 24, as: UInt32.self)
            return 28
        }
        output.append(bytes)
        pad(bytes.count)
        output.append(littleEndian: UInt32(clamping: length))
    }

    /// The same with a comment.
    public mutating func add(_ header: PacketHeader, _ bytes: Span<UInt8>, comment: String) {
        let start = output.count
        add(header, bytes)
        output.truncate(to: output.count - 4)
        option(.comment, comment)
        endOptions()
        end(start)
    }

    /// Interface Statistics Block (§4.6): how many packets an interface lost up to some time.
    ///
    ///     8  interface    12 time, upper half    16 time, lower half    20 options
    public mutating func add(_ statistics: InterfaceStatistics, comment: String? = nil) {
        let start = begin(.interfaceStatistics)
        output.append(littleEndian: statistics.interface)
        output.append(time: ticks(statistics.time, of: statistics.interface))
        option(.comment, comment)
        option(.startTime, time: statistics.start.map { ticks($0, of: statistics.interface) })
        option(.received, statistics.received)
        option(.droppedByInterface, statistics.droppedByInterface)
        option(.droppedBySystem, statistics.droppedBySystem.map { $0 &+ statistics.droppedByProgram })
        option(.delivered, statistics.delivered)
        endOptions()
        end(start)
    }

    /// Times before 1970 cannot be written.
    private func ticks(_ time: Timestamp, of interface: UInt32) -> UInt64 {
        let nanoseconds = UInt64(max(0, time.nanoseconds))
        let unit = nanosecondsPerTick[Int(interface)]
        return unit == 1 ? nanoseconds : nanoseconds / unit
    }

    // MARK: Blocks

    /// Writes a block's type and leaves room for its length; the result is for `end`.
    private mutating func begin(_ type: BlockType) -> Int {
        let start = output.count
        output.append(littleEndian: type.rawValue)
        output.append(littleEndian: 0 as UInt32)
        return start
    }

    /// Writes both lengths of the block that began at `start`.
    private mutating func end(_ start: Int) {
        let length = UInt32(clamping: output.count - start + 4)
        for place in 0..<4 { output.replace(at: start + 4 + place, with: UInt8(truncatingIfNeeded: length >> UInt32(8 * place))) }
        output.append(littleEndian: length)
    }

    @inline(__always)
    private mutating func pad(_ length: Int) {
        switch length & 3 {
        case 1: output.append("\0\0\0")
        case 2: output.append("\0\0")
        case 3: output.append("\0")
        default: break
        }
    }

    // MARK: Options (§3.5)

    private mutating func option(_ code: OptionCode, _ text: String?) {
        guard let text else { return }
        option(code, Array(text.utf8.prefix(Self.longestText)))
    }

    private mutating func option(_ code: OptionCode, _ value: [UInt8]) {
        output.append(littleEndian: code.rawValue)
        output.append(littleEndian: UInt16(clamping: value.count))
        output.append(value.span)
        pad(value.count)
    }

    private mutating func option(_ code: OptionCode, _ number: UInt64?) {
        guard let number else { return }
        output.append(littleEndian: code.rawValue)
        output.append(littleEndian: 8 as UInt16)
        output.append(littleEndian: number)
    }

    private mutating func option(_ code: OptionCode, time: UInt64?) {
        guard let time else { return }
        output.append(littleEndian: code.rawValue)
        output.append(littleEndian: 8 as UInt16)
        output.append(time: time)
    }

    private mutating func endOptions() { output.append(littleEndian: 0 as UInt32) }

    /// Bytes of the longest text that an option can hold.
    private static let longestText = 65_532
}

extension ByteBuffer {
    fileprivate mutating func append(littleEndian number: UInt16) {
        append(UInt8(truncatingIfNeeded: number))
        append(UInt8(truncatingIfNeeded: number >> 8))
    }

    fileprivate mutating func append(littleEndian number: UInt32) {
        append(littleEndian: UInt16(truncatingIfNeeded: number))
        append(littleEndian: UInt16(truncatingIfNeeded: number >> 16))
    }

    fileprivate mutating func append(littleEndian number: UInt64) {
        append(littleEndian: UInt32(truncatingIfNeeded: number))
        append(littleEndian: UInt32(truncatingIfNeeded: number >> 32))
    }

    /// A time as blocks and options write it: upper half first, whatever the byte order.
    fileprivate mutating func append(time ticks: UInt64) {
        append(littleEndian: UInt32(truncatingIfNeeded: ticks >> 32))
        append(littleEndian: UInt32(truncatingIfNeeded: ticks))
    }
}
