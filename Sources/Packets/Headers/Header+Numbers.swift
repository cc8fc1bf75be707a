import Bytes

// The numbers that name a header, in each of the registries that headers refer to. A header is read only after one of them.
extension Header {
    /// The header that a capture's packets begin with (tcpdump.org/linktypes.html).
    init?(_ linkType: LinkType) {
        switch linkType.rawValue {
        case 0, 108: self = .loopback
        case 1: self = .ethernet
        case 9, 50: self = .ppp
        // 12 and 14 are what some systems write in place of LINKTYPE_RAW: their own DLT_RAW.
        case 12, 14, 101: self = .ip
        case 51: self = .pppoe
        case 104: self = .ciscoHDLC
        case 105: self = .wireless
        case 113: self = .linuxCooked
        case 119: self = .prism
        case 127: self = .radiotap
        case 163: self = .avs
        case 192: self = .perPacketInformation
        case 204: self = .pppWithDirection
        case 219: self = .mpls
        case 228: self = .ipv4
        case 229: self = .ipv6
        case 239: self = .nflog
        case 258: self = .packetTap
        case 276: self = .linuxCooked2
        default: return nil
        }
    }

    /// EtherTypes (IEEE registration authority), which GRE, Geneve and others use as well.
    init(etherType: UInt16, _ layer: Undecoded.Layer) throws(Undecoded) {
        switch etherType {
        case 0x0800: self = .ipv4
        case 0x86dd: self = .ipv6
        case 0x8100, 0x88a8, 0x9100, 0x9200: self = .vlan
        case 0x8847, 0x8848: self = .mpls
        case 0x8864: self = .pppoe
        case 0x88e7: self = .providerBackbone
        case 0x8903: self = .fabricPath
        case 0x8909: self = .ciscoMetadata
        case 0x8926: self = .vnTag
        case 0x893f: self = .eTag
        case 0x894f: self = .nsh
        // IEEE 802.3 §3.2.6: up to 1500 it is a length, and LLC follows.
        case ...1500: self = .llc
        default: throw Undecoded(layer, .notIP(UInt32(etherType)))
        }
    }

    /// What GRE and Geneve carry: an EtherType, or a bridged frame.
    init(encapsulated etherType: UInt16) throws(Undecoded) {
        switch etherType {
        case 0x6558: self = .ethernet
        case 0x880b: self = .ppp
        case ...1500: throw Undecoded(.tunnel, .notIP(UInt32(etherType)))
        default: try self.init(etherType: etherType, .tunnel)
        }
    }

    /// An EtherType, or one of Linux's own numbers below 1536, of which 4 is LLC.
    init(cookedProtocol number: UInt16) throws(Undecoded) {
        if number == 4 {
            self = .llc
            return
        }
        guard number > 1500 else { throw Undecoded(.link, .notIP(UInt32(number))) }
        try self.init(etherType: number, .link)
    }

    /// AF_INET is 2 everywhere; AF_INET6 is 10 on Linux, 24 on NetBSD and OpenBSD, 28 on FreeBSD, 30 on Darwin.
    init(addressFamily: UInt32) throws(Undecoded) {
        switch addressFamily {
        case 2: self = .ipv4
        case 10, 24, 28, 30: self = .ipv6
        default: throw Undecoded(.link, .notIP(addressFamily))
        }
    }

    /// PPP protocol numbers (IANA).
    init(pppProtocol number: UInt16) throws(Undecoded) {
        switch number {
        case 0x0021: self = .ipv4
        case 0x0057: self = .ipv6
        case 0x0281, 0x0283: self = .mpls
        default: throw Undecoded(.ppp, .notIP(UInt32(number)))
        }
    }

    /// What NSH and VXLAN-GPE carry (RFC 8300 §12.2.5; RFC 9245 took the same numbers).
    init(nextProtocol number: UInt8) throws(Undecoded) {
        switch number {
        case 1: self = .ipv4
        case 2: self = .ipv6
        case 3: self = .ethernet
        case 4: self = .nsh
        case 5: self = .mpls
        default: throw Undecoded(.tunnel, .notIP(UInt32(number)))
        }
    }

    /// IP protocol numbers (IANA); those of extension headers mean so in IPv6 alone.
    init(protocolNumber number: UInt8, isV4: Bool) throws(Undecoded) {
        switch number {
        case 4: self = .innerIPv4
        case 6: self = .tcp
        case 17: self = .udp
        case 41: self = .innerIPv6
        case 47: self = .gre
        case 51: self = .authentication
        case 97: self = .etherIP
        case 115: self = .l2tpv3
        case 137: self = .mpls
        case 0 where !isV4, 43 where !isV4, 60 where !isV4: self = .optionHeader
        case 44 where !isV4: self = .fragmentHeader
        default: throw Undecoded(isV4 ? .ipv4 : .ipv6, .notTCP(number))
        }
    }

    /// UDP ports (IANA; 8472 is what Linux took for VXLAN before it had one). The header must fit as well (`HeaderWalk.readUDP`).
    init?(port: UInt16) {
        switch port {
        case 1701: self = .l2tp
        case 2152: self = .gtp
        case 3544: self = .teredo
        case 4789, 8472: self = .vxlan
        case 4790: self = .vxlanGPE
        case 5247: self = .capwap
        case 6081: self = .geneve
        case 6635: self = .mpls
        default: return nil
        }
    }
}
