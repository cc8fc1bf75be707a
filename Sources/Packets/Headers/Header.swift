import Bytes

/// A header below TCP, each naming what follows it until one says TCP. This is the table of what is read.
enum Header: UInt8, CaseIterable {
    // What a capture's packets begin with.
    case ethernet, linuxCooked, linuxCooked2, loopback, ciscoHDLC, pppWithDirection, packetTap, perPacketInformation, nflog
    // Tags and shims on the link.
    case vlan, providerBackbone, vnTag, eTag, fabricPath, ciscoMetadata, mpls, pppoe, ppp, llc
    case radiotap, prism, avs, wireless, subframe
    // IP and its extension headers; `ip` is of the version that its first nibble says.
    case ip, ipv4, ipv6, optionHeader, fragmentHeader, authentication, udp
    // Tunnels in IP, and in UDP.
    case innerIPv4, innerIPv6, etherIP, gre, l2tpv3
    case vxlan, vxlanGPE, geneve, gtp, teredo, l2tp, capwap
    // And what those may carry besides Ethernet, IP and PPP.
    case erspan2, erspan3, cacheRedirect, nsh
    /// The end of the walk.
    case tcp

    /// Reads this header at the walk's offset, moves on to what follows it, and says what that is.
    func read(_ walk: inout HeaderWalk, in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        switch self {
        case .ethernet: try walk.readEthernet(in: bytes)
        case .linuxCooked: try walk.readLinuxCooked(in: bytes)
        case .linuxCooked2: try walk.readLinuxCooked2(in: bytes)
        case .loopback: try walk.readLoopback(in: bytes)
        case .ciscoHDLC: try walk.readCiscoHDLC(in: bytes)
        case .pppWithDirection: try walk.readPPPWithDirection(in: bytes)
        case .packetTap: try walk.readPacketTap(in: bytes)
        case .perPacketInformation: try walk.readPerPacketInformation(in: bytes)
        case .nflog: try walk.readNFLOG(in: bytes)
        case .vlan: try walk.readVLAN(in: bytes)
        case .providerBackbone: try walk.readProviderBackbone(in: bytes)
        case .vnTag: try walk.readVNTag(in: bytes)
        case .eTag: try walk.readETag(in: bytes)
        case .fabricPath: try walk.readFabricPath(in: bytes)
        case .ciscoMetadata: try walk.readCiscoMetadata(in: bytes)
        case .mpls: try walk.readMPLS(in: bytes)
        case .pppoe: try walk.readPPPoE(in: bytes)
        case .ppp: try walk.readPPP(in: bytes)
        case .llc: try walk.readLLC(in: bytes)
        case .radiotap: try walk.readRadiotap(in: bytes)
        case .prism: try walk.readPrism(in: bytes)
        case .avs: try walk.readAVS(in: bytes)
        case .wireless: try walk.readWireless(in: bytes)
        case .subframe: try walk.readSubframe(in: bytes)
        case .ip: try walk.readIP(in: bytes)
        case .ipv4: try walk.readIPv4(in: bytes)
        case .ipv6: try walk.readIPv6(in: bytes)
        case .optionHeader: try walk.skipExtension(in: bytes, unit: 8, added: 1)
        case .fragmentHeader: try walk.readFragmentHeader(in: bytes)
        case .authentication: try walk.skipExtension(in: bytes, unit: 4, added: 2)
        case .udp: try walk.readUDP(in: bytes)
        case .innerIPv4: try walk.readInnerIPv4(in: bytes)
        case .innerIPv6: try walk.readInnerIPv6(in: bytes)
        case .etherIP: try walk.readEtherIP(in: bytes)
        case .gre: try walk.readGRE(in: bytes)
        case .l2tpv3: try walk.readL2TPv3(in: bytes)
        case .vxlan: try walk.readVXLAN(in: bytes)
        case .vxlanGPE: try walk.readVXLANGPE(in: bytes)
        case .geneve: try walk.readGeneve(in: bytes)
        case .gtp: try walk.readGTP(in: bytes)
        case .teredo: try walk.readTeredo(in: bytes)
        case .l2tp: try walk.readL2TP(in: bytes)
        case .capwap: try walk.readCAPWAP(in: bytes)
        case .erspan2: try walk.readERSPAN2(in: bytes)
        case .erspan3: try walk.readERSPAN3(in: bytes)
        case .cacheRedirect: try walk.readCacheRedirect(in: bytes)
        case .nsh: try walk.readNSH(in: bytes)
        case .tcp: .tcp
        }
    }
}
