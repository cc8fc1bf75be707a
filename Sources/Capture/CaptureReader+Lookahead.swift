import Bytes

extension CaptureReader {
    /// A place among the packets in the buffer that `next` has not come to.
    public struct Lookahead: Sendable {
        /// Where the packet that is looked at next begins in the input, its record or block header included.
        fileprivate var offset: UInt64 = 0

        public init() {}
    }

    /// The captured bytes of the packet at `ahead`, which then stands at the one behind; empty when no more are in the buffer whole.
    ///
    /// For those who fetch early what a packet will need. Nothing is read or passed, and nothing is judged: what looks damaged ends the
    /// looking, and saying so is left to `next`. A place that `next` has passed is moved to where that stands.
    // Changes nothing, but a method that may not change it would copy the reader.
    @_lifetime(&self)
    public mutating func peek(_ ahead: inout Lookahead) -> Span<UInt8> {
        let start = Int(max(ahead.offset, window.offset) &- window.offset)
        let range = bufferedPacket(from: start)
        guard let range else { return window.unread.extracting(first: 0) }
        ahead.offset = window.offset &+ UInt64(range.end)
        return window.unread.extracting(range.bytes)
    }

    /// Where the next packets stand.
    public struct Upcoming: Sendable {
        private var places: [24 of Range<Int>] = .init(repeating: 0..<0)
        private(set) public var count = 0

        public init() {}

        /// Their captured bytes, as ranges of what `peek` gives.
        public var ranges: Span<Range<Int>> {
            @_lifetime(borrow self) get { places.span.extracting(first: count) }
        }

        fileprivate var isFull: Bool { count == places.count }

        fileprivate mutating func append(_ place: Range<Int>) {
            places[count] = place
            count += 1
        }
    }

    /// The unread bytes, and where the next packets stand in them, as far as they are in the buffer whole. See `peek` for one packet.
    @_lifetime(&self)
    public mutating func peek(_ upcoming: inout Upcoming) -> Span<UInt8> {
        // Each with a loop of its own, since this is asked of each packet.
        switch state {
        case .pcap: fill(&upcoming) { $0.bufferedRecord(at: $1) }
        default: fill(&upcoming) { $0.bufferedPacket(from: $1) }
        }
        return window.unread
    }

    @inline(__always)
    private mutating func fill(_ upcoming: inout Upcoming, _ next: (inout CaptureReader, Int) -> (bytes: Range<Int>, end: Int)?) {
        var start = 0
        while !upcoming.isFull, let packet = next(&self, start), !packet.bytes.isEmpty {
            upcoming.append(packet.bytes)
            start = packet.end
        }
    }

    /// True if everything of a file seems to be read, so that no packet follows those in the buffer.
    public var isProbablyAtEnd: Bool { window.isProbablyAtEnd }

    /// Where the first packet at or behind `start` stands among the unread bytes, and where its record or block ends.
    @inline(__always)
    private mutating func bufferedPacket(from start: Int) -> (bytes: Range<Int>, end: Int)? {
        switch state {
        case .pcap: bufferedRecord(at: start)
        case .snoop: bufferedSnoopRecord(at: start)
        case .pcapng: isSectionUnknown ? nil : bufferedBlock(from: start)
        case .ended: nil
        }
    }

    private mutating func bufferedBlock(from start: Int) -> (bytes: Range<Int>, end: Int)? {
        var position = start
        while window.count - position >= Self.emptyBlockLength {
            let type = BlockType(rawValue: window.unread.uint32(at: position, byteOrder))
            let length = Int(window.unread.uint32(at: position + 4, byteOrder))
            // A new section may change the byte order.
            guard type != .sectionHeader, length >= Self.emptyBlockLength, length & 3 == 0, length <= window.count - position else {
                return nil
            }
            if type == .enhancedPacket, length >= 32 {
                let captured = Int(window.unread.uint32(at: position + 20, byteOrder))
                guard captured <= length - 32 else { return nil }
                return (position + 28..<position + 28 + captured, position + length)
            }
            position += length
        }
        return nil
    }
}
