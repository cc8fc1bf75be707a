import Bytes

// Tunnels that IP carries under a number of their own.
extension HeaderWalk {
    /// IPv4 in IP (RFC 2003, RFC 2473).
    mutating func readInnerIPv4(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        enter(source.isV4 ? .ipInIP : .fourInSix)
        return .ipv4
    }

    /// IPv6 in IP (RFC 4213, RFC 2473).
    mutating func readInnerIPv6(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        enter(source.isV4 ? .sixInFour : .sixInSix)
        return .ipv6
    }

    /// Version and reserved bits, then a frame (RFC 3378 §3).
    mutating func readEtherIP(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        try bytes.require(2, at: offset, .tunnel)
        guard bytes[offset] >> 4 == 3 else { throw Undecoded(.tunnel, .malformed(.version(bytes[offset] >> 4))) }
        offset += 2
        enter(.etherIP)
        return .ethernet
    }

    /// Flags and version, protocol; then checksum, key, sequence number, routing as the flags say (RFC 2784 §2, RFC 2890, RFC 1701).
    /// Version 1 is that of PPTP (RFC 2637 §4.1): the lower half of its key is a call, and an acknowledgement may follow.
    mutating func readGRE(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        let start = offset
        try skip(4, in: bytes, .tunnel)
        let flags = bytes.uint16BE(at: start)
        let type = bytes.uint16BE(at: start + 2)
        let version = UInt8(flags & 7)
        guard version <= 1 else { throw Undecoded(.tunnel, .malformed(.version(version))) }
        let hasRouting = flags & 0x4000 != 0 && version == 0
        let hasSequence = flags & 0x1000 != 0
        if version == 0, flags & 0xc000 != 0 { try skip(4, in: bytes, .tunnel) }
        var key: UInt32?
        if flags & 0x2000 != 0 {
            try skip(4, in: bytes, .tunnel)
            key = bytes.uint32BE(at: offset - 4)
        }
        if hasSequence { try skip(4, in: bytes, .tunnel) }
        if version == 1, flags & 0x0080 != 0 { try skip(4, in: bytes, .tunnel) }
        if hasRouting { try skipSourceRoutes(in: bytes) }
        guard room > 0 else { throw Undecoded(.tunnel, .unsupported(.tunnelControl)) }
        if version == 1 {
            enter(.pptp, key.map { $0 & 0xffff })
            return .ppp
        }
        switch type {
        case 0x88be where !hasSequence:
            // Type I has no header of its own.
            enter(.erspan)
            return .ethernet
        case 0x88be: return .erspan2
        case 0x22eb: return .erspan3
        case 0x883e:
            enter(.wccp)
            return .cacheRedirect
        default:
            enter(.gre, key)
            return try Header(encapsulated: type)
        }
    }

    /// Address family, offset, length, and so many bytes; the last has neither family nor length (RFC 1701).
    private mutating func skipSourceRoutes(in bytes: Span<UInt8>) throws(Undecoded) {
        while true {
            try skip(4, in: bytes, .tunnel)
            if bytes.uint16BE(at: offset - 4) == 0, bytes[offset - 1] == 0 { return }
            try skip(Int(bytes[offset - 1]), in: bytes, .tunnel)
        }
    }

    /// Version 1, VLAN, class, session, index; then a frame (draft-foschiano-erspan, type II). What is mirrored may be mirrored twice, so
    /// the session tells nobody's packets apart.
    mutating func readERSPAN2(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        try skip(8, in: bytes, .tunnel)
        let version = bytes[offset - 8] >> 4
        guard version == 1 else { throw Undecoded(.tunnel, .malformed(.version(version))) }
        enter(.erspan, UInt32(bytes.uint16BE(at: offset - 6) & 0x03ff), distinguishing: false)
        return .ethernet
    }

    /// Version 2, VLAN, class, session, time, group, flags with the kind of frame; eight bytes more if the last bit is set (type III).
    mutating func readERSPAN3(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        let start = offset
        try skip(12, in: bytes, .tunnel)
        let version = bytes[start] >> 4
        guard version == 2 else { throw Undecoded(.tunnel, .malformed(.version(version))) }
        if bytes[start + 11] & 1 != 0 { try skip(8, in: bytes, .tunnel) }
        enter(.erspan, UInt32(bytes.uint16BE(at: start + 2) & 0x03ff), distinguishing: false)
        switch bytes.uint16BE(at: start + 10) >> 10 & 0x1f {
        case 0: return .ethernet
        case 2: return .ip
        case let kind: throw Undecoded(.tunnel, .notIP(UInt32(kind)))
        }
    }

    /// WCCP's redirection: version 2 has four bytes before IP, version 1 none, and only IP's first nibble tells.
    mutating func readCacheRedirect(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        try bytes.require(1, at: offset, .tunnel)
        if bytes[offset] >> 4 != 4 { try skip(4, in: bytes, .tunnel) }
        return .ipv4
    }

    /// Version and length, kind of metadata, next protocol; service path and index (RFC 8300 §2).
    mutating func readNSH(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        let start = offset
        try bytes.require(8, at: start, .tunnel)
        let version = bytes[start] >> 6
        guard version == 0 else { throw Undecoded(.tunnel, .malformed(.version(version))) }
        let length = Int(bytes[start + 1] & 0x3f) * 4
        guard length >= 8, length <= room else { throw Undecoded(.tunnel, .malformed(.headerLength(length))) }
        try skip(length, in: bytes, .tunnel)
        enter(.nsh, bytes.uint32BE(at: start + 4) >> 8, distinguishing: false)
        return try Header(nextProtocol: bytes[start + 3])
    }

    /// Session, then a cookie and a sublayer whose lengths only the peers know (RFC 3931 §4.1.1): what follows must be a whole frame or
    /// packet after some of them, whose length is that of the datagram.
    mutating func readL2TPv3(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        try skip(4, in: bytes, .tunnel)
        let session = bytes.uint32BE(at: offset - 4)
        guard session != 0 else { throw Undecoded(.tunnel, .unsupported(.tunnelControl)) }
        for skipped in [4, 0, 8, 12] {
            let start = offset + skipped
            guard bytes.count - start >= 34 else { continue }
            let isFrame = bytes.uint16BE(at: start + 12) == 0x0800 || bytes.uint16BE(at: start + 12) == 0x86dd
            let packet = isFrame ? start + 14 : start
            guard isWholePacket(at: packet, in: bytes) else { continue }
            offset = start
            enter(.l2tpv3, session)
            return isFrame ? .ethernet : .ip
        }
        throw Undecoded(.tunnel, .unsupported(.l2tpv3))
    }

    private func isWholePacket(at start: Int, in bytes: Span<UInt8>) -> Bool {
        guard bytes.count - start >= 20 else { return false }
        switch bytes[start] >> 4 {
        case 4:
            return bytes[start] >= 0x45 && (20...max(end - start, 20)).contains(Int(bytes.uint16BE(at: start + 2)))
                && end - start - Int(bytes.uint16BE(at: start + 2)) < 46
        case 6: return bytes.count - start >= 40 && Int(bytes.uint16BE(at: start + 4)) == end - start - 40
        default: return false
        }
    }
}
