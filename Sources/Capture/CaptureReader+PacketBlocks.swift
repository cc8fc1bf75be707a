import Bytes

private struct PacketFields {
    let interface: Int
    let ticks: UInt64
    let captured: Int
    let original: UInt32

    @inline(__always)
    init(_ block: Span<UInt8>, _ type: BlockType, _ order: ByteOrder) {
        interface = type == .packet ? Int(block.uint16(at: 8, order)) : Int(block.uint32(at: 8, order))
        ticks = block.ticks(at: 12, order)
        captured = Int(block.uint32(at: 20, order))
        original = block.uint32(at: 24, order)
    }
}

/// Blocks with a packet (draft-ietf-opsawg-pcapng §4.3, §4.4 and, obsolete, appendix A).
///
///     Enhanced Packet Block            Packet Block                     Simple Packet Block
///     8  interface                     8  interface   10 drops          8  original length
///     12 time, upper half              12 time, upper half              12 packet, padded to 4
///     16 time, lower half              16 time, lower half
///     20 captured length               20 captured length
///     24 original length               24 original length
///     28 packet, padded to 4           28 packet, padded to 4
///        options                          options
extension CaptureReader {
    mutating func readPacketBlock(_ type: BlockType, _ length: Int) throws(CaptureError) -> PacketHeader? {
        let start = 28
        guard length >= start + 4 else { throw tooShortFor(type, length, start + 4) }
        try hold(type, length)
        let fields = PacketFields(window.unread, type, byteOrder)
        let (interface, captured) = (fields.interface, fields.captured)
        guard interface < links.count else { throw interfaceUnknown(type, interface) }
        guard captured <= length - start - 4 else { throw packetOverruns(type, captured, length) }

        // Block and header lengths are multiples of 4, so the padded packet fits where the packet does.
        let optionsStart = start + (captured + 3) & ~3
        if optionsStart < length - 4 { readComments(optionsStart..<length - 4, about: .packet(nextNumber)) }
        window.take(length, lending: start..<start + captured)
        lastTime = links[interface].clock.time(fields.ticks)
        if lastTime.isSaturated { facts.saturatedTimeCount += 1 }
        return header(interface, originalLength: fields.original)
    }

    /// Takes an Enhanced Packet Block without options that is at hand whole; false for anything else.
    @inline(never)
    mutating func nextBufferedBlock(into header: inout PacketHeader) -> Bool {
        let start = 28
        guard window.count >= start + 4, !isSectionUnknown,
            window.unread.uint32(at: 0, byteOrder) == BlockType.enhancedPacket.rawValue
        else { return false }
        let length = Int(window.unread.uint32(at: 4, byteOrder))
        let fields = PacketFields(window.unread, .enhancedPacket, byteOrder)
        // A length that is no multiple of 4 is none that the padded packet leads to.
        guard length <= window.count, length == start + (fields.captured + 3) & ~3 + 4, length <= limits.packetLength,
            window.unread.uint32(at: length - 4, byteOrder) == length, fields.interface < links.count
        else { return false }
        let time = links[fields.interface].clock.time(fields.ticks)
        guard !time.isSaturated else { return false }
        window.take(length, lending: start..<start + fields.captured)
        lastTime = time
        set(&header, fields.interface, originalLength: fields.original)
        return true
    }

    mutating func readSimplePacketBlock(_ length: Int) throws(CaptureError) -> PacketHeader? {
        let start = 12
        guard length >= start + 4 else { throw tooShortFor(.simplePacket, length, start + 4) }
        try hold(.simplePacket, length)
        let original = window.unread.uint32(at: 8, byteOrder)
        guard let link = links.first else { throw interfaceUnknown(.simplePacket, 0) }
        // The captured length is not written; it follows from the interface's snapshot length (§4.4).
        let captured = Int(link.snapLength == 0 ? original : min(original, link.snapLength))
        guard captured <= length - start - 4 else { throw packetOverruns(.simplePacket, captured, length) }

        window.take(length, lending: start..<start + captured)
        facts.untimedPacketCount += 1
        return header(0, originalLength: original)
    }

    private mutating func header(_ interface: Int, originalLength: UInt32) -> PacketHeader {
        var header = PacketHeader()
        set(&header, interface, originalLength: originalLength)
        return header
    }

    @inline(__always)
    private mutating func set(_ header: inout PacketHeader, _ interface: Int, originalLength: UInt32) {
        header.number = nextNumber
        nextNumber &+= 1
        header.time = lastTime
        header.fractionDigits = links[interface].fractionDigits
        header.linkType = links[interface].linkType
        header.originalLength = Int(originalLength)
        header.interface = UInt32(firstInterface + interface)
    }

    private mutating func tooShortFor(_ type: BlockType, _ length: Int, _ least: Int) -> CaptureError {
        malformed(type, "has a block of \(length) bytes, \(least) are the least", at: window.offset)
    }

    private mutating func interfaceUnknown(_ type: BlockType, _ interface: Int) -> CaptureError {
        let known =
            links.isEmpty ? "none is described" : links.count == 1 ? "only 0 is described" : "only 0 to \(links.count - 1) are described"
        return malformed(type, "belongs to interface \(interface), of which \(known)", at: window.offset)
    }

    private mutating func packetOverruns(_ type: BlockType, _ captured: Int, _ length: Int) -> CaptureError {
        malformed(type, "announces \(captured) bytes in a block of \(length)", at: window.offset)
    }
}
