import Bytes
import Packets

extension FuzzTarget {
    /// Packets of any link type: what is decoded lies within what was captured, and fragments stay within their limits.
    static let packet = FuzzTarget("packet") { input throws(Broken) in
        var script = InputScript(input)
        var limits = PacketDecoder.Limits()
        limits.datagramCount = 4
        limits.byteCount = 8_000
        var decoder = PacketDecoder(limits: limits)
        var number: UInt64 = 0
        while !script.isAtEnd, number < 64 {
            number += 1
            let link = LinkType(rawValue: UInt32(script.number16() & 0x1FF))
            let missing = Int(script.byte() & 0x7F)
            let bytes = script.take(script.number16() & 0x7FF)
            let header = PacketHeader(
                number: number, time: Timestamp(nanoseconds: Int64(number) * 1_000_000), fractionDigits: 6, linkType: link,
                originalLength: bytes.count + missing)
            var frameCount = 0
            var next: Decoded? = decoder.decode(header, bytes.span)
            while let decoded = next {
                frameCount += 1
                switch decoded {
                case .segment(let segment):
                    try check(segment, within: bytes.count)
                    _ = TCPOptions(of: segment, in: bytes.span)
                case .reassembled(let segment):
                    try check(segment, within: decoder.reassembledBytes.count)
                    _ = TCPOptions(of: segment, in: decoder.reassembledBytes)
                case .datagram(let datagram):
                    try demand(
                        datagram.capturedOffset >= 8 && datagram.capturedCount >= 0 && datagram.capturedRange.upperBound <= bytes.count
                            && datagram.payloadLength >= datagram.capturedCount, "a datagram that is not in its packet: \(datagram)")
                case .other(let undecoded):
                    if case .truncated(let needed, let available) = undecoded.reason {
                        try demand(available >= 0 && needed > available, "truncated, although \(needed) bytes of \(available) are there")
                    }
                }
                next = decoder.decodeNext(header, bytes.span)
            }
            try demand(frameCount <= bytes.count + 1, "a packet of \(bytes.count) bytes has \(frameCount) frames")
            let counts = decoder.fragments
            try demand(counts.held <= 4 && counts.heldBytes <= 8_000, "\(counts.heldBytes) bytes of \(counts.held) datagrams wait")
        }
    }

    private static func check(_ segment: Segment, within count: Int) throws(Broken) {
        try demand(
            segment.capturedOffset >= 0 && segment.capturedCount >= 0 && segment.capturedOffset <= count
                && segment.capturedCount <= count - segment.capturedOffset && segment.payloadLength >= segment.capturedCount
                && (20...60).contains(segment.headerLength) && segment.headerOffset >= 0 && segment.headerOffset + 20 <= count,
            "a segment lies outside of its \(count) bytes: \(segment)")
    }
}
