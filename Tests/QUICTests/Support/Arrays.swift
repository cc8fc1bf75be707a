import Bytes
import TLS

@testable import QUIC

// What takes spans takes arrays here: expectations cannot hold a span, or a value that cannot be copied.

extension ConnectionID {
    init?(bytes: [UInt8]) { self.init(bytes.span) }
}

extension LongHeader {
    init?(bytes: [UInt8]) { self.init(bytes.span) }
}

extension ClientHello {
    init?(bytes: [UInt8]) { self.init(bytes.span) }
}

extension TransportParameters {
    init(bytes: [UInt8]) { self.init(bytes.span) }
}

extension Secret {
    var bytes: [UInt8] { span.copied() }
}

extension Retry {
    static func isAuthentic(bytes: [UInt8], _ version: QUICVersion, original: ConnectionID) -> Bool {
        isAuthentic(bytes.span, version, original: original)
    }
}

/// A packet that was opened.
struct Opened: Equatable {
    var number: UInt64
    var frames: [UInt8]

    /// An Initial packet.
    init?(initial packet: [UInt8], at numberOffset: Int, _ version: QUICVersion, destination: ConnectionID, isClients: Bool) {
        guard var protection = InitialProtection(version, destination: destination) else { return nil }
        var scratch = ByteBuffer()
        var plain = ByteBuffer()
        let head =
            isClients
            ? protection.client.open(packet.span, numberOffset: numberOffset, expecting: 0, &scratch, into: &plain)
            : protection.server.open(packet.span, numberOffset: numberOffset, expecting: 0, &scratch, into: &plain)
        guard let head else { return nil }
        number = head.number
        frames = plain.span.copied()
    }

    /// A packet with a short header and no connection ID.
    init?(short packet: [UInt8], _ suite: PacketSuite, _ secret: [UInt8], _ version: QUICVersion, expecting expected: UInt64) {
        guard var phases = KeyPhases(suite, Secret(secret.span), version) else { return nil }
        var scratch = ByteBuffer()
        var plain = ByteBuffer()
        guard let head = phases.open(packet.span, numberOffset: 1, expecting: expected, &scratch, into: &plain) else { return nil }
        number = head.number
        frames = plain.span.copied()
    }
}
