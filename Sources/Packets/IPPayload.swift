import Bytes

/// What IP carries, found by walking its headers: between whom, which protocol, and where.
struct IPPayload {
    var source = IPAddress(v4: 0)
    var destination = IPAddress(v4: 0)
    /// The IANA number of what stands at `offset`: that of TCP once the walk is over, unless this is a fragment.
    var protocolNumber: UInt8
    var offset: Int
    /// Where the payload ends on the wire, which may be beyond the captured bytes.
    var end: Int
    /// Set when the payload is only a piece of a datagram's.
    var fragment: Fragment?

    struct Fragment {
        var identification: UInt32
        var offset: Int
        var isLast: Bool
    }
}

/// IANA protocol numbers that are walked through or looked for.
enum ProtocolNumber {
    static let hopByHop: UInt8 = 0
    static let ipv4: UInt8 = 4
    static let tcp: UInt8 = 6
    static let ipv6: UInt8 = 41
    static let routing: UInt8 = 43
    static let fragment: UInt8 = 44
    static let authentication: UInt8 = 51
    static let destinationOptions: UInt8 = 60
}

extension IPPayload {
    /// Walks from the IP header at `offset` to TCP, or to a fragment of what may be TCP.
    ///
    /// `end` is where the packet ended on the wire.
    init(version: UInt8, in bytes: Span<UInt8>, at offset: Int, end: Int, limit: Int) throws(Undecoded) {
        self.init(protocolNumber: 0, offset: offset, end: end)
        if version == 4 { try readIPv4(in: bytes, isOutermost: true) } else { try readIPv6(in: bytes, isOutermost: true) }
        try descend(in: bytes, limit: limit)
    }

    /// Walks the headers between IP and TCP: IPv6's extensions (RFC 8200 §4), AH (RFC 4302), and IP in IP (RFC 2003, RFC 2473).
    mutating func descend(in bytes: Span<UInt8>, limit: Int) throws(Undecoded) {
        var left = limit
        while true {
            if fragment != nil {
                // Whoever fragments repeats the protocol, so pieces of UDP need not be held to learn that they are no TCP.
                guard mayLeadToTCP else { throw Undecoded(source.isV4 ? .ipv4 : .ipv6, .notTCP(protocolNumber)) }
                return
            }
            if protocolNumber == ProtocolNumber.tcp { return }
            guard left > 0 else { throw Undecoded(.extensionHeader, .tooManyHeaders) }
            left -= 1
            switch protocolNumber {
            case ProtocolNumber.authentication: try skipExtension(in: bytes, unit: 4, added: 2)
            case ProtocolNumber.ipv4: try readIPv4(in: bytes, isOutermost: false)
            case ProtocolNumber.ipv6: try readIPv6(in: bytes, isOutermost: false)
            case _ where source.isV4: throw Undecoded(.ipv4, .notTCP(protocolNumber))
            case ProtocolNumber.hopByHop, ProtocolNumber.routing, ProtocolNumber.destinationOptions:
                try skipExtension(in: bytes, unit: 8, added: 1)
            case ProtocolNumber.fragment: try readFragmentHeader(in: bytes)
            default: throw Undecoded(.ipv6, .notTCP(protocolNumber))
            }
        }
    }

    private var mayLeadToTCP: Bool {
        switch protocolNumber {
        case ProtocolNumber.tcp, ProtocolNumber.authentication, ProtocolNumber.ipv4, ProtocolNumber.ipv6: true
        case ProtocolNumber.hopByHop, ProtocolNumber.routing, ProtocolNumber.destinationOptions: !source.isV4
        default: false
        }
    }

    /// RFC 791 §3.1.
    ///
    ///     +-------+-------+---------------+-------------------------------+
    ///     |   4   |  IHL  |   services    |         total length          |
    ///     +-------+-------+---------------+-----+-------------------------+
    ///     |        identification         |flags|     fragment offset     |
    ///     +---------------+---------------+-----+-------------------------+
    ///     | time to live  |   protocol    |        header checksum        |
    ///     +---------------+---------------+-------------------------------+
    ///     |              source, destination, options                     |
    private mutating func readIPv4(in bytes: Span<UInt8>, isOutermost: Bool) throws(Undecoded) {
        let start = offset
        try bytes.require(20, at: start, .ipv4)
        let first = bytes[start]
        guard first >> 4 == 4 else { throw Undecoded(.ipv4, .malformed(.version(first >> 4))) }
        let headerLength = Int(first & 0xf) * 4
        guard headerLength >= 20 else { throw Undecoded(.ipv4, .malformed(.headerLength(headerLength))) }
        let stated = Int(bytes.uint16BE(at: start + 2))
        // Captured before the interface cut it into segments, a packet may be too long for the field, which is then 0.
        let length = stated == 0 ? end - start : stated
        // Beyond the outermost header there is no snaplen to blame: an inner packet has to fit.
        guard length >= headerLength, isOutermost || length <= end - start else {
            throw Undecoded(.ipv4, .malformed(.totalLength(length)))
        }
        try bytes.require(headerLength, at: start, .ipv4)
        source = IPAddress(v4: bytes.uint32BE(at: start + 12))
        destination = IPAddress(v4: bytes.uint32BE(at: start + 16))
        protocolNumber = bytes[start + 9]
        offset = start + headerLength
        end = start + length
        let position = bytes.uint16BE(at: start + 6)
        if position & 0x3fff != 0 {
            fragment = Fragment(
                identification: UInt32(bytes.uint16BE(at: start + 4)), offset: Int(position & 0x1fff) * 8, isLast: position & 0x2000 == 0)
        }
    }

    /// RFC 8200 §3.
    ///
    ///     +-------+---------------+---------------------------------------+
    ///     |   6   | traffic class |              flow label               |
    ///     +-------+---------------+-------+---------------+---------------+
    ///     |        payload length         |  next header  |   hop limit   |
    ///     +-------------------------------+---------------+---------------+
    ///     |              source, destination: 16 bytes each               |
    private mutating func readIPv6(in bytes: Span<UInt8>, isOutermost: Bool) throws(Undecoded) {
        let start = offset
        try bytes.require(40, at: start, .ipv6)
        let first = bytes[start]
        guard first >> 4 == 6 else { throw Undecoded(.ipv6, .malformed(.version(first >> 4))) }
        let stated = Int(bytes.uint16BE(at: start + 4))
        protocolNumber = bytes[start + 6]
        source = IPAddress(v6: bytes.uint64BE(at: start + 8), bytes.uint64BE(at: start + 16))
        destination = IPAddress(v6: bytes.uint64BE(at: start + 24), bytes.uint64BE(at: start + 32))
        offset = start + 40
        let room = end - offset
        var length = stated
        // As with IPv4, 0 means more than the field can hold; a jumbo option knows how much (RFC 2675 §2).
        if stated == 0 { length = jumboLength(in: bytes) ?? room }
        guard length >= 0, isOutermost || length <= room else { throw Undecoded(.ipv6, .malformed(.totalLength(length))) }
        end = offset + length
    }

    /// The length that a jumbo payload option in the hop-by-hop header at `offset` states, if that header is there and captured.
    private func jumboLength(in bytes: Span<UInt8>) -> Int? {
        guard protocolNumber == ProtocolNumber.hopByHop, bytes.count - offset >= 8 else { return nil }
        let headerEnd = offset + (Int(bytes[offset + 1]) + 1) * 8
        guard headerEnd <= bytes.count else { return nil }
        var option = offset + 2
        while headerEnd - option >= 2 {
            if bytes[option] == 0 {
                option += 1
                continue
            }
            let length = Int(bytes[option + 1])
            if bytes[option] == 0xc2, length == 4, headerEnd - option >= 6 { return Int(bytes.uint32BE(at: option + 2)) }
            option += 2 + length
        }
        return nil
    }

    /// Next header, then a length in `unit` bytes of which `added` are not counted.
    private mutating func skipExtension(in bytes: Span<UInt8>, unit: Int, added: Int) throws(Undecoded) {
        try bytes.require(2, at: offset, .extensionHeader)
        let length = (Int(bytes[offset + 1]) + added) * unit
        guard length <= end - offset else { throw Undecoded(.extensionHeader, .malformed(.headerLength(length))) }
        try bytes.require(length, at: offset, .extensionHeader)
        protocolNumber = bytes[offset]
        offset += length
    }

    /// RFC 8200 §4.5: next header, reserved, offset in units of eight with the more-fragments bit, identification.
    private mutating func readFragmentHeader(in bytes: Span<UInt8>) throws(Undecoded) {
        guard end - offset >= 8 else { throw Undecoded(.extensionHeader, .malformed(.headerLength(8))) }
        try bytes.require(8, at: offset, .extensionHeader)
        let position = bytes.uint16BE(at: offset + 2)
        protocolNumber = bytes[offset]
        // An atomic fragment is a whole datagram (RFC 6946).
        if position & 0xfff9 != 0 {
            fragment = Fragment(
                identification: bytes.uint32BE(at: offset + 4), offset: Int(position & 0xfff8), isLast: position & 1 == 0)
        }
        offset += 8
    }
}
