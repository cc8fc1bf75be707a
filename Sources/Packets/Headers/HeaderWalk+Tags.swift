import Bytes

// Tags between the link header and what the frame carries.
extension HeaderWalk {
    /// Priority and VLAN identifier, EtherType (IEEE 802.1Q §9).
    mutating func readVLAN(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        try skip(4, in: bytes, .vlan)
        let identifier = UInt32(bytes.uint16BE(at: offset - 4) & 0x0fff)
        // 0 is no VLAN: the tag has only a priority.
        if identifier > 0 { enter(.vlan, identifier) }
        return try Header(etherType: bytes.uint16BE(at: offset - 2), .vlan)
    }

    /// The I-TAG of a backbone that carries whole frames: priority and flags, service identifier (IEEE 802.1Q §9.7).
    mutating func readProviderBackbone(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        try skip(4, in: bytes, .vlan)
        enter(.providerBackbone, bytes.uint32BE(at: offset - 4) & 0x00ff_ffff)
        return .ethernet
    }

    /// Direction, interfaces of a virtual switch, EtherType (Cisco VN-Tag).
    mutating func readVNTag(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        try skip(6, in: bytes, .vlan)
        pass(.vnTag)
        return try Header(etherType: bytes.uint16BE(at: offset - 2), .vlan)
    }

    /// Priority, channels of a port extender, EtherType (IEEE 802.1BR §7.5).
    mutating func readETag(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        try skip(8, in: bytes, .vlan)
        pass(.eTag)
        return try Header(etherType: bytes.uint16BE(at: offset - 2), .vlan)
    }

    /// Tree and time to live, then the frame.
    mutating func readFabricPath(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        try skip(2, in: bytes, .vlan)
        pass(.fabricPath)
        return .ethernet
    }

    /// Version, length in units of four bytes, security group, EtherType.
    mutating func readCiscoMetadata(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        try skip(8, in: bytes, .vlan)
        return try Header(etherType: bytes.uint16BE(at: offset - 2), .vlan)
    }

    /// Label, class, bottom-of-stack bit, time to live (RFC 3032 §2.1).
    ///
    /// Nothing says what follows the bottom of the stack. Its first nibble is IP's version, or 0 of a pseudowire's control word
    /// (RFC 4385 §3); without one, the frame of a pseudowire may begin with any nibble, so it must have an EtherType that is known.
    mutating func readMPLS(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        try skip(4, in: bytes, .mpls)
        let isBottom = bytes[offset - 2] & 1 == 1
        enter(.mpls, bytes.uint32BE(at: offset - 4) >> 12, distinguishing: false)
        if !isBottom { return .mpls }
        try bytes.require(1, at: offset, .mpls)
        let nibble = bytes[offset] >> 4
        if nibble == 4, !isFrame(at: offset, in: bytes) || isIPv4(in: bytes) { return .ipv4 }
        if nibble == 6, !isFrame(at: offset, in: bytes) || isIPv6(in: bytes) { return .ipv6 }
        if nibble == 0, isFrame(at: offset + 4, in: bytes) {
            offset += 4
            enter(.pseudowire)
            return .ethernet
        }
        guard isFrame(at: offset, in: bytes) else { throw Undecoded(.mpls, .notIP(UInt32(nibble))) }
        enter(.pseudowire)
        return .ethernet
    }

    /// A frame may begin there: its EtherType is known, and fits what follows.
    private func isFrame(at start: Int, in bytes: Span<UInt8>) -> Bool {
        guard bytes.count - start >= 15 else { return false }
        switch bytes.uint16BE(at: start + 12) {
        case 0x0800: return bytes[start + 14] >> 4 == 4
        case 0x86dd: return bytes[start + 14] >> 4 == 6
        case let type: return (try? Header(etherType: type, .mpls)).map { $0 != .llc } ?? (type == 0x0806)
        }
    }

    private func isIPv4(in bytes: Span<UInt8>) -> Bool {
        bytes.count - offset >= 20 && bytes[offset] >= 0x45 && (20...max(room, 20)).contains(Int(bytes.uint16BE(at: offset + 2)))
    }

    private func isIPv6(in bytes: Span<UInt8>) -> Bool {
        bytes.count - offset >= 40 && Int(bytes.uint16BE(at: offset + 4)) <= room - 40
    }
}
