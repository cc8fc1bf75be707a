import Bytes

/// What a packet is that carries no TCP: enough to say what a capture has in place of what was looked for.
public enum PacketKind: UInt8, CaseIterable, Sendable {
    // UDP, told by its ports and, for QUIC, by its first byte.
    case dns, mdns, dhcp, ntp, quic, stun, ssdp, wireGuard, ike, vxlan, geneve, gtp, otherUDP
    // What else IP carries.
    case icmp, igmp, gre, esp, sctp, l2tp, ospf, eigrp, pim, vrrp, otherIP
    // What tunnels have besides TCP.
    case tunnelControl, tunnelEncrypted, tunnelFragment, otherTunnel
    // Frames without IP.
    case arp, lldp, eapol, spanningTree, isis, cdp, lacp, macsec, ptp, pppoeDiscovery, pppControl, pppEncrypted, otherFrame
    // IEEE 802.11 without data that can be read.
    case wirelessManagement, wirelessEncrypted, wirelessFragment
    // Link types that are not decoded.
    case bluetooth, usb, can, netlink, otherLink
    /// A header is cut off or contradicts itself.
    case damaged
    /// A piece of a datagram.
    case fragment

    public var name: StaticString {
        switch self {
        case .dns: "DNS"
        case .mdns: "mDNS"
        case .dhcp: "DHCP"
        case .ntp: "NTP"
        case .quic: "QUIC"
        case .stun: "STUN"
        case .ssdp: "SSDP"
        case .wireGuard: "WireGuard"
        case .ike: "IKE"
        case .vxlan: "VXLAN"
        case .geneve: "Geneve"
        case .gtp: "GTP-U"
        case .otherUDP: "UDP"
        case .icmp: "ICMP"
        case .igmp: "IGMP"
        case .gre: "GRE"
        case .esp: "IPsec ESP"
        case .sctp: "SCTP"
        case .l2tp: "L2TP"
        case .ospf: "OSPF"
        case .eigrp: "EIGRP"
        case .pim: "PIM"
        case .vrrp: "VRRP"
        case .otherIP: "IP with neither TCP nor UDP"
        case .tunnelControl: "tunnel control"
        case .tunnelEncrypted: "encrypted tunnel"
        case .tunnelFragment: "fragments inside a tunnel"
        case .otherTunnel: "tunnels with something else than IP"
        case .arp: "ARP"
        case .lldp: "LLDP"
        case .eapol: "EAPOL"
        case .spanningTree: "spanning tree"
        case .isis: "IS-IS"
        case .cdp: "CDP"
        case .lacp: "LACP"
        case .macsec: "MACsec"
        case .ptp: "PTP"
        case .pppoeDiscovery: "PPPoE discovery"
        case .pppControl: "PPP negotiation"
        case .pppEncrypted: "compressed or encrypted PPP"
        case .otherFrame: "frames without IP"
        case .wirelessManagement: "IEEE 802.11 without data"
        case .wirelessEncrypted: "encrypted IEEE 802.11 (Wi-Fi)"
        case .wirelessFragment: "fragmented IEEE 802.11"
        case .bluetooth: "Bluetooth"
        case .usb: "USB"
        case .can: "CAN bus"
        case .netlink: "netlink"
        case .otherLink: "an unknown link type"
        case .damaged: "damaged"
        case .fragment: "IP fragments"
        }
    }

    /// What a packet is that decoding stopped in for `reason`.
    public static func of(_ header: PacketHeader, _ bytes: Span<UInt8>, _ reason: Undecoded) -> PacketKind {
        switch reason.reason {
        case .unsupportedLinkType(let type): return of(type)
        case .notIP(let number): return of(frame: number, reason.layer)
        case .notTCP(17): return ofUDP(header, bytes)
        case .notTCP(let number): return of(protocol: number)
        case .unsupported(let what): return of(what)
        case .malformed where reason.layer == .tunnel: return .otherTunnel
        case .truncated, .malformed, .tooManyHeaders: return .damaged
        case .fragmentHeld, .fragmentRefused: return .fragment
        }
    }

    private static func of(_ what: Undecoded.Unsupported) -> PacketKind {
        switch what {
        case .wirelessManagement: .wirelessManagement
        case .wirelessEncrypted: .wirelessEncrypted
        case .wirelessFragment: .wirelessFragment
        case .tunnelControl: .tunnelControl
        case .tunnelEncrypted: .tunnelEncrypted
        case .tunnelFragment: .tunnelFragment
        case .l2tpv3: .l2tp
        }
    }

    private static func of(_ type: LinkType) -> PacketKind {
        switch type.rawValue {
        case 187, 201, 251, 254, 256, 272: .bluetooth
        case 186, 189, 220, 249, 266, 288: .usb
        case 190, 227: .can
        case 253: .netlink
        default: .otherLink
        }
    }

    private static func of(frame number: UInt32, _ layer: Undecoded.Layer) -> PacketKind {
        switch (layer, number) {
        case (.link, 0x0806), (.vlan, 0x0806), (.llc, 0x0806), (.mpls, 0x0806), (.tunnel, 0x0806): .arp
        case (.link, 0x88cc), (.vlan, 0x88cc): .lldp
        case (.link, 0x888e), (.vlan, 0x888e), (.llc, 0x888e): .eapol
        case (.link, 0x8809), (.vlan, 0x8809): .lacp
        case (.link, 0x88e5), (.vlan, 0x88e5): .macsec
        case (.link, 0x88f7), (.vlan, 0x88f7): .ptp
        case (.link, 0x8863), (.vlan, 0x8863), (.pppoe, _): .pppoeDiscovery
        case (.llc, 0x4242), (.llc, 0x010b): .spanningTree
        case (.llc, 0xfefe): .isis
        case (.llc, 0x2000): .cdp
        // RFC 1661 §2: control protocols; compressed and encrypted packets (RFC 1962, RFC 1968).
        case (.ppp, 0x8000...0xffff): .pppControl
        case (.ppp, 0x00fb), (.ppp, 0x00fd), (.ppp, 0x0053), (.ppp, 0x0055): .pppEncrypted
        case (.tunnel, _): .otherTunnel
        default: .otherFrame
        }
    }

    private static func of(protocol number: UInt8) -> PacketKind {
        switch number {
        case 1, 58: .icmp
        case 2: .igmp
        case 47: .gre
        case 50: .esp
        case 88: .eigrp
        case 89: .ospf
        case 103: .pim
        case 112: .vrrp
        case 115: .l2tp
        case 132: .sctp
        default: .otherIP
        }
    }

    private static func ofUDP(_ header: PacketHeader, _ bytes: Span<UInt8>) -> PacketKind {
        guard let first = Header(header.linkType) else { return .otherUDP }
        var walk = HeaderWalk(header, bytes, limit: PacketDecoder.Limits().headerCount)
        // It stops where UDP's header begins.
        _ = try? walk.walk(from: first, in: bytes)
        guard walk.protocolNumber == 17, walk.fragment == nil else { return .otherUDP }
        let start = walk.offset
        guard bytes.count >= start + 4 else { return .otherUDP }
        let ports = (bytes.uint16BE(at: start), bytes.uint16BE(at: start + 2))
        // The lower port is usually the server's.
        return of(port: min(ports.0, ports.1), bytes, at: start + 8) ?? of(port: max(ports.0, ports.1), bytes, at: start + 8) ?? .otherUDP
    }

    private static func of(port: UInt16, _ bytes: Span<UInt8>, at payload: Int) -> PacketKind? {
        switch port {
        case 53: .dns
        case 5353: .mdns
        case 67, 68, 546, 547: .dhcp
        case 123: .ntp
        // The fixed bit (RFC 9000 §17.2 and §17.3).
        case 80, 443, 8443: bytes.count <= payload || bytes[payload] & 0x40 != 0 ? .quic : nil
        case 1900: .ssdp
        case 3478, 5349: .stun
        case 51820: .wireGuard
        case 500, 4500: .ike
        case 4789, 8472: .vxlan
        case 6081: .geneve
        case 2152: .gtp
        default: nil
        }
    }
}
