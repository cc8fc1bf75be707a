import Bytes
import Channels
import Packets
import Recordings
import Rules

/// The whole stack: packets in, events out (`Docs/Architecture.md`, "One byte, from the wire to the line").
///
/// Does no I/O and reads no clock; time is the packets' time.
@safe
public struct Inspector: ~Copyable {
    public struct Options: Sendable {
        public var limits = Limits()
        /// Payload bytes of a frame or message that the sink wants to see; never more than `Limits.messageByteCount`.
        public var keptByteCount = Int.max
        /// The sink wants the wire bytes of compressed frames.
        public var keepsWireBytes = true
        /// Frames of which nothing is to be said but that they came are only counted, where the sink is to hear of others only.
        public var omitsOrdinaryFrames = false
        /// `lastFlow` is wanted.
        public var tracksFlows = false
        /// Rules whose findings are neither reported nor counted.
        public var ignoredRules: Set<Rule> = []
        /// Counts packets and acknowledgement times of each connection, and reports HTTP exchanges.
        public var measuresTraffic = false
        /// Reports each segment of TCP connections that carry something, for whoever explains waits (`EventSink.transport`).
        public var reportsTransport = false
        /// Reports what is said where Engine.IO polls, for whoever decodes it (`Event.polled`).
        public var reportsPolling = false
        /// Reports the offsets of packets, heads and frames in TCP's streams, for whoever writes packets.
        public var locates = false
        /// Asked once for each connection of this machine, when it is recognised.
        public var owners: SocketOwnerLookup?
        /// Protocols that may carry HTTP, besides TCP.
        public var layers: [any LayerFactory] = []
        /// What is read of UDP; nil for nothing.
        public var datagrams: (any DatagramFactory)?

        public init() {}
    }

    /// Everything that an inspector owns. It stays where it is: it is large, and moving an inspector must not move it.
    fileprivate struct Core: ~Copyable {
        var decoder = PacketDecoder()
        var engine: Engine
    }

    // Invariant: initialized from `init` to `deinit`, and reached through this one owner only.
    private let core: UnsafeMutablePointer<Core>

    public init(_ options: Options = Options()) {
        unsafe core = .allocate(capacity: 1)
        unsafe core.initialize(to: Core(engine: Engine(options)))
    }

    deinit {
        unsafe core.deinitialize(count: 1)
        unsafe core.deallocate()
    }

    /// Takes the next packet, in the order of the capture, and passes what it shows to a sink.
    @inlinable
    public mutating func inspect(_ header: PacketHeader, _ bytes: Span<UInt8>, into sink: inout some EventSink & ~Copyable) {
        if inspect(header, bytes) > 0 { play(into: &sink) }
    }

    /// Takes the next packet; the memory that the events on the tape take.
    ///
    /// Unless the tape owns its bytes, those of the packet must stay where they are until it is played.
    @discardableResult
    public mutating func inspect(_ header: PacketHeader, _ bytes: Span<UInt8>) -> Int {
        unsafe core.pointee.inspect(header, bytes)
    }

    /// Passes what is on the tape to a sink, and clears it.
    @inlinable
    public mutating func play(into sink: inout some EventSink & ~Copyable) {
        recording.play(into: &sink)
        clearTape()
    }

    /// What is on the tape, until it is cleared or more is inspected.
    @usableFromInline var recording: Tape.Recording { unsafe core.pointee.engine.tape.recording }
    @usableFromInline mutating func clearTape() { unsafe core.pointee.engine.tape.clear() }

    /// It pays to fetch rows: there are more connections than the processor's caches hold.
    public var looksAhead: Bool { unsafe core.pointee.engine.looksAhead }

    /// Asks for what packets will need that come next. Changes nothing but the time taken.
    /// - Parameters:
    ///   - packets: where their captured bytes stand in `bytes`; 24 of them at most are looked at.
    ///   - header: one that is like theirs.
    public mutating func fetchRows(for packets: Span<Range<Int>>, of bytes: Span<UInt8>, like header: PacketHeader) {
        unsafe core.pointee.engine.fetchRows(for: packets, of: bytes, like: header)
    }

    /// Notes that the capture lost packets between two times; 0 says that it counts losses and there was none.
    ///
    /// Must be called before the packets after the loss: bytes that turn out to be missing there are reported as dropped by the
    /// capture.
    public mutating func noteLoss(of count: UInt64, from: Timestamp, to: Timestamp) {
        unsafe core.pointee.engine.noteLoss(of: count, from: from, to: to)
    }

    /// Notes whether `look` will be called where `wantsLook`.
    public mutating func expectLooks(_ canLook: Bool) { unsafe core.pointee.engine.missing.canLook = canLook }

    /// True if something is missing that may stand in one of the next packets: it is looked for before a gap is given up, and where the
    /// first packets of a connection do not fit each other.
    public var wantsLook: Bool { unsafe core.pointee.engine.missing.isSearching }

    /// Looks whether a packet that comes soon brings bytes that are missing, `header` being like its own; false when enough were seen.
    public mutating func look(at packet: Span<UInt8>, like header: PacketHeader) -> Bool {
        unsafe core.pointee.engine.lookForMissing(in: PacketDecoder.segment(in: packet, like: header))
    }

    /// Decides about what is missing after a look at packets that come soon; what that shows is on the tape.
    /// - Parameter mayFollow: packets come after those that could not be looked at yet.
    public mutating func endLook(mayFollow: Bool) { unsafe core.pointee.engine.endLook(mayFollow: mayFollow) }

    /// True while connections seem to have ended whose end is still to be reported, once packets or the time show that it was that.
    public var hasWaitingEnds: Bool { unsafe !core.pointee.engine.waitingEnds.isEmpty }

    /// Reports ends that waited until a time, no packet having come since; that is on the tape.
    public mutating func endOverdue(at time: Timestamp) { unsafe core.pointee.engine.endOverdue(at: time) }

    /// Lets connections go on that waited for secrets, since new ones have come; what that shows is on the tape.
    public mutating func resumeWaiting() { unsafe core.pointee.engine.resumeWaiting() }

    /// Notes that what is inspected stops before the end of the capture, after as many frames as were asked for.
    public mutating func noteStop() { unsafe core.pointee.engine.isStopped = true }

    /// Ends the capture: gaps are closed, open connections end. What is inspected after that is another capture.
    @inlinable
    public mutating func finish(into sink: inout some EventSink & ~Copyable) {
        while finishSome() { play(into: &sink) }
        play(into: &sink)
    }

    /// A part of the same: what it shows is on the tape. True as long as there is more.
    public mutating func finishSome() -> Bool { unsafe core.pointee.engine.finishSome() }

    /// Exchanges the tape for another one, which is empty.
    public mutating func exchangeTape(_ other: inout Tape) { unsafe swap(&core.pointee.engine.tape, &other) }

    /// Memory that the events on the tape take.
    public var tapeByteCount: Int { unsafe core.pointee.engine.tape.byteCount }

    /// The TCP connection of the last packet, and what is known of it by now.
    ///
    /// Known only where `Options.tracksFlows` is set.
    public var lastFlow: FlowStanding { unsafe core.pointee.engine.standing }

    /// Where the last packet belongs, if `Options.locates` is set and its TCP connection is followed. An event says so later of one that
    /// stands out of order at the beginning of its connection.
    public var place: PacketPlace? { unsafe core.pointee.engine.tracking.place }

    /// Bytes that wait in all connections, as `Limits.totalByteCount` counts them.
    var waitingByteCount: Int { unsafe core.pointee.engine.memory.waitingByteCount }

    /// Notes that what follows comes from a recording.
    public mutating func beginRecording() { unsafe core.pointee.engine.counts.rare.recordings += 1 }

    /// Takes an event of a recording, in place of packets; what it shows is on the tape, which keeps a copy of the content.
    public mutating func take(_ event: RecordedEvent, _ content: Span<UInt8>) { unsafe core.pointee.engine.take(event, content) }

    /// What has been counted so far.
    public var summary: Summary { unsafe core.pointee.engine.counts.summary }
}

extension Inspector.Core {
    @inline(__always)
    mutating func inspect(_ header: PacketHeader, _ bytes: Span<UInt8>) -> Int {
        engine.counts.packets += 1
        engine.now = header.time
        if engine.isAlert { engine.turn() }
        // Apart from all others, so that the segment stays in registers.
        if !PacketDecoder.isPlain(header, bytes) || !engine.takeOrdinary(PlainSegment(in: bytes), in: bytes, header) {
            walk(header, bytes)
        }
        return engine.tape.byteCount
    }

    @inline(never)
    private mutating func walk(_ header: PacketHeader, _ bytes: Span<UInt8>) {
        if engine.datagrams.areRead, let datagram = PlainDatagram(in: bytes, like: header) {
            if engine.take(datagram, in: bytes, header) { return }
            return engine.countUndecoded(PlainDatagram.undecoded, .of(header, bytes, PlainDatagram.undecoded))
        }
        take(decoder.decode(header, bytes), header, bytes)
        // Several frames may be in one.
        while let next = decoder.decodeNext(header, bytes) { take(next, header, bytes) }
    }

    @inline(__always)
    private mutating func take(_ decoded: Decoded, _ header: PacketHeader, _ bytes: Span<UInt8>) {
        if let segment = decoded.segment, segment.isEncapsulated { engine.notePath(of: segment, decoder, header, bytes) }
        switch decoded {
        case .segment(let segment):
            engine.take(segment, bytes.extracting(segment.capturedRange), header)
            if engine.settings.reportsTransport, segment.flags.contains(.syn) {
                engine.noteOptions(TCPOptions(of: segment, in: bytes), of: segment)
            }
        case .reassembled(let segment): Self.take(segment, of: decoder, header, &engine)
        case .datagram(let datagram):
            let isTaken = engine.take(datagram, bytes.extracting(datagram.capturedRange), header) { [header] in decoder.path(header, bytes)
            }
            if !isTaken { engine.countUndecoded(datagram.undecoded, .of(header, bytes, datagram.undecoded)) }
        case .other(let reason): engine.countUndecoded(reason, .of(header, bytes, reason))
        }
        if !engine.path.isEmpty { engine.path = [] }
    }

    /// Takes a segment of a datagram that was put together from fragments.
    private static func take(_ segment: Segment, of decoder: borrowing PacketDecoder, _ header: PacketHeader, _ engine: inout Engine) {
        engine.rooms.canLend = false
        engine.take(segment, decoder.reassembledBytes.extracting(segment.capturedRange), header)
        engine.rooms.canLend = true
        engine.noteFragments(decoder.reassembledPackets, of: segment, header)
    }
}
