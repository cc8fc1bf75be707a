import Bytes

/// Builds capture files byte by byte, in either byte order, for tests of what reads them.
public enum CaptureFileBuilder {
    public struct Packet: Sendable {
        /// Since 1970; a microsecond file keeps whole microseconds of it.
        public var nanoseconds: UInt64
        public var bytes: [UInt8]
        /// Bytes on the wire; nil when all were captured.
        public var originalLength: Int?

        public init(_ bytes: [UInt8], at nanoseconds: UInt64 = 1_700_000_000_000_000_000, originalLength: Int? = nil) {
            self.nanoseconds = nanoseconds
            self.bytes = bytes
            self.originalLength = originalLength
        }
    }

    /// A pcap file of the packets.
    public static func pcap(
        _ packets: [Packet], linkType: LinkType = .ethernet, nanosecond: Bool = false, bigEndian: Bool = false, snapLength: UInt32 = 262_144
    ) -> [UInt8] {
        var file = ByteWriter(bigEndian: bigEndian)
        file.uint32(nanosecond ? 0xA1B2_3C4D : 0xA1B2_C3D4)
        file.uint16(2)
        file.uint16(4)
        file.uint32(0)
        file.uint32(0)
        file.uint32(snapLength)
        file.uint32(linkType.rawValue)
        for packet in packets {
            file.uint32(UInt32(packet.nanoseconds / 1_000_000_000))
            file.uint32(UInt32(packet.nanoseconds % 1_000_000_000 / (nanosecond ? 1 : 1_000)))
            file.uint32(UInt32(packet.bytes.count))
            file.uint32(UInt32(packet.originalLength ?? packet.bytes.count))
            file.append(packet.bytes)
        }
        return file.bytes
    }

    /// A pcapng file of the packets: one section, one interface that counts nanoseconds, Enhanced Packet Blocks.
    public static func pcapng(_ packets: [Packet], linkType: LinkType = .ethernet, bigEndian: Bool = false) -> [UInt8] {
        let blocks = PcapngBlocks(bigEndian: bigEndian)
        return packets.reduce(blocks.section() + blocks.interface(linkType, options: [.resolution(9)])) { file, packet in
            file + blocks.enhancedPacket(packet.bytes, ticks: packet.nanoseconds, originalLength: packet.originalLength)
        }
    }

    /// One gzip member of stored blocks, which inflates to `bytes` (RFC 1952 §2.2, RFC 1951 §3.2.4).
    public static func gzip(_ bytes: [UInt8]) -> [UInt8] {
        var file = ByteWriter(bigEndian: false)
        file.append([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF])
        var start = 0
        repeat {
            let end = min(start + 0xFFFF, bytes.count)
            file.append([end == bytes.count ? 1 : 0])
            file.uint16(UInt16(end - start))
            file.uint16(~UInt16(end - start))
            file.append(Array(bytes[start..<end]))
            start = end
        } while start < bytes.count
        file.uint32(crc32(bytes))
        file.uint32(UInt32(truncatingIfNeeded: bytes.count))
        return file.bytes
    }

    /// RFC 1952 §8.
    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var crc: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 0 ? crc >> 1 : crc >> 1 ^ 0xEDB8_8320 }
        }
        return ~crc
    }
}

/// Blocks of a pcapng file in one byte order (draft-ietf-opsawg-pcapng §4).
public struct PcapngBlocks: Sendable {
    public struct Option: Sendable {
        public var code: UInt16
        public var value: [UInt8]
        public init(_ code: UInt16, _ value: [UInt8]) { self.code = code; self.value = value }

        public static func comment(_ text: String) -> Option { Option(1, Array(text.utf8)) }
        /// Of an interface.
        public static func name(_ text: String) -> Option { Option(2, Array(text.utf8)) }
        public static func resolution(_ value: UInt8) -> Option { Option(9, [value]) }
    }

    public var isBigEndian: Bool
    public init(bigEndian: Bool = false) { isBigEndian = bigEndian }

    /// Any block: its type, and its body padded and put between the two lengths.
    public func block(_ type: UInt32, _ body: [UInt8], options: [Option] = []) -> [UInt8] {
        var content = ByteWriter(bigEndian: isBigEndian)
        content.append(body)
        content.pad()
        for option in options {
            content.uint16(option.code)
            content.uint16(UInt16(option.value.count))
            content.append(option.value)
            content.pad()
        }
        if !options.isEmpty { content.uint32(0) }
        var block = ByteWriter(bigEndian: isBigEndian)
        let length = UInt32(content.bytes.count + 12)
        block.uint32(type)
        block.uint32(length)
        block.append(content.bytes)
        block.uint32(length)
        return block.bytes
    }

    public func section(major: UInt16 = 1, options: [Option] = []) -> [UInt8] {
        var body = ByteWriter(bigEndian: isBigEndian)
        body.uint32(0x1A2B_3C4D)
        body.uint16(major)
        body.uint16(0)
        body.uint64(.max)
        return block(0x0A0D_0D0A, body.bytes, options: options)
    }

    public func interface(_ linkType: LinkType = .ethernet, snapLength: UInt32 = 0, options: [Option] = []) -> [UInt8] {
        var body = ByteWriter(bigEndian: isBigEndian)
        body.uint16(UInt16(linkType.rawValue))
        body.uint16(0)
        body.uint32(snapLength)
        return block(1, body.bytes, options: options)
    }

    public func enhancedPacket(
        _ bytes: [UInt8], interface: UInt32 = 0, ticks: UInt64 = 0, originalLength: Int? = nil, options: [Option] = []
    ) -> [UInt8] {
        var body = ByteWriter(bigEndian: isBigEndian)
        body.uint32(interface)
        body.packet(bytes, ticks, originalLength)
        return block(6, body.bytes, options: options)
    }

    /// The obsolete Packet Block.
    public func packet(
        _ bytes: [UInt8], interface: UInt16 = 0, drops: UInt16 = 0, ticks: UInt64 = 0, originalLength: Int? = nil, options: [Option] = []
    ) -> [UInt8] {
        var body = ByteWriter(bigEndian: isBigEndian)
        body.uint16(interface)
        body.uint16(drops)
        body.packet(bytes, ticks, originalLength)
        return block(2, body.bytes, options: options)
    }

    public func simplePacket(_ bytes: [UInt8], originalLength: Int? = nil) -> [UInt8] {
        var body = ByteWriter(bigEndian: isBigEndian)
        body.uint32(UInt32(originalLength ?? bytes.count))
        body.append(bytes)
        return block(3, body.bytes)
    }

    /// `form`: "TLSK" unless told.
    public func secrets(_ secrets: [UInt8], form: UInt32 = 0x544C_534B) -> [UInt8] {
        var body = ByteWriter(bigEndian: isBigEndian)
        body.uint32(form)
        body.uint32(UInt32(secrets.count))
        body.append(secrets)
        return block(10, body.bytes)
    }
}

/// Integers as bytes, in one byte order.
public struct ByteWriter: Sendable {
    public private(set) var bytes: [UInt8] = []
    private let isBigEndian: Bool
    public init(bigEndian: Bool) { isBigEndian = bigEndian }

    public mutating func append(_ added: [UInt8]) { bytes += added }
    public mutating func uint16(_ value: UInt16) { integer(value) }
    public mutating func uint32(_ value: UInt32) { integer(value) }
    public mutating func uint64(_ value: UInt64) { integer(value) }

    fileprivate mutating func pad() {
        while bytes.count % 4 != 0 { bytes.append(0) }
    }

    fileprivate mutating func packet(_ packet: [UInt8], _ ticks: UInt64, _ originalLength: Int?) {
        uint32(UInt32(truncatingIfNeeded: ticks >> 32))
        uint32(UInt32(truncatingIfNeeded: ticks))
        uint32(UInt32(packet.count))
        uint32(UInt32(originalLength ?? packet.count))
        append(packet)
    }

    private mutating func integer<Value: FixedWidthInteger>(_ value: Value) {
        for index in 0..<Value.bitWidth / 8 {
            let shift = isBigEndian ? Value.bitWidth - 8 - 8 * index : 8 * index
            bytes.append(UInt8(truncatingIfNeeded: value >> Value(shift)))
        }
    }
}
