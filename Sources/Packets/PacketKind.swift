import Bytes

/// What a packet is that carries no TCP: enough to say what a capture has in place of what was looked for.
public enum PacketKind: UInt8, CaseIterable, Sendable {
    // UDP, told by its ports and, for QUIC, by its first byte.
    case dns, mdns, dhcp, ntp, quic, stun, ssdp, wireGuard, ike, vxlan, geneve, gtp, otherUDP
    // What else IP carries.
    case icmp, igmp, gre, esp, sctp, l2tp, otherIP
    // Frames without IP.
    case arp, lldp, eapol, otherFrame
    // Link types that are not decoded.
    case wifi, bluetooth, usb, can, netlink, otherLink
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
        case .otherIP: "IP with neither TCP nor UDP"
        case .arp: "ARP"
        case .lldp: "LLDP"
        case .eapol: "EAPOL"
        case .otherFrame: "frames without IP"
        case .wifi: "IEEE 802.11 (Wi-Fi, monitor mode)"
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
        case .truncated, .malformed, .tooManyHeaders: return .damaged
        case .fragmentHeld, .fragmentRefused: return .fragment
        }
    }

    private static func of(_ type: LinkType) -> PacketKind {
        switch type.rawValue {
        case 105, 119, 127, 163, 192: .wifi
        case 187, 201, 251, 254, 256, 272: .bluetooth
        case 186, 189, 220, 249, 266, 288: .usb
        case 190, 227: .can
        case 253: .netlink
        default: .otherLink
        }
    }

    private static func of(frame number: UInt32, _ layer: Undecoded.Layer) -> PacketKind {
        guard layer == .link || layer == .vlan else { return .otherFrame }
        switch number {
        case 0x0806: return .arp
        case 0x88CC: return .lldp
        case 0x888E: return .eapol
        default: return .otherFrame
        }
    }

    private static func of(protocol number: UInt8) -> PacketKind {
        switch number {
        case 1, 58: .icmp
        case 2: .igmp
        case 47: .gre
        case 50: .esp
        case 115: .l2tp
        case 132: .sctp
        default: .otherIP
        }
    }

    private static func ofUDP(_ header: PacketHeader, _ bytes: Span<UInt8>) -> PacketKind {
        guard let ip = try? LinkLayer.findIP(in: bytes, linkType: header.linkType, limit: 8) else { return .otherUDP }
        // Without the extension headers of IPv6, which UDP hardly ever follows.
        let start = ip.version == 4 && bytes.count > ip.offset ? ip.offset + Int(bytes[ip.offset] & 0x0F) * 4 : ip.offset + 40
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
