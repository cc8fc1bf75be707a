import Bytes
import Packets
import TestSupport
import Testing

/// What must hold of any answer to any bytes.
func isSound(_ decoded: Decoded, captured: Int, reassembled: Int) -> Bool {
    func isSound(_ segment: Segment, within count: Int) -> Bool {
        segment.capturedOffset >= 0 && segment.capturedCount >= 0 && segment.capturedOffset <= count
            && segment.capturedCount <= count - segment.capturedOffset && segment.payloadLength >= segment.capturedCount
            && (20...60).contains(segment.headerLength) && segment.headerOffset >= 0 && segment.headerOffset + 20 <= count
    }
    switch decoded {
    case .segment(let segment): return isSound(segment, within: captured)
    case .reassembled(let segment): return isSound(segment, within: reassembled)
    case .datagram(let datagram):
        return datagram.headerOffset >= 0 && datagram.capturedOffset == datagram.headerOffset + 8 && datagram.capturedCount >= 0
            && datagram.capturedRange.upperBound <= captured && datagram.payloadLength >= datagram.capturedCount
    case .other(let undecoded):
        guard case .truncated(let needed, let available) = undecoded.reason else { return true }
        return available >= 0 && needed > available
    }
}

@Suite struct HostileInputTests {
    /// One of everything that has a branch of its own.
    private static let packets: [(bytes: [UInt8], link: LinkType)] = {
        var all = LinkCase.all.map { ($0.packet, LinkType(rawValue: $0.linkType)) }
        let (v4, v6) = (PacketBuilder.client.address, PacketBuilder.clientV6.address)
        let extensions = hex("2b 00 0104 00000000 3c 00 0000 00000000 33 00 0104 00000000 2c 01 0000 00000000 00000000 06 00 0000 00000001")
        let jumbo = hex("06 00 c204 00000016")
        all.append((PacketBuilder.ip(from: v6, to: v6, carrying: 0, extensions + tcpHi), .raw))
        all.append((PacketBuilder.ip(from: v6, to: v6, carrying: 0, jumbo + tcpHi), .raw))
        all.append((PacketBuilder.ip(from: v6, to: v6, carrying: 4, ipv4Hi), .raw))
        all.append((PacketBuilder.ip(from: v4, to: v4, carrying: 41, ipv6Hi), .raw))
        for packet in [ipv4Hi, ipv6Hi] { all += PacketBuilder.fragments(of: packet, every: 8).map { ($0, .raw) } }
        all.append((PacketBuilder.tcp(flags: .syn, options: hex("020405b4 0402 080a 00000102 00000003 01 030307")), .ethernet))
        return all
    }()

    @Test("every prefix of every packet, with any original length, has a sound answer")
    func prefixes() {
        for (bytes, link) in Self.packets {
            for count in 0...bytes.count {
                let prefix = Array(bytes[..<count])
                for originalLength in [bytes.count, count, 0, 1 << 32] {
                    var decoder = PacketDecoder()
                    let header = PacketBuilder.header(of: prefix, link: link, originalLength: originalLength)
                    let decoded = decoder.decode(header, prefix.span)
                    let reassembled = decoder.reassembledBytes.count
                    let sound = isSound(decoded, captured: count, reassembled: reassembled)
                    #expect(sound, "\(link) \(count) of \(originalLength): \(decoded)")
                }
            }
        }
    }

    @Test("the short way through plain Ethernet says what the walk says", arguments: SeededRandom.oneSeed)
    func shortWay(seed: UInt64) {
        var random = SeededRandom(seed)
        let packet = PacketBuilder.tcp(options: hex("020405b4"), payload: [1, 2, 3])
        for _ in 0..<20_000 {
            var bytes = packet
            // Behind the Ethernet header only, so that without it the bytes mean the same as IPv4 alone.
            if Bool.random(using: &random) { bytes[.random(in: 14..<bytes.count, using: &random)] = .random(in: 0...255, using: &random) }
            bytes.removeLast(Int.random(in: 0...bytes.count - 14, using: &random) * Int.random(in: 0...1, using: &random))
            let short = decode(bytes, originalLength: packet.count)
            var walked = decode(Array(bytes[14...]), as: .ipv4, originalLength: packet.count - 14)
            switch walked {
            case .segment(var segment):
                segment.headerOffset += 14
                segment.capturedOffset += 14
                walked = .segment(segment)
            case .datagram(var datagram):
                datagram.headerOffset += 14
                datagram.capturedOffset += 14
                walked = .datagram(datagram)
            case .reassembled, .other: break
            }
            #expect(short == walked)
        }
    }

    @Test("mutated packets have sound answers, and what is held stays within its bounds", arguments: SeededRandom.oneSeed)
    func mutations(seed: UInt64) {
        var random = SeededRandom(seed)
        var limits = PacketDecoder.Limits()
        limits.datagramCount = 8
        limits.byteCount = 100_000
        var decoder = PacketDecoder(limits: limits)
        for number in 1...20_000 as ClosedRange<UInt64> {
            var (bytes, link) = Self.packets.randomElement(using: &random)!
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let index = Int.random(in: bytes.indices, using: &random)
                bytes[index] =
                    Bool.random(using: &random)
                    ? .random(in: 0...255, using: &random) : [0, 0xff, 0x7f, 0x80, 1].randomElement(using: &random)!
            }
            if Int.random(in: 0..<4, using: &random) == 0 { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
            let originalLength = Int.random(in: 0...bytes.count * 2, using: &random)
            let header = PacketBuilder.header(
                number, of: bytes, link: link, originalLength: originalLength, nanoseconds: Int64(number) * 1_000_000)
            let decoded = decoder.decode(header, bytes.span)
            let reassembled = decoder.reassembledBytes.count
            guard isSound(decoded, captured: bytes.count, reassembled: reassembled) else {
                Issue.record("seed \(seed), packet \(number): \(decoded)")
                return
            }
            switch decoded {
            case .segment(let segment): _ = TCPOptions(of: segment, in: bytes.span)
            case .reassembled(let segment): _ = TCPOptions(of: segment, in: decoder.reassembledBytes)
            case .datagram, .other: break
            }
        }
        let counts = decoder.fragments
        #expect(counts.held <= 8)
        #expect(counts.heldBytes <= 100_000)
        #expect(counts.completed > 0)
    }
}
