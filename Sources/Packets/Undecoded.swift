import Bytes

/// Why a packet yielded no TCP segment: the layer that decoding stopped in, and the reason.
public struct Undecoded: Error, Hashable, Sendable {
    public var layer: Layer
    public var reason: Reason

    @inlinable public init(_ layer: Layer, _ reason: Reason) {
        self.layer = layer
        self.reason = reason
    }

    public enum Layer: String, Hashable, Sendable {
        case link, vlan, llc, mpls, pppoe, ppp, wireless, tunnel, ipv4, ipv6, extensionHeader, fragment, tcp
    }

    public enum Reason: Hashable, Sendable {
        /// The capture's link type is not one that is decoded.
        case unsupportedLinkType(LinkType)
        /// Something other than IP: an EtherType, PPP protocol, LLC address pair or address family, as `layer` says.
        case notIP(UInt32)
        /// IP, but with another protocol in it (IANA protocol number).
        case notTCP(UInt8)
        /// The captured bytes end inside a header: bytes that it needs from its start, and those there are.
        case truncated(needed: Int, available: Int)
        case malformed(Malformation)
        /// What the header says is known, and not read.
        case unsupported(Unsupported)
        /// More nested headers than the limit allows.
        case tooManyHeaders
        /// A fragment whose datagram is not whole yet: the usual fate of all fragments but the last.
        case fragmentHeld
        /// A fragment that was not kept.
        case fragmentRefused(FragmentRefusal)
    }

    /// How a header contradicts its own specification, with the value found.
    public enum Malformation: Hashable, Sendable {
        /// The version nibble is not that of the layer.
        case version(UInt8)
        /// A header length below the layer's smallest, or beyond the end of what holds it, in bytes.
        case headerLength(Int)
        /// A length of the whole that cannot hold the header, in bytes.
        case totalLength(Int)
        /// The length of a fragment that is not the last, and no multiple of eight.
        case fragmentLength(Int)
    }

    /// What headers announce that is not read.
    public enum Unsupported: Hashable, Sendable {
        /// IEEE 802.11 frames that manage the network or carry nothing.
        case wirelessManagement
        /// Data frames of IEEE 802.11 that are encrypted.
        case wirelessEncrypted
        /// Pieces of an IEEE 802.11 frame.
        case wirelessFragment
        /// What the ends of a tunnel say to each other.
        case tunnelControl
        /// A tunnel's contents are encrypted.
        case tunnelEncrypted
        /// Pieces of what a tunnel carries.
        case tunnelFragment
        /// L2TPv3 with a cookie or sublayer of unknown length.
        case l2tpv3
    }

    public enum FragmentRefusal: Hashable, Sendable {
        /// It reaches beyond the 65,535 bytes that a datagram can have.
        case tooLong
        /// It contradicts another fragment about where the datagram ends.
        case endContradicted
        /// A limit on what is held leaves no room for it.
        case noRoom
        /// It is a fragment of a packet inside a reassembled datagram.
        case nested
    }
}
