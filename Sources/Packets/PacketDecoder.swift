import Bytes

/// Finds the TCP segment in a captured packet, putting fragmented datagrams together on the way.
///
/// Link headers, tags and shims are walked until IP, IP's headers until TCP; checksums are not judged, because a packet
/// captured where it was sent has none yet. The decoder owns nothing but the fragments it holds.
public struct PacketDecoder: ~Copyable {
    private let limits: Limits
    private var reassembly: Reassembly

    public init(limits: Limits = Limits()) {
        self.limits = limits
        reassembly = Reassembly(limits: limits)
    }

    /// Decodes one packet: its bytes as captured, beginning with the header of `header.linkType`.
    @inlinable @inline(__always)
    public mutating func decode(_ header: PacketHeader, _ bytes: Span<UInt8>) -> Decoded {
        Self.isPlain(header, bytes) ? .segment(Segment(inPlainEthernet: bytes)) : walk(header, bytes)
    }

    /// True of what most packets are, which `PlainSegment` reads in one step; `decode` finds the same in them.
    @inlinable @inline(__always)
    public static func isPlain(_ header: PacketHeader, _ bytes: Span<UInt8>) -> Bool {
        header.linkType == .ethernet && Segment.isPlainEthernet(bytes)
    }

    /// Decodes any packet, header by header.
    @usableFromInline
    mutating func walk(_ header: PacketHeader, _ bytes: Span<UInt8>) -> Decoded {
        do throws(Undecoded) {
            let ip = try LinkLayer.findIP(in: bytes, linkType: header.linkType, limit: limits.headerCount)
            // A stated length below what is there is wrong, and one beyond what a capture file can state is clipped.
            let end = max(min(header.originalLength, Int(UInt32.max)), bytes.count)
            let payload = try IPPayload(version: ip.version, in: bytes, at: ip.offset, end: end, limit: limits.headerCount)
            let headerLength = payload.offset - ip.offset
            if payload.fragment == nil { return .segment(try Segment(payload, in: bytes, internetHeaderLength: headerLength)) }
            var whole = try reassembly.add(payload, in: bytes, packet: header.number, time: header.time, limit: limits.headerCount)
            // Each fragment repeats the headers; those behind the fragment header were in what it carried.
            whole.internetHeaderLength += headerLength * reassembly.wholePackets.count
            return .reassembled(whole)
        } catch {
            return .other(error)
        }
    }

    /// The segment in a packet that is only looked at; nil if there is none, or a part of one.
    public static func segment(in bytes: Span<UInt8>, like header: PacketHeader, limits: Limits = Limits()) -> Segment? {
        if isPlain(header, bytes) { return Segment(inPlainEthernet: bytes) }
        do throws(Undecoded) {
            let ip = try LinkLayer.findIP(in: bytes, linkType: header.linkType, limit: limits.headerCount)
            let payload = try IPPayload(version: ip.version, in: bytes, at: ip.offset, end: bytes.count, limit: limits.headerCount)
            guard payload.fragment == nil else { return nil }
            return try Segment(payload, in: bytes, internetHeaderLength: payload.offset - ip.offset)
        } catch {
            return nil
        }
    }

    /// The bytes that the last `.reassembled` segment's offsets count in: what IP carried, from the first fragment's first byte.
    ///
    /// They stay until the next datagram is whole.
    public var reassembledBytes: Span<UInt8> {
        @_lifetime(borrow self)
        get { reassembly.whole.span }
    }

    /// The packets whose bytes are in `reassembledBytes`, the completing one included, in order of arrival; at most
    /// `Limits.contributorCount` of them.
    public var reassembledPackets: [UInt64] { reassembly.wholePackets }

    /// What became of fragments so far.
    public var fragments: FragmentCounts { reassembly.counts }
}

extension PacketDecoder {
    /// Bounds on what a packet, or a capture full of fragments, can make the decoder do.
    public struct Limits: Sendable {
        /// Headers walked below IP, and again from IP to TCP, within one packet.
        public var headerCount = 32
        /// Datagrams held while fragments of them are missing; beyond it the oldest is given up.
        public var datagramCount = 256
        /// Bytes held for them altogether; beyond it the oldest are given up.
        public var byteCount = 4 << 20
        /// How long a datagram may wait for its last fragment, by the packets' time.
        ///
        /// RFC 8200 §4.5 and RFC 1122 §3.3.2 say 60 s and more; Linux waits 30 s, and identifications come round soon.
        public var ageNanoseconds: Int64 = 30_000_000_000
        /// Packet numbers remembered per datagram, of which the largest in Ethernet's usual pieces has 45.
        public var contributorCount = 64

        public init() {}
    }
}

/// What became of IP fragments.
public struct FragmentCounts: Hashable, Sendable {
    /// Fragments that belong to what may be TCP, whatever became of them.
    public var total = 0
    /// Fragments that brought nothing new.
    public var duplicate = 0
    /// Fragments that overlap an earlier one with different bytes.
    ///
    /// The earlier bytes stay. RFC 5722 §4 has receivers drop the whole datagram, but what this one did is not known here.
    public var conflicting = 0
    /// Fragments not kept: too long, contradictory, or without room.
    public var refused = 0
    /// Datagrams put together.
    public var completed = 0
    /// Datagrams given up because their last fragment did not come in time.
    public var expired = 0
    /// Datagrams given up for a bound on what is held.
    public var evicted = 0
    /// Datagrams that wait for fragments now, and the bytes held for them.
    public var held = 0
    public var heldBytes = 0

    public init() {}
}
