import Bytes

/// A header below IP (link header, tag or shim), each naming what follows it until one says IP.
enum LinkLayer {
    case ethernet, linuxCooked, linuxCooked2, loopback, ciscoHDLC
    case vlan, mpls, pppoe, ppp, llc
    case ipv4, ipv6
    /// IP of the version that its first nibble says.
    case ip
}

extension LinkLayer {
    /// Where the IP header of a packet begins, and of which version it is said to be.
    static func findIP(
        in bytes: Span<UInt8>, linkType: LinkType, limit: Int
    ) throws(Undecoded) -> (version: UInt8, offset: Int) {
        var offset = 0
        // What nearly all packets are, without the walk.
        if linkType == .ethernet, bytes.count >= 14 {
            let etherType = bytes.uint16BE(at: 12)
            if etherType == 0x0800 { return (4, 14) }
            if etherType == 0x86dd { return (6, 14) }
        }
        guard var layer = LinkLayer(linkType) else { throw Undecoded(.link, .unsupportedLinkType(linkType)) }
        for _ in 0...max(limit, 0) {
            switch layer {
            case .ipv4: return (4, offset)
            case .ipv6: return (6, offset)
            case .ip:
                try bytes.require(1, at: offset, .link)
                let version = bytes[offset] >> 4
                guard version == 4 || version == 6 else { throw Undecoded(.link, .malformed(.version(version))) }
                return (version, offset)
            default: layer = try layer.next(in: bytes, at: &offset)
            }
        }
        throw Undecoded(.link, .tooManyHeaders)
    }

    /// The header that a capture's packets begin with (tcpdump.org/linktypes.html).
    private init?(_ linkType: LinkType) {
        switch linkType {
        case .ethernet: self = .ethernet
        case .linuxCooked: self = .linuxCooked
        case .linuxCooked2: self = .linuxCooked2
        case .null, .loop: self = .loopback
        case .raw, .rawAsWritten12, .rawAsWritten14: self = .ip
        case .ipv4: self = .ipv4
        case .ipv6: self = .ipv6
        case .ppp, .pppHDLC: self = .ppp
        case .pppoe: self = .pppoe
        case .ciscoHDLC: self = .ciscoHDLC
        default: return nil
        }
    }

    /// Reads this header, moves `offset` behind it, and says what stands there.
    private func next(in bytes: Span<UInt8>, at offset: inout Int) throws(Undecoded) -> LinkLayer {
        let start = offset
        switch self {
        case .ethernet:
            // Destination, source, EtherType or length.
            try bytes.require(14, at: start, .link)
            offset += 14
            return try .of(etherType: bytes.uint16BE(at: start + 12), .link)
        case .ciscoHDLC:
            // RFC 1547 §4.3.1: address, control, EtherType.
            try bytes.require(4, at: start, .link)
            offset += 4
            return try .of(etherType: bytes.uint16BE(at: start + 2), .link)
        case .vlan:
            // IEEE 802.1Q §9: priority and VLAN identifier, EtherType.
            try bytes.require(4, at: start, .vlan)
            offset += 4
            return try .of(etherType: bytes.uint16BE(at: start + 2), .vlan)
        case .linuxCooked:
            // Packet type, ARPHRD type, address length, 8 bytes of address, protocol.
            try bytes.require(16, at: start, .link)
            offset += 16
            return try .of(cookedProtocol: bytes.uint16BE(at: start + 14))
        case .linuxCooked2:
            // Protocol, reserved, interface index, ARPHRD type, packet type, address length, 8 bytes of address.
            try bytes.require(20, at: start, .link)
            offset += 20
            return try .of(cookedProtocol: bytes.uint16BE(at: start))
        case .loopback:
            try bytes.require(4, at: start, .link)
            offset += 4
            // The family is small, so the byte order is the one that makes it small.
            let family = min(bytes.uint32BE(at: start), bytes.uint32LE(at: start))
            return try .of(addressFamily: family)
        case .pppoe:
            // RFC 2516 §4: version and type, code, session, length; then PPP without address and control. Code 0 is a session's data.
            try bytes.require(6, at: start, .pppoe)
            guard bytes[start] == 0x11, bytes[start + 1] == 0 else { throw Undecoded(.pppoe, .notIP(UInt32(bytes.uint16BE(at: start)))) }
            offset += 6
            return .ppp
        case .ppp: return try .afterPPP(in: bytes, at: &offset)
        case .mpls: return try .afterLabel(in: bytes, at: &offset)
        case .llc: return try .afterLLC(in: bytes, at: &offset)
        case .ip, .ipv4, .ipv6: return self
        }
    }

    // MARK: What follows, by number

    private static func of(etherType: UInt16, _ layer: Undecoded.Layer) throws(Undecoded) -> LinkLayer {
        switch etherType {
        case 0x0800: .ipv4
        case 0x86dd: .ipv6
        case 0x8100, 0x88a8, 0x9100: .vlan
        case 0x8847, 0x8848: .mpls
        case 0x8864: .pppoe
        // IEEE 802.3 §3.2.6: up to 1500 it is a length, and LLC follows.
        case ...1500: .llc
        default: throw Undecoded(layer, .notIP(UInt32(etherType)))
        }
    }

    /// An EtherType, or one of Linux's own numbers below 1536, of which 4 is LLC.
    private static func of(cookedProtocol number: UInt16) throws(Undecoded) -> LinkLayer {
        if number == 4 { return .llc }
        guard number > 1500 else { throw Undecoded(.link, .notIP(UInt32(number))) }
        return try of(etherType: number, .link)
    }

    /// AF_INET is 2 everywhere; AF_INET6 is 10 on Linux, 24 on NetBSD and OpenBSD, 28 on FreeBSD, 30 on Darwin.
    private static func of(addressFamily: UInt32) throws(Undecoded) -> LinkLayer {
        switch addressFamily {
        case 2: .ipv4
        case 10, 24, 28, 30: .ipv6
        default: throw Undecoded(.link, .notIP(addressFamily))
        }
    }

    /// RFC 1661 §2 and RFC 1662 §3.1; address and control, and the first byte of the protocol, may have been compressed away.
    private static func afterPPP(in bytes: Span<UInt8>, at offset: inout Int) throws(Undecoded) -> LinkLayer {
        let start = offset
        try bytes.require(2, at: start, .ppp)
        let hasAddress = bytes.uint16BE(at: start) == 0xff03
        let protocolOffset = hasAddress ? start + 2 : start
        try bytes.require(protocolOffset - start + 1, at: start, .ppp)
        let isCompressed = bytes[protocolOffset] & 1 == 1
        if !isCompressed { try bytes.require(protocolOffset - start + 2, at: start, .ppp) }
        let number = isCompressed ? UInt16(bytes[protocolOffset]) : bytes.uint16BE(at: protocolOffset)
        offset = protocolOffset + (isCompressed ? 1 : 2)
        switch number {
        case 0x0021: return .ipv4
        case 0x0057: return .ipv6
        case 0x0281, 0x0283: return .mpls
        default: throw Undecoded(.ppp, .notIP(UInt32(number)))
        }
    }

    /// RFC 3032 §2.1: label, class, bottom-of-stack bit, time to live.
    ///
    /// Nothing says what follows the bottom of the stack, so its first nibble has to.
    private static func afterLabel(in bytes: Span<UInt8>, at offset: inout Int) throws(Undecoded) -> LinkLayer {
        try bytes.require(4, at: offset, .mpls)
        let isBottom = bytes[offset + 2] & 1 == 1
        offset += 4
        if !isBottom { return .mpls }
        try bytes.require(1, at: offset, .mpls)
        switch bytes[offset] >> 4 {
        case 4: return .ipv4
        case 6: return .ipv6
        case let nibble: throw Undecoded(.mpls, .notIP(UInt32(nibble)))
        }
    }

    /// IEEE 802.2 address pair and control; RFC 1042 SNAP carries an EtherType, and address 6 is IP itself.
    private static func afterLLC(in bytes: Span<UInt8>, at offset: inout Int) throws(Undecoded) -> LinkLayer {
        let start = offset
        try bytes.require(3, at: start, .llc)
        let addresses = bytes.uint16BE(at: start)
        if addresses == 0x0606 {
            offset += 3
            return .ipv4
        }
        guard addresses == 0xaaaa else { throw Undecoded(.llc, .notIP(UInt32(addresses))) }
        try bytes.require(8, at: start, .llc)
        offset += 8
        let etherType = bytes.uint16BE(at: start + 6)
        // Organisation 0 means EtherTypes; a length in their place would only nest LLC in LLC.
        guard bytes.uint32BE(at: start + 2) & 0x00ff_ffff == 0, etherType > 1500 else {
            throw Undecoded(.llc, .notIP(UInt32(etherType)))
        }
        return try of(etherType: etherType, .llc)
    }
}

extension LinkType {
    /// What some systems write for raw IP: their own DLT_RAW in place of LINKTYPE_RAW.
    static let rawAsWritten12 = LinkType(rawValue: 12)
    static let rawAsWritten14 = LinkType(rawValue: 14)
    static let ppp = LinkType(rawValue: 9)
    static let pppHDLC = LinkType(rawValue: 50)
    static let pppoe = LinkType(rawValue: 51)
    static let ciscoHDLC = LinkType(rawValue: 104)
}

extension Span where Element == UInt8 {
    /// Says so where fewer than `needed` bytes were captured from `offset` on.
    @inline(__always)
    func require(_ needed: Int, at offset: Int, _ layer: Undecoded.Layer) throws(Undecoded) {
        if count - offset < needed { throw Undecoded(layer, .truncated(needed: needed, available: count - offset)) }
    }
}
