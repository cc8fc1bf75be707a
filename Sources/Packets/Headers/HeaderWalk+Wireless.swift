import Bytes

/// What the header before an IEEE 802.11 frame says about it.
struct WirelessFlags {
    /// The frame ends in its checksum.
    var hasChecksum = false
    /// Zeros after the header make it a multiple of four bytes long.
    var isPadded = false
    /// The two bytes of frame control stand in the wrong order.
    var isSwapped = false
}

// IEEE 802.11, captured in monitor mode or carried by CAPWAP: data frames that are not encrypted.
extension HeaderWalk {
    /// Radiotap (radiotap.org): version, length, bit masks of the fields that follow; little-endian.
    mutating func readRadiotap(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        let start = offset
        try bytes.require(8, at: start, .wireless)
        let length = Int(bytes.uint16LE(at: start + 2))
        guard bytes[start] == 0, length >= 8, length <= room else { throw Undecoded(.wireless, .malformed(.headerLength(length))) }
        try skip(length, in: bytes, .wireless)
        // Bit 31 of a mask says that another one follows.
        var field = start + 4
        while field + 4 <= offset, bytes[field + 3] & 0x80 != 0 { field += 4 }
        field += 4
        let present = bytes.uint32LE(at: start + 4)
        // Bit 0 is the clock, eight bytes on a multiple of eight; bit 1 the flags.
        if present & 1 != 0 { field = start + (field - start + 7) & ~7 + 8 }
        if present & 2 != 0, field < offset {
            wireless.hasChecksum = bytes[field] & 0x10 != 0
            wireless.isPadded = bytes[field] & 0x20 != 0
        }
        pass(.radiotap)
        return .wireless
    }

    /// The Prism header: a message code, then its length, in the byte order of some host.
    mutating func readPrism(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        try bytes.require(8, at: offset, .wireless)
        // A driver may have written an AVS header under this link type; it begins with that magic.
        if bytes.uint32BE(at: offset) & 0xffff_f000 == 0x8021_1000 { return .avs }
        try skip(Int(min(bytes.uint32LE(at: offset + 4), bytes.uint32BE(at: offset + 4))), in: bytes, .wireless)
        return .wireless
    }

    /// The AVS header: a magic number, then its length.
    mutating func readAVS(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        try bytes.require(8, at: offset, .wireless)
        let length = Int(bytes.uint32BE(at: offset + 4))
        guard length >= 8 else { throw Undecoded(.wireless, .malformed(.headerLength(length))) }
        try skip(length, in: bytes, .wireless)
        return .wireless
    }

    /// Frame control, duration, three or four addresses, sequence; quality of service (IEEE 802.11 §9.2.3, §9.3.2).
    mutating func readWireless(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        let start = offset
        try bytes.require(2, at: start, .wireless)
        let (control, flags) = wireless.isSwapped ? (bytes[start + 1], bytes[start]) : (bytes[start], bytes[start + 1])
        guard control & 0x03 == 0 else { throw Undecoded(.wireless, .malformed(.version(control & 3))) }
        guard control & 0x0c == 0x08 else { throw Undecoded(.wireless, .unsupported(.wirelessManagement)) }
        let hasFourAddresses = flags & 0x03 == 0x03
        let hasQuality = control & 0x80 != 0
        let qualityOffset = start + (hasFourAddresses ? 30 : 24)
        var length = (hasFourAddresses ? 30 : 24) + (hasQuality ? 2 : 0)
        if hasQuality, flags & 0x80 != 0 { length += 4 }
        try bytes.require(length, at: start, .wireless)
        guard flags & 0x40 == 0 else { throw Undecoded(.wireless, .unsupported(.wirelessEncrypted)) }
        // Subtypes with this bit carry no data.
        guard control & 0x40 == 0 else { throw Undecoded(.wireless, .unsupported(.wirelessManagement)) }
        guard flags & 0x04 == 0, wireless.isSwapped || bytes[start + 22] & 0x0f == 0 else {
            throw Undecoded(.wireless, .unsupported(.wirelessFragment))
        }
        if wireless.isPadded { length = (length + 3) & ~3 }
        try skip(length, in: bytes, .wireless)
        if wireless.hasChecksum { end = max(offset, end - 4) }
        pass(.wireless)
        let isAggregate = hasQuality && bytes[qualityOffset] & 0x80 != 0
        return isAggregate ? .subframe : .llc
    }

    /// One of several frames in one (A-MSDU): destination, source, length, and padding to a multiple of four after it (§9.3.2.2).
    mutating func readSubframe(in bytes: Span<UInt8>) throws(Undecoded) -> Header {
        try bytes.require(14, at: offset, .wireless)
        let length = Int(bytes.uint16BE(at: offset + 12))
        guard length > 0, length <= room - 14 else { throw Undecoded(.wireless, .malformed(.totalLength(length))) }
        let next = offset + (14 + length + 3) & ~3
        if next < min(end, bytes.count) {
            rest = Rest(range: next..<end, internetOffset: internetOffset, source: source, destination: destination, scope: scope)
        }
        offset += 14
        end = offset + length
        return .llc
    }
}
