import Bytes
import Packets

/// What a capture has that is no WebSocket, counted by name.
public struct Unread: Sendable {
    /// Packets without TCP, by `PacketKind.rawValue`.
    public private(set) var packets = [UInt64](repeating: 0, count: PacketKind.allCases.count)
    /// Connections by what is spoken on them, in the order of `SpokenProtocol.allCases`.
    public private(set) var connections = [UInt64](repeating: 0, count: SpokenProtocol.allCases.count)
    /// Where TLS went that could not be read: `example.com:443`, and how often.
    public private(set) var encryptedTargets: [String: UInt64] = [:]
    /// Connections to other targets than these.
    public private(set) var otherTargetCount: UInt64 = 0
    /// TCP connections on which neither side said anything, by what became of them.
    public private(set) var attempts = [UInt64](repeating: 0, count: TransportAttempt.Outcome.allCases.count)

    private static let targetLimit = 100

    mutating func count(_ kind: PacketKind) { packets[Int(kind.rawValue)] += 1 }
    mutating func count(_ spoken: SpokenProtocol) { connections[Int(spoken.rawValue)] += 1 }
    mutating func count(_ outcome: TransportAttempt.Outcome) { attempts[outcome.place] += 1 }

    mutating func count(encryptedTo target: String) {
        if encryptedTargets[target] == nil, encryptedTargets.count >= Self.targetLimit {
            otherTargetCount += 1
        } else {
            encryptedTargets[target, default: 0] += 1
        }
    }
}

/// What is spoken on a connection that carries no WebSocket, told by its first bytes, or by what the handshake of TLS or QUIC says.
public enum SpokenProtocol: UInt8, CaseIterable, Sendable {
    case http, http2, tls, ssh, smtpOrFTP, postgres, mySQL, redis, mqtt, amqp, rtmp, bitTorrent, otherQUIC, unknown
    /// TLS whose handshake was finished, and no content from either side: the server ended it, or somebody else or nobody did.
    case endedTLS, silentTLS

    public var name: StaticString {
        switch self {
        case .http: "HTTP without an upgrade"
        case .http2: "HTTP/2"
        case .tls: "TLS"
        case .ssh: "SSH"
        case .smtpOrFTP: "SMTP or FTP"
        case .postgres: "PostgreSQL"
        case .mySQL: "MySQL"
        case .redis: "Redis"
        case .mqtt: "MQTT"
        case .amqp: "AMQP"
        case .rtmp: "RTMP"
        case .bitTorrent: "BitTorrent"
        case .otherQUIC: "QUIC without HTTP/3"
        case .unknown: "of an unknown protocol"
        case .endedTLS: "TLS that the server ended before any request"
        case .silentTLS: "TLS without content"
        }
    }

    /// A WebSocket may be on another connection to the same port.
    var mayServeWebSocket: Bool {
        switch self {
        case .http, .http2, .tls, .unknown, .endedTLS, .silentTLS: true
        default: false
        }
    }

    /// Tells it from the first bytes of one direction.
    init(_ bytes: Span<UInt8>) {
        func begins(_ text: StaticString) -> Bool { bytes.matches(text) && bytes.count >= text.utf8CodeUnitCount }
        if begins("SSH-") {
            self = .ssh
        } else if begins("220 ") || begins("220-") || begins("EHLO ") {
            self = .smtpOrFTP
        } else if begins("AMQP") {
            self = .amqp
        } else if begins("\u{13}BitTorrent protocol") {
            self = .bitTorrent
        } else if begins("*1\r\n$") || begins("*2\r\n$") || begins("*3\r\n$") || begins("+PONG") {
            self = .redis
        } else if begins("PRI * HTTP/2") {
            self = .http2
        } else if bytes.count >= 3, bytes[0] == 0x16, bytes[1] == 0x03 {
            self = .tls
        } else if bytes.count >= 8, bytes[4] == 0, bytes[5] == 3, bytes[6] == 0, bytes[7] == 0, bytes[0] == 0, bytes[1] == 0 {
            // The startup message of version 3.0.
            self = .postgres
        } else if bytes.count >= 6, bytes[3] == 0, bytes[4] == 10, bytes[5] >= 0x33, bytes[5] <= 0x39 {
            // The greeting of protocol version 10: its length, sequence 0, 10, then the server's version in digits.
            self = .mySQL
        } else if bytes.count >= 8, bytes[0] == 0x10, bytes[4] == UInt8(ascii: "M"), bytes[5] == UInt8(ascii: "Q") {
            self = .mqtt
        } else if bytes.count >= 1_000, bytes[0] == 3 {
            self = .rtmp
        } else {
            self = .unknown
        }
    }
}
