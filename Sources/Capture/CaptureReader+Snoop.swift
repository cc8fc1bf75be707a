import Bytes

/// The format of Solaris' snoop (RFC 1761), all numbers big-endian.
///
///     file header, 16 bytes          record header, 24 bytes
///     0  "snoop", three zeros        0  original length      12 packets dropped since the first
///     8  version, 2                  4  captured length      16 seconds, unsigned
///     12 datalink type               8  record length        20 microseconds
///
/// The record length counts the header, the packet and the padding after it.
extension CaptureReader {
    private static var snoopHeaderLength: Int { 16 }

    /// Reads the file header if the input begins with snoop's name; false when it does not.
    mutating func beginSnoop() throws(CaptureError) -> Bool {
        guard window.unread.matches("snoo") else { return false }
        // Text may begin so as well.
        let isLongEnough = window.fill(Self.snoopHeaderLength)
        guard window.unread.matches("snoop\0\0\0") else { return false }
        guard isLongEnough else {
            throw breaksOff(inside: "the file header", at: 0, "\(Self.snoopHeaderLength) bytes expected", present: window.count)
        }
        let (version, datalink) = (window.unread.uint32BE(at: 8), window.unread.uint32BE(at: 12))
        guard version == 2 else { throw fail(.unsupported, "is a snoop file of version \(version); only version 2 is specified", at: 8) }
        guard let linkType = Self.linkType(ofSnoop: datalink) else {
            throw fail(.unsupported, "is a snoop file of datalink type \(datalink); only Ethernet is read", at: 12)
        }
        window.take(Self.snoopHeaderLength)
        state = .snoop
        byteOrder = .big
        recordHeaderLength = 24
        facts.format = .snoop
        add(CaptureInterface(linkType: linkType, snapLength: 0, resolution: .microseconds))
        return true
    }

    /// IEEE 802.3 and Ethernet, which have the same header.
    private static func linkType(ofSnoop datalink: UInt32) -> LinkType? { datalink == 0 || datalink == 4 ? .ethernet : nil }

    mutating func nextSnoopRecord() throws(CaptureError) -> PacketHeader? {
        guard window.fill(recordHeaderLength) else { return try endOfRecords() }
        let record = SnoopRecord(window.unread)
        guard record.captured <= limits.packetLength else { throw recordTooLong(record.captured) }
        let end = recordHeaderLength + Int(record.captured)
        guard Int(record.length) >= end, record.length <= limits.packetLength else {
            throw fail(
                .malformed,
                "packet \(nextNumber) at \(location(window.offset)) announces \(record.captured) bytes in a record of \(record.length): the "
                    + "file is damaged there or before", at: window.offset, packet: nextNumber)
        }
        // Where only padding is missing, the packet is whole.
        guard window.fill(Int(record.length)) || window.count >= end else { throw recordCut(record.captured) }
        var header = PacketHeader()
        let before = links[0].statistics
        take(record, into: &header)
        if record.dropped != before?.droppedBySystem ?? 0 {
            links[0].statistics = before
            var statistics = InterfaceStatistics(interface: 0, time: header.time)
            statistics.droppedBySystem = UInt64(record.dropped)
            note(statistics, of: 0)
        }
        return header
    }

    mutating func nextBufferedSnoopRecord(into header: inout PacketHeader) -> Bool {
        guard window.count >= recordHeaderLength else { return false }
        let record = SnoopRecord(window.unread)
        guard record.length <= window.count, Int(record.length) >= recordHeaderLength + Int(record.captured),
            record.length <= limits.packetLength, record.dropped == links[0].statistics?.droppedBySystem ?? 0
        else { return false }
        take(record, into: &header)
        return true
    }

    /// Passes a record whose packet is at hand whole.
    private mutating func take(_ record: SnoopRecord, into header: inout PacketHeader) {
        let end = recordHeaderLength + Int(record.captured)
        window.take(min(Int(record.length), window.count), lending: recordHeaderLength..<end)
        header.number = nextNumber
        nextNumber &+= 1
        header.fractionDigits = 6
        header.linkType = links[0].linkType
        // At most 2^32 · 10^9 + 2^32 · 10^3, which is below 2^63.
        header.time = Timestamp(nanoseconds: Int64(record.seconds) &* 1_000_000_000 &+ Int64(record.microseconds) &* 1_000)
        header.originalLength = Int(record.original)
        header.interface = 0
        // What is lost next was lost after this packet.
        var statistics = InterfaceStatistics(interface: 0, time: header.time)
        statistics.droppedBySystem = links[0].statistics?.droppedBySystem ?? 0
        links[0].statistics = statistics
    }

    /// Where the packet of the record at `start` stands among the unread bytes, and where the record ends; nil when it is not there whole.
    mutating func bufferedSnoopRecord(at start: Int) -> (bytes: Range<Int>, end: Int)? {
        guard window.count - start >= recordHeaderLength else { return nil }
        let header = start + recordHeaderLength
        let record = SnoopRecord(window.unread.extracting(start..<header))
        let (captured, length) = (Int(record.captured), Int(record.length))
        guard length <= window.count - start, length - recordHeaderLength >= captured else { return nil }
        return (header..<header + captured, start + length)
    }

    var isSnoopRecordBuffered: Bool {
        if window.isAtEnd { return true }
        guard window.count >= recordHeaderLength else { return false }
        let record = SnoopRecord(window.unread)
        // What is wrong is said at once.
        return record.length > limits.packetLength || Int(record.length) < recordHeaderLength + Int(record.captured)
            || window.count >= Int(record.length)
    }
}

private struct SnoopRecord {
    let original: UInt32
    let captured: UInt32
    let length: UInt32
    let dropped: UInt32
    let seconds: UInt32
    let microseconds: UInt32

    /// `bytes`: 24 at least.
    init(_ bytes: Span<UInt8>) {
        original = bytes.uint32BE(at: 0)
        captured = bytes.uint32BE(at: 4)
        length = bytes.uint32BE(at: 8)
        dropped = bytes.uint32BE(at: 12)
        seconds = bytes.uint32BE(at: 16)
        microseconds = bytes.uint32BE(at: 20)
    }
}
