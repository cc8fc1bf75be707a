import Bytes
import Packets
import TestSupport

/// Bytes as a specification prints them, white space free.
func hex(_ text: String) -> [UInt8] {
    let digits = text.filter { !$0.isWhitespace }.map { UInt8($0.hexDigitValue!) }
    precondition(digits.count % 2 == 0)
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// One packet through a decoder that has seen nothing.
func decode(_ bytes: [UInt8], as link: LinkType = .ethernet, originalLength: Int? = nil) -> Decoded {
    var decoder = PacketDecoder()
    return decoder.decode(PacketBuilder.header(of: bytes, link: link, originalLength: originalLength), bytes.span)
}

extension Decoded {
    /// Without the tunnel that a segment came through.
    var plain: Decoded {
        guard case .segment(var segment) = self else { return self }
        segment.scope = .none
        segment.isEncapsulated = false
        return .segment(segment)
    }

    var undecoded: Undecoded? {
        switch self {
        case .datagram(let datagram): datagram.undecoded
        case .other(let undecoded): undecoded
        case .segment, .reassembled: nil
        }
    }
}

/// A TCP segment of 22 bytes as a literal: ports 1234 and 80, sequence 1, acknowledgment 2, PSH and ACK, window 4096, payload "hi".
let tcpHi = hex("04d2 0050 00000001 00000002 5018 1000 0000 0000 6869")
/// It in IPv4, 42 bytes, from 10.0.0.1 to 10.0.0.2.
let ipv4Hi = hex("4500 002a 0001 4000 4006 0000 0a000001 0a000002") + tcpHi
/// It in IPv6, 62 bytes, from ::1 to ::2.
let ipv6Hi = hex("60000000 0016 06 40 00000000000000000000000000000001 00000000000000000000000000000002") + tcpHi

/// What each of the three says, at the offset that it stands at, behind so many bytes of IP's headers.
func segmentHi(at offset: Int, isV4: Bool = true, behind headerLength: Int? = nil) -> Segment {
    let source = isV4 ? IPAddress(10, 0, 0, 1) : IPAddress(v6: 0, 1)
    let destination = isV4 ? IPAddress(10, 0, 0, 2) : IPAddress(v6: 0, 2)
    return Segment(
        source: Endpoint(address: source, port: 1234), destination: Endpoint(address: destination, port: 80), sequence: 1,
        acknowledgment: 2, flags: [.psh, .ack], window: 4096, headerOffset: offset, internetHeaderLength: headerLength ?? (isV4 ? 20 : 40),
        headerLength: 20, payloadLength: 2, capturedOffset: offset + 20, capturedCount: 2)
}
