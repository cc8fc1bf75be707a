import Inspection
import Packets
import Text

extension Summary {
    /// What the capture has in place of a WebSocket, and what to do; nothing where there is a WebSocket.
    var insteadRemarks: [String] {
        guard packets > 0 else {
            return ["there are no packets: look at the filter (-f, or tcpdump's) and the interface (wsray interfaces)"]
        }
        let parts = connectionParts + packetParts
        var remarks: [String] = []
        if !parts.isEmpty { remarks.append("found instead: \(parts.joined(separator: ", "))") }
        return remarks + advice
    }

    /// Where TLS went that could not be read: `example.com:443 (×2), 10.0.0.1:8443`.
    var encryptedTargets: String {
        let most = unread.encryptedTargets.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        var words = most.prefix(5).map { "\(Self.safe($0.key))\($0.value > 1 ? " (×\($0.value))" : "")" }
        let more = UInt64(max(0, most.count - 5)) + unread.otherTargetCount
        if more > 0 { words.append("\(Quantity.count(more)) more") }
        return words.joined(separator: ", ")
    }

    private static func safe(_ text: String) -> String {
        String(text.unicodeScalars.prefix(100).map { $0.isASCII && $0.value > 0x20 && $0.value < 0x7F ? Character($0) : "?" })
    }

    // MARK: Parts

    private var connectionParts: [String] {
        var parts: [String] = []
        if encryptedConnections > 0 {
            parts.append(
                "\(Quantity.counted(encryptedConnections, encryptedDatagrams.connections == 0 ? "TLS connection" : "encrypted connection")) to \(encryptedTargets)"
            )
        }
        for spoken in SpokenProtocol.allCases {
            let count = unread.connections[Int(spoken.rawValue)]
            guard count > 0 else { continue }
            let noun = Quantity.counted(count, "connection")
            switch spoken {
            case .unknown: parts.append("\(Quantity.counted(count, "TCP connection")) of an unknown protocol")
            case .endedTLS: parts.append("\(Quantity.counted(count, "TLS connection")) that the server ended before any request")
            case .silentTLS: parts.append("\(Quantity.counted(count, "TLS connection")) on which nothing was said")
            case .otherQUIC: parts.append("\(Quantity.counted(count, "QUIC connection")) of another protocol than HTTP/3")
            case .http: parts.append("\(Quantity.counted(count, "HTTP connection")) without an upgrade")
            default: parts.append("\(Quantity.count(count)) \(spoken.name) \(noun.split(separator: " ").last ?? "")")
            }
        }
        return parts + attemptParts
    }

    var attemptParts: [String] {
        var parts: [String] = []
        for outcome in TransportAttempt.Outcome.allCases {
            let count = unread.attempts[TransportAttempt.Outcome.allCases.firstIndex(of: outcome) ?? 0]
            guard count > 0 else { continue }
            switch outcome {
            case .refused: parts.append("\(Quantity.counted(count, "TCP connection")) refused")
            case .unanswered: parts.append("\(Quantity.counted(count, "TCP connection")) not answered")
            case .silent: parts.append("\(Quantity.counted(count, "TCP connection")) on which nothing was said")
            case .tlsUnanswered: parts.append("\(Quantity.counted(count, "TLS handshake")) not answered")
            case .tlsRefused: parts.append("\(Quantity.counted(count, "TLS handshake")) refused")
            case .tlsRejected: parts.append("\(Quantity.counted(count, "TLS handshake")) given up by the client")
            case .tlsForeign: parts.append("\(Quantity.counted(count, "TLS handshake")) answered with something else")
            }
        }
        return parts
    }

    private var packetParts: [String] {
        let kinds = PacketKind.allCases.filter { unread.packets[Int($0.rawValue)] > 0 }
        let sorted = kinds.sorted { unread.packets[Int($1.rawValue)] < unread.packets[Int($0.rawValue)] }
        return sorted.prefix(8).map { kind in
            let count = unread.packets[Int(kind.rawValue)]
            let noun = count == 1 ? "packet" : "packets"
            switch kind {
            case .otherFrame, .fragment, .otherIP: return "\(Quantity.count(count)) \(noun) of \(kind.name)"
            case .otherLink, .tunnelFragment, .otherTunnel, .wirelessManagement, .wirelessEncrypted, .wirelessFragment, .pppEncrypted:
                return "\(Quantity.count(count)) \(noun) of \(kind.name)"
            default: return "\(Quantity.count(count)) \(kind.name) \(noun)"
            }
        }
    }

    // MARK: What to do

    private func has(_ kinds: PacketKind...) -> Bool { kinds.contains { unread.packets[Int($0.rawValue)] > 0 } }

    private var advice: [String] {
        var advice: [String] = []
        if has(.tunnelEncrypted, .pppEncrypted) {
            advice.append("a tunnel encrypts what it carries: capture where it ends")
        }
        if has(.l2tp) {
            advice.append("L2TPv3 does not say how long its cookie is, and none of the usual lengths fits: capture where the tunnel ends")
        }
        if has(.esp, .ike, .wireGuard) {
            advice.append("a VPN hides what it carries: capture on its own interface (wsray interfaces), where packets are not encrypted")
        }
        if has(.quic) {
            advice.append(
                "QUIC whose beginning was not captured cannot be read, and HTTP/3 may carry WebSockets: begin the capture earlier, or switch QUIC off (Chromium: --disable-quic, Firefox: network.http.http3.enable)"
            )
        }
        if has(.wirelessEncrypted) {
            advice.append("in monitor mode, Wi-Fi is captured encrypted: capture without monitor mode on one of the two ends")
        }
        if let unsupportedLinkType, has(.otherLink, .bluetooth, .usb, .can, .netlink) {
            advice.append("link type \(unsupportedLinkType) is not decoded: capture on a network interface (wsray interfaces)")
        }
        if flows == 0, has(.dns), !has(.quic) {
            advice.append("names were looked up, but no TCP followed: the capture filter may leave it out, or it went another way")
        }
        if unread.connections[Int(SpokenProtocol.http.rawValue)] > 0 {
            advice.append(
                "HTTP asked for no upgrade: the page may not have opened its WebSocket yet, or does so through another port or host")
        }
        return advice
    }
}
