import Bytes

/// A tag or tunnel that a packet passes through.
public struct PathHop: Hashable, Sendable {
    public var kind: Kind
    /// What the header calls it: a network identifier, a tunnel endpoint, a key. `Kind.idName` says which.
    public var id: UInt32?
    /// The ends of a tunnel in IP.
    public var source: IPAddress?
    public var destination: IPAddress?

    public init(kind: Kind, id: UInt32? = nil, source: IPAddress? = nil, destination: IPAddress? = nil) {
        self.kind = kind
        self.id = id
        self.source = source
        self.destination = destination
    }

    public enum Kind: UInt8, CaseIterable, Sendable {
        // Links and tags.
        case vlan = 1
        case providerBackbone, vnTag, eTag, fabricPath, mpls, pseudowire, pppoe, radiotap, wireless, nflog
        // Tunnels in IP and UDP, and what those may carry.
        case ipInIP, fourInSix, sixInFour, sixInSix, etherIP, gre, pptp, erspan, wccp, l2tp, l2tpv3
        case vxlan, vxlanGPE, geneve, gtp, teredo, capwap, nsh

        /// As a machine reads it.
        public var word: StaticString {
            switch self {
            case .vlan: "vlan"
            case .providerBackbone: "pbb"
            case .vnTag: "vn-tag"
            case .eTag: "e-tag"
            case .fabricPath: "fabricpath"
            case .mpls: "mpls"
            case .pseudowire: "pseudowire"
            case .pppoe: "pppoe"
            case .radiotap: "radiotap"
            case .wireless: "802.11"
            case .nflog: "nflog"
            case .ipInIP: "ipip"
            case .fourInSix: "4in6"
            case .sixInFour: "6in4"
            case .sixInSix: "6in6"
            case .etherIP: "etherip"
            case .gre: "gre"
            case .pptp: "pptp"
            case .erspan: "erspan"
            case .wccp: "wccp"
            case .l2tp: "l2tp"
            case .l2tpv3: "l2tpv3"
            case .vxlan: "vxlan"
            case .vxlanGPE: "vxlan-gpe"
            case .geneve: "geneve"
            case .gtp: "gtp-u"
            case .teredo: "teredo"
            case .capwap: "capwap"
            case .nsh: "nsh"
            }
        }

        /// As people write it.
        public var name: StaticString {
            switch self {
            case .vlan: "VLAN"
            case .providerBackbone: "PBB"
            case .vnTag: "VN-Tag"
            case .eTag: "E-Tag"
            case .fabricPath: "FabricPath"
            case .mpls: "MPLS"
            case .pseudowire: "pseudowire"
            case .pppoe: "PPPoE"
            case .radiotap: "radiotap"
            case .wireless: "802.11"
            case .nflog: "NFLOG"
            case .ipInIP: "IP in IP"
            case .fourInSix: "4in6"
            case .sixInFour: "6in4"
            case .sixInSix: "6in6"
            case .etherIP: "EtherIP"
            case .gre: "GRE"
            case .pptp: "PPTP"
            case .erspan: "ERSPAN"
            case .wccp: "WCCP"
            case .l2tp: "L2TP"
            case .l2tpv3: "L2TPv3"
            case .vxlan: "VXLAN"
            case .vxlanGPE: "VXLAN-GPE"
            case .geneve: "Geneve"
            case .gtp: "GTP-U"
            case .teredo: "Teredo"
            case .capwap: "CAPWAP"
            case .nsh: "NSH"
            }
        }

        /// What its number is called.
        public var idName: StaticString {
            switch self {
            case .vlan: "id"
            case .providerBackbone: "isid"
            case .mpls: "label"
            case .gre: "key"
            case .pptp: "call"
            case .erspan, .pppoe, .l2tp, .l2tpv3: "session"
            case .vxlan, .vxlanGPE, .geneve: "vni"
            case .gtp: "teid"
            case .nsh: "path"
            case .nflog: "group"
            default: "id"
            }
        }

        /// What its number says about whose packets are in it. Routers move packets from one VLAN to another.
        var scopeKind: TunnelScope.Kind {
            switch self {
            case .gtp, .l2tp, .l2tpv3, .pptp: .directional
            case .vlan: .plain
            default: .separate
            }
        }

        /// It has ends that are IP addresses.
        public var isInIP: Bool {
            switch self {
            case .ipInIP, .fourInSix, .sixInFour, .sixInSix, .etherIP, .gre, .pptp, .erspan, .wccp, .l2tp, .l2tpv3, .vxlan, .vxlanGPE,
                .geneve, .gtp, .teredo, .capwap:
                true
            default: false
            }
        }
    }
}

extension PathHop {
    /// `VXLAN 42 (10.0.0.1 → 10.0.0.2)`, as far as it has a number and ends.
    /// - Parameter arrow: what stands between the ends.
    public func text(_ arrow: some StringProtocol) -> String {
        var text = id.map { "\(kind.name) \($0)" } ?? "\(kind.name)"
        if let source, let destination { text += " (\(source) \(arrow) \(destination))" }
        return text
    }
}

extension [PathHop] {
    /// All of them, from the outside in: `VLAN 7, VXLAN 42 (10.0.0.1 → 10.0.0.2)`.
    public func text(_ arrow: some StringProtocol) -> String { map { $0.text(arrow) }.joined(separator: ", ") }
}
