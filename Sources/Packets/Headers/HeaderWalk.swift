import Bytes

/// The way through a packet's headers, from the link to TCP: which header comes next, and what those before it said.
///
/// Every header is read in the same way: its reader looks at the bytes from `offset` on, moves `offset` after the header, notes what the
/// header says, and names the next one. `Header` has the table of readers, `Encapsulation` that of the numbers that name them.
struct HeaderWalk {
    /// The addresses of the innermost IP header so far.
    var source = IPAddress(v4: 0)
    var destination = IPAddress(v4: 0)
    /// The IANA number of what stands at `offset`, once an IP header was read: that of TCP at the end, unless this is a fragment.
    var protocolNumber: UInt8 = 0
    var offset = 0
    /// Where what is being read ends on the wire, which may be beyond the captured bytes.
    var end: Int
    /// Set when the IP payload is only a piece of a datagram's.
    var fragment: Fragment?
    /// Where the outermost IP header begins; -1 before there is one.
    var internetOffset = -1
    /// Tells tunnels apart: 0 outside of any, otherwise a digest of what each says about whose packets these are.
    var scope: UInt64 = 0
    var scopeKind = TunnelScope.Kind.plain
    /// The packet has a tag or tunnel that belongs on the path.
    var isEncapsulated = false
    /// What the packet passes through, from the outside in; nil where nobody wants to know.
    var hops: [PathHop]?
    /// IEEE 802.11 frames of a capture have a checksum at the end, padding after the header.
    var wireless = WirelessFlags()
    /// Where the next of several frames in one begins (A-MSDU), and what held before it.
    var rest: Rest?
    /// Headers that may still be read.
    private var left: Int

    struct Fragment {
        var identification: UInt32
        var offset: Int
        var isLast: Bool
    }

    struct Rest {
        var range: Range<Int>
        var internetOffset: Int
        var source: IPAddress
        var destination: IPAddress
        var scope: UInt64
    }

    /// Goes on with what is left after the first of several frames in one.
    mutating func resume(_ rest: Rest) {
        (offset, end) = (rest.range.lowerBound, rest.range.upperBound)
        (source, destination, scope) = (rest.source, rest.destination, rest.scope)
        internetOffset = rest.internetOffset
        fragment = nil
        self.rest = nil
        isEncapsulated = true
    }

    /// A walk over a packet that ended at `end` on the wire, through at most so many headers.
    init(end: Int, limit: Int) {
        self.end = end
        left = limit
    }

    /// A walk over a captured packet.
    init(_ header: PacketHeader, _ bytes: Span<UInt8>, limit: Int) {
        // A stated length below what is there is wrong, and one beyond what a capture file can state is clipped.
        self.init(end: max(min(header.originalLength, Int(UInt32.max)), bytes.count), limit: limit)
    }

    /// Walks from a header to TCP, or to a fragment of what may be TCP.
    mutating func walk(from first: Header, in bytes: Span<UInt8>) throws(Undecoded) {
        var header = first
        while header != .tcp {
            guard left >= 0 else { throw Undecoded(internetOffset < 0 ? .link : .extensionHeader, .tooManyHeaders) }
            left -= 1
            header = try header.read(&self, in: bytes)
            if fragment != nil {
                // Whoever fragments repeats the protocol, so pieces of what leads nowhere need not be held to learn that.
                guard header.mayLeadToTCP else { throw Undecoded(source.isV4 ? .ipv4 : .ipv6, .notTCP(protocolNumber)) }
                if header == .udp { _ = try readUDP(in: bytes) }
                return
            }
        }
    }

    /// Goes on in what a datagram carries that was put together.
    mutating func begin(_ datagram: borrowing PartialDatagram) {
        (offset, end, internetOffset) = (0, datagram.length ?? 0, 0)
        fragment = nil
        protocolNumber = datagram.protocolNumber
    }

    /// Where the outermost IP header of a packet begins, and its version.
    static func findIP(in bytes: Span<UInt8>, _ linkType: LinkType, limit: Int) -> (version: UInt8, offset: Int)? {
        var walk = HeaderWalk(end: bytes.count, limit: limit)
        guard var header = Header(linkType) else { return nil }
        for _ in 0...limit {
            switch header {
            case .ipv4: return (4, walk.offset)
            case .ipv6: return (6, walk.offset)
            default:
                guard let next = try? header.read(&walk, in: bytes) else { return nil }
                header = next
            }
        }
        return nil
    }

    // MARK: For readers

    /// Notes a tag or link that says nothing about whose packets these are.
    mutating func pass(_ kind: PathHop.Kind, _ id: UInt32? = nil) {
        isEncapsulated = true
        guard hops != nil else { return }
        let isInIP = kind.isInIP && internetOffset >= 0
        hops!.append(PathHop(kind: kind, id: id, source: isInIP ? source : nil, destination: isInIP ? destination : nil))
    }

    /// Notes a tunnel: the same addresses in it and outside of it may be other hosts, and also those under another number, unless that says
    /// nothing about it.
    mutating func enter(_ kind: PathHop.Kind, _ id: UInt32? = nil, distinguishing: Bool = true) {
        pass(kind, id)
        let word = UInt64(kind.rawValue) << 32 | UInt64(distinguishing ? id ?? 0 : 0)
        let product = (scope ^ word ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        scope = (product.high ^ product.low) | 1
        scopeKind = !distinguishing || id == nil ? .plain : kind.scopeKind
    }

    /// Bytes up to the end on the wire.
    var room: Int { end - offset }

    /// Moves over a header of so many bytes, all of which must be captured and belong to what is being read.
    @inline(__always)
    mutating func skip(_ count: Int, in bytes: Span<UInt8>, _ layer: Undecoded.Layer) throws(Undecoded) {
        try bytes.require(count, at: offset, layer)
        offset += count
    }
}

extension Span where Element == UInt8 {
    /// Says so where fewer than `needed` bytes were captured from `offset` on.
    @inline(__always)
    func require(_ needed: Int, at offset: Int, _ layer: Undecoded.Layer) throws(Undecoded) {
        if count - offset < needed { throw Undecoded(layer, .truncated(needed: needed, available: count - offset)) }
    }
}
