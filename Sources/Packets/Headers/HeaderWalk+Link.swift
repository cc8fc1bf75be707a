import Bytes

// What packets of a capture begin with, by its link type (tcpdump.org/linktypes.html).
extension HeaderWalk {
    /// Destination, source, EtherType or length (IEEE 802.3 §3.2).
    mutating func readEthernet(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        try skip(14, in: bytes, .link)
        return try Header(etherType: bytes.uint16BE(at: offset - 2), .link)
    }

    /// Packet type, ARPHRD type, address length, 8 bytes of address, protocol.
    mutating func readLinuxCooked(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        try skip(16, in: bytes, .link)
        return try Header(cookedProtocol: bytes.uint16BE(at: offset - 2))
    }

    /// Protocol, reserved, interface index, ARPHRD type, packet type, address length, 8 bytes of address.
    mutating func readLinuxCooked2(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        try skip(20, in: bytes, .link)
        return try Header(cookedProtocol: bytes.uint16BE(at: offset - 20))
    }

    /// An address family, in the byte order of some host. The family is small, so the order is the one that makes it small.
    mutating func readLoopback(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        try skip(4, in: bytes, .link)
        return try Header(addressFamily: min(bytes.uint32BE(at: offset - 4), bytes.uint32LE(at: offset - 4)))
    }

    /// Address, control, EtherType (RFC 1547 §4.3.1).
    mutating func readCiscoHDLC(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        try skip(4, in: bytes, .link)
        return try Header(etherType: bytes.uint16BE(at: offset - 2), .link)
    }

    /// A byte that says which way the packet went, then PPP.
    mutating func readPPPWithDirection(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        try skip(1, in: bytes, .link)
        return .ppp
    }

    /// Darwin's pktap: its length, what follows is, then the link type of the packet; little-endian.
    mutating func readPacketTap(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        try bytes.require(12, at: offset, .link)
        let length = Int(bytes.uint32LE(at: offset))
        let linkType = LinkType(rawValue: bytes.uint32LE(at: offset + 8))
        guard length >= 12 else { throw Undecoded(.link, .malformed(.headerLength(length))) }
        try skip(length, in: bytes, .link)
        guard let header = Header(linkType) else { throw Undecoded(.link, .unsupportedLinkType(linkType)) }
        return header
    }

    /// Version, flags, length, link type of the packet; little-endian.
    mutating func readPerPacketInformation(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        try bytes.require(8, at: offset, .link)
        let length = Int(bytes.uint16LE(at: offset + 2))
        let linkType = LinkType(rawValue: bytes.uint32LE(at: offset + 4))
        guard length >= 8 else { throw Undecoded(.link, .malformed(.headerLength(length))) }
        try skip(length, in: bytes, .link)
        guard let header = Header(linkType) else { throw Undecoded(.link, .unsupportedLinkType(linkType)) }
        return header
    }

    /// Address family, version, group; then attributes, of which 9 is the packet. Their lengths are in the byte order of the host that
    /// captured, so the order is the one that makes the first attribute fit.
    mutating func readNFLOG(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        try skip(4, in: bytes, .link)
        let group = bytes.uint16BE(at: offset - 2)
        try bytes.require(4, at: offset, .link)
        let isLittle = (4...UInt16(clamping: max(room, 4))).contains(bytes.uint16LE(at: offset))
        while true {
            try bytes.require(4, at: offset, .link)
            let length = Int(isLittle ? bytes.uint16LE(at: offset) : bytes.uint16BE(at: offset))
            let type = isLittle ? bytes.uint16LE(at: offset + 2) : bytes.uint16BE(at: offset + 2)
            guard length >= 4, length <= room else { throw Undecoded(.link, .malformed(.headerLength(length))) }
            if type & 0x7fff == 9 {
                end = offset + length
                offset += 4
                pass(.nflog, UInt32(group))
                return .ip
            }
            try skip((length + 3) & ~3, in: bytes, .link)
        }
    }
}
