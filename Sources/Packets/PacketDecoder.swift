import Bytes

/// Finds the TCP segment in a captured packet, putting fragmented datagrams together on the way.
///
/// Link headers, tags, IP's headers and tunnels are walked until TCP (`HeaderWalk`); checksums are not judged, because a packet
/// captured where it was sent has none yet. The decoder owns nothing but the fragments it holds.
public struct PacketDecoder: ~Copyable {
    private let limits: Limits
    private var reassembly: Reassembly
    /// What follows in the packet that was decoded last.
    private var rest: HeaderWalk.Rest?
    private var tunnels: [UInt64: TunnelScope] = [:]
    private var lastTunnel: (digest: UInt64, scope: TunnelScope) = (0, .none)

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
        var walk = HeaderWalk(header, bytes, limit: limits.headerCount)
        defer { rest = walk.rest }
        guard let first = Header(header.linkType) else { return .other(Undecoded(.link, .unsupportedLinkType(header.linkType))) }
        return decode(&walk, from: first, header, bytes)
    }

    private mutating func decode(_ walk: inout HeaderWalk, from first: Header, _ header: PacketHeader, _ bytes: Span<UInt8>) -> Decoded {
        do throws(Undecoded) {
            try walk.walk(from: first, in: bytes)
        } catch {
            return undecoded(error, walk, bytes)
        }
        do throws(Undecoded) {
            return try finish(&walk, header, bytes)
        } catch {
            return .other(error)
        }
    }

    /// A datagram, if that is why the walk ended.
    private mutating func undecoded(_ reason: Undecoded, _ walk: borrowing HeaderWalk, _ bytes: Span<UInt8>) -> Decoded {
        guard reason.reason == .notTCP(17), let datagram = Datagram(walk, scope: scope(of: walk), in: bytes) else { return .other(reason) }
        return .datagram(datagram)
    }

    /// Decodes what follows in the same packet, where it has several frames in one (IEEE 802.11's A-MSDU); nil where nothing does.
    public mutating func decodeNext(_ header: PacketHeader, _ bytes: Span<UInt8>) -> Decoded? {
        guard let rest else { return nil }
        var walk = HeaderWalk(header, bytes, limit: limits.headerCount)
        walk.resume(rest)
        self.rest = nil
        defer { self.rest = walk.rest }
        return decode(&walk, from: .subframe, header, bytes)
    }

    /// The segment at the end of a walk, or the one that a fragment made whole.
    private mutating func finish(_ walk: inout HeaderWalk, _ header: PacketHeader, _ bytes: Span<UInt8>) throws(Undecoded) -> Decoded {
        let headerLength = walk.offset - walk.internetOffset
        guard let fragment = walk.fragment else {
            return .segment(try Segment(walk, scope: scope(of: walk), in: bytes, internetHeaderLength: headerLength))
        }
        let index = try reassembly.add(walk, fragment, in: bytes, packet: header.number, time: header.time)
        let next = try reassembly.finish(at: index, &walk)
        // Each fragment repeats the headers; those behind the fragment header were in what it carried.
        let repeated = headerLength * reassembly.wholePackets.count
        try walk.walk(from: next, in: reassembly.whole.span)
        if walk.fragment != nil { throw Undecoded(.fragment, .fragmentRefused(.nested)) }
        return .reassembled(
            try Segment(
                walk, scope: scope(of: walk), in: reassembly.whole.span, internetHeaderLength: walk.offset + repeated))
    }

    @inline(__always)
    private mutating func scope(of walk: borrowing HeaderWalk) -> TunnelScope {
        walk.scope == 0 ? .none : tunnel(walk.scope, walk.scopeKind)
    }

    /// A small number for the digest of a tunnel. Once there are too many tunnels, all others share one.
    private mutating func tunnel(_ digest: UInt64, _ kind: TunnelScope.Kind) -> TunnelScope {
        if lastTunnel.digest == digest { return lastTunnel.scope }
        if let known = tunnels[digest] {
            lastTunnel = (digest, known)
            return known
        }
        guard tunnels.count < TunnelScope.numberLimit else {
            return TunnelScope(number: TunnelScope.numberLimit + 1, kind: .plain)
        }
        let scope = TunnelScope(number: tunnels.count + 1, kind: kind)
        tunnels[digest] = scope
        return scope
    }

    /// What the packet that was just decoded passes through, from the outside in. Of a datagram that was put together, what its last
    /// fragment passed through.
    public func path(_ header: PacketHeader, _ bytes: Span<UInt8>) -> [PathHop] {
        guard let first = Header(header.linkType) else { return [] }
        var walk = HeaderWalk(header, bytes, limit: limits.headerCount)
        walk.hops = []
        do throws(Undecoded) {
            try walk.walk(from: first, in: bytes)
            if walk.fragment != nil {
                walk.fragment = nil
                (walk.offset, walk.end, walk.internetOffset) = (0, reassembly.whole.count, 0)
                try walk.walk(
                    from: Header(protocolNumber: walk.protocolNumber, isV4: walk.source.isV4), in: reassembly.whole.span)
            }
        } catch {
            // What was read until then is what there is to say.
        }
        return walk.hops ?? []
    }

    /// The segment in a packet that is only looked at, without its tunnel; nil if there is none, or a part of one.
    public static func segment(in bytes: Span<UInt8>, like header: PacketHeader, limits: Limits = Limits()) -> Segment? {
        if isPlain(header, bytes) { return Segment(inPlainEthernet: bytes) }
        guard let first = Header(header.linkType) else { return nil }
        var walk = HeaderWalk(end: bytes.count, limit: limits.headerCount)
        do throws(Undecoded) {
            try walk.walk(from: first, in: bytes)
            guard walk.fragment == nil else { return nil }
            return try Segment(walk, scope: .none, in: bytes, internetHeaderLength: walk.offset - walk.internetOffset)
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
        /// Headers walked within one packet.
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
