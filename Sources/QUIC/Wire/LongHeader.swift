import Bytes

/// The header of a packet of a handshake, as far as it is not protected (RFC 9000 §17.2).
struct LongHeader {
    enum Kind {
        case initial
        case earlyData
        case handshake
        case retry
        /// Version Negotiation, which has no version of its own.
        case versionNegotiation
    }

    var kind: Kind
    /// Nil for Version Negotiation.
    var version: QUICVersion?
    var destination: ConnectionID
    var source: ConnectionID
    /// Where the packet number begins; of Retry and Version Negotiation, what follows the connection IDs.
    var numberOffset: Int
    /// Where the packet ends: others may follow it in the datagram.
    var end: Int
    /// Of Initial.
    var hasToken = false

    /// A bit that says so in the first byte of a packet.
    @inline(__always)
    static func isLong(_ firstByte: UInt8) -> Bool { firstByte & 0x80 != 0 }

    /// Reads the header of the packet that begins at `start`; nil where there is none of a version that is read.
    init?(_ datagram: Span<UInt8>, at start: Int = 0) {
        var reader = WireReader(datagram, at: start)
        guard let first = reader.byte(), Self.isLong(first), let number = reader.uint32(), let destination = reader.connectionID(),
            let source = reader.connectionID()
        else { return nil }
        self.destination = destination
        self.source = source
        if number == 0 {
            kind = .versionNegotiation
            numberOffset = reader.offset
            end = datagram.count
            return
        }
        guard let version = QUICVersion(rawValue: number) else { return nil }
        self.version = version
        kind = version.kind(first)
        if kind == .retry {
            numberOffset = reader.offset
            end = datagram.count
            return
        }
        if kind == .initial {
            guard let token = reader.vector() else { return nil }
            hasToken = !token.isEmpty
        }
        guard let length = reader.number() else { return nil }
        numberOffset = reader.offset
        guard let payload = reader.skip(length) else { return nil }
        end = payload.upperBound
    }
}
