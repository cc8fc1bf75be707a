import Bytes
import System

/// The packets of a capture file, pcap, pcapng or snoop, one after another.
///
/// Reading is sequential, so a pipe will do, and nothing is allocated per packet. A packet is returned as soon as the
/// input has delivered it whole. When the input breaks off or contradicts itself, everything before is returned first and
/// then the error is thrown, again on every later call.
public struct CaptureReader: ~Copyable {
    /// What messages call the input.
    public let name: String
    public internal(set) var facts = CaptureFacts()
    let limits: CaptureLimits

    enum State {
        case pcap
        case pcapng
        case snoop
        case ended
    }

    var state = State.pcap
    var window: InputWindow
    var failure: CaptureError?
    let firstNumber: UInt64
    var nextNumber: UInt64
    /// The current packet's time, for those that have none.
    var lastTime = Timestamp(nanoseconds: 0)
    var byteOrder = ByteOrder.little
    /// Bytes in front of a pcap packet's own.
    var recordHeaderLength = 16
    var lengthOrder = LengthOrder.capturedFirst
    /// What packets need to know of their interface: of pcap and snoop the one, of pcapng those of the current section.
    var links: [Link] = []
    /// What the input told and `takeCount` did not hand out yet.
    @usableFromInline var counts: [InterfaceCount] = []
    /// The current section is of a version that cannot be read, so all its blocks are passed over.
    var isSectionUnknown = false
    /// Interfaces in the sections before the current one.
    var firstInterface = 0

    struct Link {
        var linkType: LinkType
        var snapLength: UInt32
        var fractionDigits: UInt8
        var clock: InterfaceClock
        /// The last that the section told.
        var statistics: InterfaceStatistics?
    }

    /// Reads as far as the first header ends, and throws when the input is not a capture file.
    ///
    /// - Parameter firstPacketNumber: where `PacketHeader.number` begins, so that packets can be counted over several files.
    public init(
        _ source: consuming ByteSource, name: String, firstPacketNumber: UInt64 = 1, limits: CaptureLimits = CaptureLimits()
    ) throws(CaptureError) {
        self.name = name
        self.limits = limits
        firstNumber = firstPacketNumber
        nextNumber = firstPacketNumber
        window = InputWindow(source)
        try begin()
    }

    /// The next packet's header, or nil at the end of an input that is complete.
    public mutating func next() throws(CaptureError) -> PacketHeader? {
        window.endLending()
        switch state {
        case .pcap: return try nextRecord()
        case .pcapng: return try nextBlocks()
        case .snoop: return try nextSnoopRecord()
        case .ended:
            if let failure { throw failure }
            return nil
        }
    }

    /// Goes to the next packet where `next` would do so without reading and without anything to say of the input; where it takes `next`
    /// to tell, the answer is false and nothing has changed.
    ///
    /// What most packets are, answered in few steps. The header is handed over in place, because copies of it would cost as much.
    public mutating func nextBuffered(into header: inout PacketHeader) -> Bool {
        switch state {
        case .pcap: nextBufferedRecord(into: &header)
        case .pcapng: nextBufferedBlock(into: &header)
        case .snoop: nextBufferedSnoopRecord(into: &header)
        case .ended: false
        }
    }

    /// The captured bytes of the packet that `next` or `nextBuffered` returned last, until one of them is called again.
    public var bytes: Span<UInt8> {
        @_lifetime(borrow self)
        get { window.lent }
    }

    /// What the input has told of packets counted and lost while it was captured, between the packet before and the current one;
    /// nil when nothing more.
    @inlinable
    public mutating func takeCount() -> InterfaceCount? {
        counts.isEmpty ? nil : counts.removeFirst()
    }

    /// The same of losses alone.
    @inline(__always)
    public mutating func takeLoss() -> PacketLoss? {
        while let count = takeCount() { if let loss = count.loss { return loss } }
        return nil
    }

    /// Where `bytes` stands in the input; where that is compressed, in the uncompressed stream.
    public var offset: UInt64 { window.lentOffset }

    /// True when `next` will answer from what is already read; when false it reads, and on a pipe that may wait.
    ///
    /// For live piping: flush the output before a call that may wait. False is also said, rarely, where another packet
    /// could have been made out, so it is a hint that never leaves output behind.
    public var hasBufferedPacket: Bool {
        switch state {
        case .pcap: isRecordBuffered
        case .pcapng: isPacketBlockBuffered
        case .snoop: isSnoopRecordBuffered
        case .ended: true
        }
    }
}

// MARK: - Ends

extension CaptureReader {
    /// "byte 5120", saying of which stream where there are two.
    func location(_ offset: UInt64) -> String {
        window.compression != nil ? "byte \(offset) of the uncompressed stream" : "byte \(offset)"
    }

    /// Ends the reading, keeping the error for later calls.
    mutating func fail(_ kind: CaptureError.Kind, _ text: String, at offset: UInt64? = nil, packet: UInt64? = nil) -> CaptureError {
        let error = CaptureError(kind, "\(name): \(text)", offset: offset, packet: packet)
        failure = error
        state = .ended
        return error
    }

    /// The error for an input that ends where more must come.
    ///
    /// - Parameters:
    ///   - subject: what it ends inside, such as "packet 17", beginning at `offset`.
    ///   - announced: what should be there, such as "74 bytes announced".
    ///   - present: how many bytes of that are there.
    mutating func breaksOff(
        inside subject: String, at offset: UInt64, _ announced: String, present: Int, packet: UInt64? = nil
    ) -> CaptureError {
        endsEarly("inside \(subject) at \(location(offset)): \(announced), \(present) present", at: offset, packet: packet)
    }

    /// Ends the reading where a packet may, unless the source says that its end is not reached.
    mutating func endBetweenPackets() throws(CaptureError) {
        state = .ended
        if window.failure == nil { return }
        let here = nextNumber == firstNumber ? "before the first packet" : "after packet \(nextNumber - 1)"
        throw endsEarly("\(here) at \(location(window.offset))", at: window.offset)
    }

    /// - Parameter circumstances: where it ended; nil for saying only why.
    mutating func endsEarly(_ circumstances: String?, at offset: UInt64, packet: UInt64? = nil) -> CaptureError {
        let circumstances = circumstances.map { " \($0)" } ?? ""
        let (kind, text) = window.failure?.description(circumstances) ?? (.brokenOff, "breaks off\(circumstances)")
        return fail(kind, text, at: offset, packet: packet)
    }
}
