import Bytes

// IP and its extension headers: between whom, which protocol, and where (RFC 791, RFC 8200, RFC 4302).
extension HeaderWalk {
    /// IP of the version that its first nibble says.
    mutating func readIP(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        try bytes.require(1, at: offset, .link)
        switch bytes[offset] >> 4 {
        case 4: return .ipv4
        case 6: return .ipv6
        case let version: throw Undecoded(internetOffset < 0 ? .link : .tunnel, .malformed(.version(version)))
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
    mutating func readIPv4(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        let start = offset
        let isOutermost = internetOffset < 0
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
        if isOutermost { internetOffset = start }
        let position = bytes.uint16BE(at: start + 6)
        if position & 0x3fff != 0 {
            fragment = Fragment(
                identification: UInt32(bytes.uint16BE(at: start + 4)), offset: Int(position & 0x1fff) * 8, isLast: position & 0x2000 == 0)
        }
        return try Header(protocolNumber: protocolNumber, isV4: true)
    }

    /// RFC 8200 §3.
    ///
    ///     +-------+---------------+---------------------------------------+
    ///     |   6   | traffic class |              flow label               |
    ///     +-------+---------------+-------+---------------+---------------+
    ///     |        payload length         |  next header  |   hop limit   |
    ///     +-------------------------------+---------------+---------------+
    ///     |              source, destination: 16 bytes each               |
    mutating func readIPv6(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        let start = offset
        let isOutermost = internetOffset < 0
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
        if isOutermost { internetOffset = start }
        return try Header(protocolNumber: protocolNumber, isV4: false)
    }

    /// The length that a jumbo payload option in the hop-by-hop header at `offset` states, if that header is there and captured.
    private func jumboLength(in bytes: Span<UInt8>) -> Int? {
        guard protocolNumber == 0, bytes.count - offset >= 8 else { return nil }
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
    mutating func skipExtension(in bytes: Span<UInt8>, unit: Int, added: Int) throws(Undecoded) -> Header {
        try bytes.require(2, at: offset, .extensionHeader)
        let length = (Int(bytes[offset + 1]) + added) * unit
        guard length <= end - offset else { throw Undecoded(.extensionHeader, .malformed(.headerLength(length))) }
        try bytes.require(length, at: offset, .extensionHeader)
        protocolNumber = bytes[offset]
        offset += length
        return try Header(protocolNumber: protocolNumber, isV4: source.isV4)
    }

    /// RFC 8200 §4.5: next header, reserved, offset in units of eight with the more-fragments bit, identification.
    mutating func readFragmentHeader(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
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
        return try Header(protocolNumber: protocolNumber, isV4: false)
    }
}
