import Bytes

/// The pcap format (draft-ietf-opsawg-pcap §4 and §5), in either byte order.
///
///     file header, 24 bytes                         record header, 16 bytes
///     0  magic   a1b2c3d4 µs, a1b23c4d ns           0  seconds, unsigned
///     4  major version (2)    6  minor version      4  microseconds or nanoseconds
///     8  reserved            12  reserved           8  captured length
///     16 snapshot length     20  link type          12 original length
extension CaptureReader {
    enum PcapMagic {
        static let microseconds: UInt32 = 0xA1B2_C3D4
        static let nanoseconds: UInt32 = 0xA1B2_3C4D
        /// Alexey Kuznetzov's variant: records have 8 bytes more (interface index, protocol, packet type, padding).
        static let modified: UInt32 = 0xA1B2_CD34
    }

    /// How a record's two lengths stand: libpcap put them the other way round until format version 2.3, during which it changed.
    enum LengthOrder {
        case capturedFirst
        case originalFirst
        /// Version 2.3: the greater one is the original length.
        case either
    }

    static var fileHeaderLength: Int { 24 }

    /// Reads the file header if the input begins with a pcap magic number; false when it does not.
    mutating func beginPcap() throws(CaptureError) -> Bool {
        let big = window.unread.uint32BE(at: 0)
        let known = [PcapMagic.microseconds, PcapMagic.nanoseconds, PcapMagic.modified]
        guard known.contains(big) || known.contains(big.byteSwapped) else { return false }
        byteOrder = known.contains(big) ? .big : .little
        let magic = byteOrder == .big ? big : big.byteSwapped

        guard window.fill(Self.fileHeaderLength) else {
            throw breaksOff(inside: "the file header", at: 0, "\(Self.fileHeaderLength) bytes expected", present: window.count)
        }
        let (major, minor) = (window.unread.uint16(at: 4, byteOrder), window.unread.uint16(at: 6, byteOrder))
        let snapLength = window.unread.uint32(at: 16, byteOrder)
        // The upper half says how long the frame check sequence is (§4); IP's own lengths make that superfluous here.
        let linkType = LinkType(inFile: window.unread.uint32(at: 20, byteOrder) & 0xFFFF)
        guard major == 2 else {
            throw fail(.unsupported, "is a pcap file of version \(major).\(minor); only version 2 is specified", at: 4)
        }
        window.take(Self.fileHeaderLength)

        state = .pcap
        lengthOrder = minor < 3 ? .originalFirst : minor == 3 ? .either : .capturedFirst
        recordHeaderLength = magic == PcapMagic.modified ? 24 : 16
        facts.format = magic == PcapMagic.modified ? .modifiedPcap : .pcap
        let resolution: TimestampResolution = magic == PcapMagic.nanoseconds ? .nanoseconds : .microseconds
        add(CaptureInterface(linkType: linkType, snapLength: snapLength, resolution: resolution))
        return true
    }

    mutating func nextRecord() throws(CaptureError) -> PacketHeader? {
        let headerLength = recordHeaderLength
        guard window.fill(headerLength) else { return try endOfRecords() }
        let record = RecordHeader(window.unread, byteOrder, lengthOrder)
        guard record.captured <= limits.packetLength else { throw recordTooLong(record.captured) }
        let length = headerLength + Int(record.captured)
        guard window.fill(length) else { throw recordCut(record.captured) }
        var header = PacketHeader()
        take(record, length, into: &header)
        return header
    }

    @inline(__always)
    mutating func nextBufferedRecord(into header: inout PacketHeader) -> Bool {
        let headerLength = recordHeaderLength
        // The first comparison says it all once and for all loads.
        guard window.count >= 16, window.count >= headerLength else { return false }
        let record = RecordHeader(window.unread, byteOrder, lengthOrder)
        let length = headerLength &+ Int(record.captured)
        guard length <= window.count, record.captured <= limits.packetLength else { return false }
        take(record, length, into: &header)
        return true
    }

    /// Passes a record that is at hand whole.
    @inline(__always)
    private mutating func take(_ record: RecordHeader, _ length: Int, into header: inout PacketHeader) {
        window.take(length, lending: recordHeaderLength..<length)
        header.number = nextNumber
        nextNumber &+= 1
        header.fractionDigits = links[0].fractionDigits
        header.linkType = links[0].linkType
        // At most 2^32 · 10^9 + 2^32 · 10^3, which is below 2^63.
        let nanosecondsPerFraction: Int64 = header.fractionDigits == 6 ? 1_000 : 1
        let nanoseconds = Int64(record.seconds) &* 1_000_000_000 &+ Int64(record.fraction) &* nanosecondsPerFraction
        header.time = Timestamp(nanoseconds: nanoseconds)
        header.originalLength = Int(record.original)
        header.interface = 0
    }

    /// Where the packet of the record at `start` stands among the unread bytes, and where the record ends; nil when it is not there whole.
    @inline(__always)
    mutating func bufferedRecord(at start: Int) -> (bytes: Range<Int>, end: Int)? {
        let count = window.count
        guard count &- start >= recordHeaderLength else { return nil }
        let header = start &+ recordHeaderLength
        let captured = Int(RecordHeader(window.unread.extracting(start..<header), byteOrder, lengthOrder).captured)
        return captured <= count &- header ? (header..<header &+ captured, header &+ captured) : nil
    }

    var isRecordBuffered: Bool {
        if window.isAtEnd { return true }
        guard window.count >= recordHeaderLength else { return false }
        let captured = RecordHeader(window.unread, byteOrder, lengthOrder).captured
        return captured > limits.packetLength || window.count - recordHeaderLength >= Int(captured)
    }

    mutating func endOfRecords() throws(CaptureError) -> PacketHeader? {
        if window.count == 0 {
            try endBetweenPackets()
            return nil
        }
        throw breaksOff(
            inside: "the header of packet \(nextNumber)", at: window.offset, "\(recordHeaderLength) bytes expected",
            present: window.count, packet: nextNumber)
    }

    mutating func recordTooLong(_ captured: UInt32) -> CaptureError {
        fail(
            .malformed,
            "packet \(nextNumber) at \(location(window.offset)) announces \(captured) bytes: the file is damaged there or before",
            at: window.offset, packet: nextNumber)
    }

    mutating func recordCut(_ captured: UInt32) -> CaptureError {
        breaksOff(
            inside: "packet \(nextNumber)", at: window.offset + UInt64(recordHeaderLength), "\(captured) bytes announced",
            present: window.count - recordHeaderLength, packet: nextNumber)
    }
}

private struct RecordHeader {
    let seconds: UInt32
    let fraction: UInt32
    let captured: UInt32
    let original: UInt32

    /// `bytes`: 16 at least.
    @inline(__always)
    init(_ bytes: Span<UInt8>, _ order: ByteOrder, _ lengths: CaptureReader.LengthOrder) {
        var words = (bytes.uint32LE(at: 0), bytes.uint32LE(at: 4), bytes.uint32LE(at: 8), bytes.uint32LE(at: 12))
        if order == .big { words = (words.0.byteSwapped, words.1.byteSwapped, words.2.byteSwapped, words.3.byteSwapped) }
        let isSwapped = lengths != .capturedFirst && (lengths == .originalFirst || words.2 > words.3)
        seconds = words.0
        fraction = words.1
        captured = isSwapped ? words.3 : words.2
        original = isSwapped ? words.2 : words.3
    }
}
