import Bytes
import Packets

/// Packets as a sender would put them on a wire, checksums included.
///
/// `tcp` makes the usual one in one call. Its three layers, `segment`, `ip` and `Link.frame`, can be called one by one
/// where a test needs something between them: an extension header is simply the payload of a packet with its number.
public enum PacketBuilder {
    public static let client = Endpoint(address: IPAddress(192, 0, 2, 1), port: 49152)
    public static let server = Endpoint(address: IPAddress(198, 51, 100, 2), port: 80)
    public static let clientV6 = Endpoint(address: IPAddress(v6: 0x2001_0db8_0000_0000, 1), port: 49152)
    public static let serverV6 = Endpoint(address: IPAddress(v6: 0x2001_0db8_0000_0000, 2), port: 80)

    /// A whole packet: IPv4 or IPv6 as the addresses are.
    public static func tcp(
        from source: Endpoint = client, to destination: Endpoint = server, sequence: UInt32 = 0, acknowledgment: UInt32 = 0,
        flags: TCPFlags = [.psh, .ack], window: UInt16 = 65535, options: [UInt8] = [], payload: [UInt8] = [],
        identification: UInt32 = 0, link: Link = .ethernet
    ) -> [UInt8] {
        let segment = segment(
            from: source, to: destination, sequence: sequence, acknowledgment: acknowledgment, flags: flags, window: window,
            options: options, payload: payload)
        let packet = ip(from: source.address, to: destination.address, carrying: 6, segment, identification: identification)
        return link.frame(packet)
    }

    /// What a capture says about such a packet, with a second between one number and the next.
    public static func header(
        _ number: UInt64 = 1, of bytes: [UInt8], link: LinkType = .ethernet, originalLength: Int? = nil, nanoseconds: Int64? = nil
    ) -> PacketHeader {
        let time = Timestamp(nanoseconds: nanoseconds ?? Int64(number) * 1_000_000_000)
        return PacketHeader(
            number: number, time: time, fractionDigits: 6, linkType: link, originalLength: originalLength ?? bytes.count)
    }

    // MARK: TCP

    /// A TCP header and its payload (RFC 9293 §3.1); `options` are filled up with zeros to whole words.
    public static func segment(
        from source: Endpoint = client, to destination: Endpoint = server, sequence: UInt32 = 0, acknowledgment: UInt32 = 0,
        flags: TCPFlags = [.psh, .ack], window: UInt16 = 65535, options: [UInt8] = [], payload: [UInt8] = []
    ) -> [UInt8] {
        let padded = options + [UInt8](repeating: 0, count: (4 - options.count % 4) % 4)
        precondition(padded.count <= 40, "a TCP header has room for 40 bytes of options")
        let words = UInt8(5 + padded.count / 4)
        var bytes = bigEndian(source.port) + bigEndian(destination.port) + bigEndian(sequence) + bigEndian(acknowledgment)
        bytes += [words << 4, flags.rawValue] + bigEndian(window) + [0, 0, 0, 0] + padded + payload
        let pseudoHeader = octets(source.address) + octets(destination.address) + bigEndian(UInt32(bytes.count)) + [0, 0, 0, 6]
        bytes.replaceSubrange(16..<18, with: bigEndian(checksum(pseudoHeader + bytes)))
        return bytes
    }

    // MARK: IP

    /// An IPv4 or IPv6 packet, as the addresses are; its length field is 0 when the packet is too long for it, as with offload.
    public static func ip(
        from source: IPAddress, to destination: IPAddress, carrying protocolNumber: UInt8, _ payload: [UInt8],
        identification: UInt32 = 0, options: [UInt8] = []
    ) -> [UInt8] {
        guard source.isV4 else {
            let length = UInt16(exactly: payload.count) ?? 0
            return [0x60, 0, 0, 0] + bigEndian(length) + [protocolNumber, 64] + octets(source) + octets(destination) + payload
        }
        precondition(options.count % 4 == 0 && options.count <= 40, "IPv4 options come in whole words, at most ten")
        let headerLength = 20 + options.count
        var bytes: [UInt8] = [0x40 | UInt8(headerLength / 4), 0] + bigEndian(UInt16(exactly: headerLength + payload.count) ?? 0)
        bytes += bigEndian(UInt16(truncatingIfNeeded: identification)) + [0, 0, 64, protocolNumber, 0, 0]
        bytes += octets(source) + octets(destination) + options
        return withHeaderChecksum(bytes) + payload
    }

    /// An IP packet, cut into fragments that carry at most `size` bytes each, which is rounded down to a multiple of eight.
    public static func fragments(of packet: [UInt8], every size: Int, identification: UInt32 = 1) -> [[UInt8]] {
        let isV4 = packet[0] >> 4 == 4
        let headerLength = isV4 ? Int(packet[0] & 0xf) * 4 : 40
        let payload = Array(packet[headerLength...])
        let step = size / 8 * 8
        return stride(from: 0, to: payload.count, by: step).map { offset in
            let piece = Array(payload[offset..<min(offset + step, payload.count)])
            let isLast = offset + step >= payload.count
            return fragment(
                of: packet, at: offset, piece, isLast: isLast, identification: identification)
        }
    }

    /// One fragment with the addresses and the protocol of `packet`, saying that `piece` stands at `offset`.
    public static func fragment(
        of packet: [UInt8], at offset: Int, _ piece: [UInt8], isLast: Bool, identification: UInt32 = 1
    ) -> [UInt8] {
        precondition(offset % 8 == 0 && offset < 65536, "fragments begin at multiples of eight")
        if packet[0] >> 4 == 4 {
            var header = Array(packet[..<(Int(packet[0] & 0xf) * 4)])
            header.replaceSubrange(2..<4, with: bigEndian(UInt16(header.count + piece.count)))
            header.replaceSubrange(4..<6, with: bigEndian(UInt16(truncatingIfNeeded: identification)))
            header.replaceSubrange(6..<8, with: bigEndian(UInt16(offset / 8) | (isLast ? 0 : 0x2000)))
            return withHeaderChecksum(header) + piece
        }
        var header = Array(packet[..<40])
        let next = header[6]
        header.replaceSubrange(4..<6, with: bigEndian(UInt16(8 + piece.count)))
        header[6] = 44
        return header + [next, 0] + bigEndian(UInt16(offset) | (isLast ? 0 : 1)) + bigEndian(identification) + piece
    }

    // MARK: Numbers

    public static func octets(_ address: IPAddress) -> [UInt8] {
        address.isV4 ? bigEndian(UInt32(truncatingIfNeeded: address.low)) : bigEndian(address.high) + bigEndian(address.low)
    }

    public static func bigEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        stride(from: Number.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> Number($0)) }
    }

    /// The Internet checksum (RFC 1071) of bytes in which its own field is zero.
    public static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt64 = 0
        for (index, byte) in bytes.enumerated() { sum += index % 2 == 0 ? UInt64(byte) << 8 : UInt64(byte) }
        while sum > 0xffff { sum = sum >> 16 + sum & 0xffff }
        return ~UInt16(sum)
    }

    private static func withHeaderChecksum(_ header: [UInt8]) -> [UInt8] {
        var header = header
        header.replaceSubrange(10..<12, with: [0, 0])
        header.replaceSubrange(10..<12, with: bigEndian(checksum(header)))
        return header
    }
}

extension PacketBuilder {
    /// What an IP packet is wrapped in.
    public enum Link: Hashable, Sendable {
        case ethernet
        /// Tags from the outermost in, each an EtherType and a VLAN identifier.
        case vlan([Tag])
        case linuxCooked, linuxCooked2
        /// BSD loopback as a host of either byte order writes it, and OpenBSD's.
        case null, nullBigEndian, loop
        case raw

        public struct Tag: Hashable, Sendable {
            public var etherType: UInt16
            public var identifier: UInt16

            public init(_ identifier: UInt16, etherType: UInt16 = 0x8100) {
                self.etherType = etherType
                self.identifier = identifier
            }
        }

        public var linkType: LinkType {
            switch self {
            case .ethernet, .vlan: .ethernet
            case .linuxCooked: .linuxCooked
            case .linuxCooked2: .linuxCooked2
            case .null, .nullBigEndian: .null
            case .loop: .loop
            case .raw: .raw
            }
        }

        /// An IP packet with this link header before it.
        public func frame(_ packet: [UInt8]) -> [UInt8] { header(isV4: packet[0] >> 4 == 4) + packet }

        private func header(isV4: Bool) -> [UInt8] {
            let etherType: [UInt8] = isV4 ? [0x08, 0x00] : [0x86, 0xdd]
            let stations: [UInt8] = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1]
            let family: [UInt8] = [0, 0, 0, isV4 ? 2 : 30]
            switch self {
            case .ethernet: return stations + etherType
            case .vlan(let tags): return stations + tags.flatMap { bigEndian($0.etherType) + bigEndian($0.identifier) } + etherType
            case .linuxCooked: return [0, 0, 0, 1, 0, 6] + stations[6...] + [0, 0] + etherType
            case .linuxCooked2: return etherType + [0, 0, 0, 0, 0, 3, 0, 1, 0, 6] + stations[6...] + [0, 0]
            case .null: return family.reversed()
            case .nullBigEndian, .loop: return family
            case .raw: return []
            }
        }
    }
}
