import Bytes

// UDP, and tunnels in it. A port alone says little, so each header has to fit as well: what does not is ordinary UDP.
extension HeaderWalk {
    /// Ports, length, checksum (RFC 768). The tunnel's port is that of the receiver, or in answers that of the sender.
    mutating func readUDP(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        let start = offset
        let refusal = Undecoded(source.isV4 ? .ipv4 : .ipv6, .notTCP(17))
        // In pieces, only the first has the ports; the others are needed if that one is.
        if let fragment, fragment.offset > 0 { return .udp }
        guard bytes.count - start >= 8, room >= 8,
            let header = Header(port: bytes.uint16BE(at: start + 2)) ?? Header(port: bytes.uint16BE(at: start)),
            header.fits(at: start + 8, in: bytes)
        else { throw refusal }
        if fragment != nil { return .udp }
        let length = Int(bytes.uint16BE(at: start + 4))
        // 0 is that of a packet that was captured before it was cut into segments, or a jumbogram.
        if length >= 8, length <= room { end = start + length }
        offset = start + 8
        return header
    }

    /// Flags of which one says that there is a network identifier, which 24 bits are (RFC 7348 §5).
    mutating func readVXLAN(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        try skip(8, in: bytes, .tunnel)
        enter(.vxlan, bytes.uint32BE(at: offset - 4) >> 8)
        return .ethernet
    }

    /// The same with a next protocol where flag P says so (RFC 9245 refers to draft-ietf-nvo3-vxlan-gpe).
    mutating func readVXLANGPE(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        try skip(8, in: bytes, .tunnel)
        enter(.vxlanGPE, bytes.uint32BE(at: offset - 4) >> 8)
        return bytes[offset - 8] & 0x04 == 0 ? .ethernet : try Header(nextProtocol: bytes[offset - 5])
    }

    /// Version and length of options in units of four bytes, flags, EtherType; network identifier (RFC 8926 §3.4).
    mutating func readGeneve(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        let start = offset
        try bytes.require(8, at: start, .tunnel)
        let length = 8 + Int(bytes[start] & 0x3f) * 4
        guard length <= room else { throw Undecoded(.tunnel, .malformed(.headerLength(length))) }
        try skip(length, in: bytes, .tunnel)
        guard bytes[start + 1] & 0x80 == 0 else { throw Undecoded(.tunnel, .unsupported(.tunnelControl)) }
        enter(.geneve, bytes.uint32BE(at: start + 4) >> 8)
        return try Header(encapsulated: bytes.uint16BE(at: start + 2))
    }

    /// Flags, message type, length, tunnel endpoint; sequence number and extension headers if any flag says so (3GPP TS 29.281 §5).
    mutating func readGTP(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        let start = offset
        try skip(8, in: bytes, .tunnel)
        // 255 is a packet of a user; others keep the path alive.
        guard bytes[start + 1] == 255 else { throw Undecoded(.tunnel, .unsupported(.tunnelControl)) }
        enter(.gtp, bytes.uint32BE(at: start + 4))
        let length = Int(bytes.uint16BE(at: start + 2))
        if length > 0, length <= room { end = offset + length }
        if bytes[start] & 0x07 != 0 {
            try skip(4, in: bytes, .tunnel)
            var next = bytes[offset - 1]
            while next != 0 {
                try bytes.require(1, at: offset, .tunnel)
                let length = Int(bytes[offset]) * 4
                guard length > 0, length <= room else { throw Undecoded(.tunnel, .malformed(.headerLength(length))) }
                try skip(length, in: bytes, .tunnel)
                next = bytes[offset - 1]
            }
        }
        return .ip
    }

    /// An authentication and an origin may stand before IPv6 (RFC 4380 §5.1.1).
    mutating func readTeredo(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        try bytes.require(2, at: offset, .tunnel)
        if bytes.uint16BE(at: offset) == 1 {
            try bytes.require(4, at: offset, .tunnel)
            try skip(13 + Int(bytes[offset + 2]) + Int(bytes[offset + 3]), in: bytes, .tunnel)
            try bytes.require(2, at: offset, .tunnel)
        }
        if bytes.uint16BE(at: offset) == 0 { try skip(8, in: bytes, .tunnel) }
        enter(.teredo)
        return .ipv6
    }

    /// Flags and version, then length, tunnel, session, sequence numbers and an offset as the flags say; PPP (RFC 2661 §3.1).
    /// Version 3 has a session alone (RFC 3931 §4.1.2).
    mutating func readL2TP(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        let start = offset
        try skip(2, in: bytes, .tunnel)
        let flags = bytes.uint16BE(at: start)
        guard flags & 0x8000 == 0 else { throw Undecoded(.tunnel, .unsupported(.tunnelControl)) }
        if flags & 0x000f == 3 {
            try skip(2, in: bytes, .tunnel)
            return .l2tpv3
        }
        if flags & 0x4000 != 0 {
            try skip(2, in: bytes, .tunnel)
            let length = Int(bytes.uint16BE(at: offset - 2))
            if length >= 6, length <= end - start { end = start + length }
        }
        try skip(4, in: bytes, .tunnel)
        let session = bytes.uint32BE(at: offset - 4)
        if flags & 0x0800 != 0 { try skip(4, in: bytes, .tunnel) }
        if flags & 0x0200 != 0 {
            try skip(2, in: bytes, .tunnel)
            try skip(Int(bytes.uint16BE(at: offset - 2)), in: bytes, .tunnel)
        }
        enter(.l2tp, session)
        return .ppp
    }

    /// A preamble, then lengths and flags; fragment; the station's address and what the radio measured (RFC 5415 §4.3).
    mutating func readCAPWAP(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        let start = offset
        try bytes.require(8, at: start, .tunnel)
        guard bytes[start] == 0 else { throw Undecoded(.tunnel, .unsupported(.tunnelEncrypted)) }
        let length = Int(bytes[start + 1] >> 3) * 4
        guard length >= 8, length <= room else { throw Undecoded(.tunnel, .malformed(.headerLength(length))) }
        let flags = bytes.uint16BE(at: start + 2)
        guard flags & 0x0080 == 0 else { throw Undecoded(.tunnel, .unsupported(.tunnelFragment)) }
        guard flags & 0x0008 == 0 else { throw Undecoded(.tunnel, .unsupported(.tunnelControl)) }
        try skip(length, in: bytes, .tunnel)
        enter(.capwap)
        if flags & 0x0100 == 0 { return .ethernet }
        // Some controllers send the two bytes of frame control in the wrong order.
        try bytes.require(2, at: offset, .wireless)
        wireless.isSwapped = bytes[offset] & 0x0c != 0x08 && bytes[offset + 1] & 0x0f == 0x08
        return .wireless
    }
}

extension Header {
    /// What stands at the beginning of a datagram's payload can be this header.
    fileprivate func fits(at start: Int, in bytes: Span<UInt8>) -> Bool {
        let count = bytes.count - start
        switch self {
        // Flag I; what is reserved beside it may be set, and is by group policies.
        case .vxlan: return count >= 8 && bytes[start] & 0x08 != 0 && bytes[start + 7] == 0
        // Version 0, flag I.
        case .vxlanGPE: return count >= 8 && bytes[start] & 0x38 == 0x08 && bytes[start + 7] == 0
        case .geneve: return count >= 8 && bytes[start] >> 6 == 0 && bytes[start + 1] & 0x3f == 0 && bytes[start + 7] == 0
        // Version 1, which is not the charging protocol.
        case .gtp: return count >= 8 && bytes[start] & 0xf8 == 0x30
        case .teredo:
            guard count >= 2 else { return false }
            return bytes[start] >> 4 == 6 || bytes.uint16BE(at: start) <= 1
        case .l2tp:
            guard count >= 4 else { return false }
            let flags = bytes.uint16BE(at: start)
            return flags & 0x000f == 2 && flags & 0x34f0 == 0 || flags & 0x7fff == 3
        case .capwap: return count >= 8 && bytes[start] <= 1
        case .mpls: return count >= 4
        default: return false
        }
    }

    /// Whether pieces of a datagram that begins with this may lead to TCP.
    var mayLeadToTCP: Bool {
        switch self {
        case .tcp, .authentication, .innerIPv4, .innerIPv6, .optionHeader, .udp, .gre, .etherIP, .l2tpv3, .mpls: true
        default: false
        }
    }
}
