import Packets
import Rules

/// Figures over a whole inspection.
public struct Summary: Sendable {
    public var packets: UInt64 = 0
    /// Packets that are not TCP segments, for whatever reason.
    public var otherPackets: UInt64 = 0
    /// Packets cut short or malformed below TCP's payload.
    public var damagedPackets: UInt64 = 0
    /// Packets that were seen inside and outside of a tunnel, or in several: each counts once.
    public var repeatedPackets: UInt64 = 0
    /// Segments of which the capture has only the beginning.
    public var cutPackets: UInt64 = 0
    /// WebSocket connections of which packets of one side alone were captured.
    public var oneSidedConnections: UInt64 = 0
    /// Packets of a link type that is not decoded, and the last such type.
    public var unsupportedPackets: UInt64 = 0
    public var unsupportedLinkType: UInt32?
    /// Packets that the capture is known to have lost; nil if it does not say.
    public var dropped: UInt64?
    /// Connections of TCP, and of what is read on UDP.
    public var flows: UInt64 = 0
    /// Those of them on UDP: QUIC.
    public var datagramFlows: UInt64 = 0
    /// TLS connections that could not be read.
    public var encrypted = EncryptedCounts()
    /// QUIC connections that could not be read.
    public var encryptedDatagrams = EncryptedCounts()
    /// Both.
    public var encryptedConnections: UInt64 { encrypted.connections + encryptedDatagrams.connections }
    /// TLS connections that a layer reads, or tries to.
    public var readTLSFlows: UInt64 = 0
    /// TCP connections that speak TLS where no layer reads it.
    public var tlsFlows: UInt64 = 0
    /// TCP connections that speak HTTP/2, whose content is not read.
    public var http2Flows: UInt64 = 0
    /// Connections of HTTP/2 that were read.
    public var readHTTP2Flows: UInt64 = 0
    /// Streams of TCP connections with more of them than `Limits.streamCount`, which are not read.
    public var omittedStreams: UInt64 = 0
    /// Connections of a protocol that was recognised and then could not be read on.
    public var abandonedLayers: UInt64 = 0
    /// What else there is.
    public var unread = Unread()
    /// Upgrades that were answered with a head longer than the limit, so that what follows is not read.
    public var unreadAnswers: UInt64 = 0
    /// WebSocket connections, attempts included.
    public var connections: UInt64 = 0
    public var frames: UInt64 = 0
    public var messages: UInt64 = 0
    /// Messages that were recorded, of which no frames are known; they are among `messages`.
    public var recordedMessages: UInt64 = 0
    /// Recordings that were read, beside captures.
    public var recordings: UInt64 = 0
    /// Application bytes of all messages.
    public var bytes: UInt64 = 0
    /// Findings by severity, in the order of `Severity.allCases`.
    public var findings = [UInt64](repeating: 0, count: Severity.allCases.count)

    public init() {}
}

/// Connections that could not be read, because they are encrypted.
public struct EncryptedCounts: Sendable {
    public var connections: UInt64 = 0
    /// The same by the word of their reason (`Opacity.reason`).
    public var byReason: [String: UInt64] = [:]

    public mutating func count(_ reason: String) {
        connections += 1
        byReason[reason, default: 0] += 1
    }
}
