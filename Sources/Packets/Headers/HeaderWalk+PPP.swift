import Bytes

// PPP, how it is carried over Ethernet, and LLC.
extension HeaderWalk {
    /// Version and type, code, session, length; then PPP without address and control (RFC 2516 §4). Code 0 is a session's data.
    mutating func readPPPoE(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        try bytes.require(6, at: offset, .pppoe)
        guard bytes[offset] == 0x11, bytes[offset + 1] == 0 else {
            throw Undecoded(.pppoe, .notIP(UInt32(bytes.uint16BE(at: offset))))
        }
        pass(.pppoe, UInt32(bytes.uint16BE(at: offset + 2)))
        offset += 6
        return .ppp
    }

    /// RFC 1661 §2 and RFC 1662 §3.1; address and control, and the first byte of the protocol, may have been compressed away.
    mutating func readPPP(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        let start = offset
        try bytes.require(2, at: start, .ppp)
        let hasAddress = bytes.uint16BE(at: start) == 0xff03
        let protocolOffset = hasAddress ? start + 2 : start
        try bytes.require(protocolOffset - start + 1, at: start, .ppp)
        let isCompressed = bytes[protocolOffset] & 1 == 1
        if !isCompressed { try bytes.require(protocolOffset - start + 2, at: start, .ppp) }
        let number = isCompressed ? UInt16(bytes[protocolOffset]) : bytes.uint16BE(at: protocolOffset)
        offset = protocolOffset + (isCompressed ? 1 : 2)
        return try Header(pppProtocol: number)
    }

    /// IEEE 802.2 address pair and control; RFC 1042 SNAP carries an EtherType, and address 6 is IP itself.
    mutating func readLLC(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        let start = offset
        try bytes.require(3, at: start, .llc)
        let addresses = bytes.uint16BE(at: start)
        if addresses == 0x0606 {
            offset += 3
            return .ipv4
        }
        guard addresses == 0xaaaa else { throw Undecoded(.llc, .notIP(UInt32(addresses))) }
        try skip(8, in: bytes, .llc)
        let etherType = bytes.uint16BE(at: start + 6)
        // Organisation 0 means EtherTypes; a length in their place would only nest LLC in LLC.
        guard bytes.uint32BE(at: start + 2) & 0x00ff_ffff == 0, etherType > 1500 else {
            throw Undecoded(.llc, .notIP(UInt32(etherType)))
        }
        return try Header(etherType: etherType, .llc)
    }
}
