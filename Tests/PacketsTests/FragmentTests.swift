import Bytes
import Packets
import TestSupport
import Testing

@Suite struct FragmentTests {
    private static let payload = (0..<100).map { UInt8($0) }
    private static let v4 = PacketBuilder.tcp(sequence: 9, payload: payload, link: .raw)
    private static let v6 = PacketBuilder.tcp(
        from: PacketBuilder.clientV6, to: PacketBuilder.serverV6, sequence: 9, payload: payload, link: .raw)

    /// Packets through one decoder, numbered from 1 and a second apart.
    private func run(
        _ packets: [[UInt8]], limits: PacketDecoder.Limits = .init(), seconds: [Int64]? = nil
    ) -> (decoded: [Decoded], payloads: [[UInt8]], counts: FragmentCounts, packets: [UInt64]) {
        var decoder = PacketDecoder(limits: limits)
        var decoded: [Decoded] = []
        var payloads: [[UInt8]] = []
        for (index, packet) in packets.enumerated() {
            let time = (seconds?[index]).map { $0 * 1_000_000_000 }
            let header = PacketBuilder.header(UInt64(index + 1), of: packet, link: .raw, nanoseconds: time)
            let result = decoder.decode(header, packet.span)
            decoded.append(result)
            if case .reassembled(let segment) = result {
                payloads.append(decoder.reassembledBytes.extracting(segment.capturedRange).copied())
            }
        }
        return (decoded, payloads, decoder.fragments, decoder.reassembledPackets)
    }

    private func permutations(_ items: [[UInt8]]) -> [[[UInt8]]] {
        if items.count < 2 { return [items] }
        return items.indices.flatMap { index in
            var rest = items
            let item = rest.remove(at: index)
            return permutations(rest).map { [item] + $0 }
        }
    }

    // MARK: Whole

    @Test("fragments in any order make the datagram", arguments: [v4, v6])
    func orders(packet: [UInt8]) throws {
        let fragments = PacketBuilder.fragments(of: packet, every: 32)
        #expect(fragments.count == 4)
        for order in permutations(fragments) {
            let (decoded, payloads, counts, packets) = run(order)
            for held in decoded.dropLast() { #expect(held.undecoded == Undecoded(.fragment, .fragmentHeld)) }
            let segment = try #require(decoded.last?.segment)
            #expect(segment.sequence == 9)
            #expect(segment.payloadLength == 100)
            #expect(payloads == [Self.payload])
            #expect(packets == [1, 2, 3, 4])
            #expect((counts.total, counts.completed, counts.held, counts.heldBytes) == (4, 1, 0, 0))
        }
    }

    @Test("a fragment that comes twice is counted, and does no harm", arguments: [v4, v6])
    func duplicates(packet: [UInt8]) {
        let fragments = PacketBuilder.fragments(of: packet, every: 48)
        for order in permutations(fragments) {
            let (_, payloads, counts, packets) = run([order[0], order[0], order[1], order[1], order[0], order[2]])
            #expect(payloads == [Self.payload])
            #expect(packets == [1, 3, 6])
            #expect(counts.duplicate == 3)
            #expect(counts.conflicting == 0)
        }
    }

    @Test("a datagram with a hole waits", arguments: [v4, v6])
    func missing(packet: [UInt8]) {
        let fragments = PacketBuilder.fragments(of: packet, every: 32)
        for absent in fragments.indices {
            var some = fragments
            some.remove(at: absent)
            let (decoded, _, counts, _) = run(some)
            #expect(decoded.allSatisfy { $0.undecoded?.reason == .fragmentHeld })
            #expect(counts.held == 1)
            #expect(counts.completed == 0)
        }
    }

    @Test("datagrams between each other are told apart by identification, and by addresses")
    func interleaved() {
        let other = PacketBuilder.tcp(from: PacketBuilder.server, to: PacketBuilder.client, payload: [7, 7, 7], link: .raw)
        let a = PacketBuilder.fragments(of: Self.v4, every: 64, identification: 1)
        let b = PacketBuilder.fragments(of: Self.v4, every: 64, identification: 2)
        let c = PacketBuilder.fragments(of: other, every: 16, identification: 1)
        let (_, payloads, counts, packets) = run([a[0], b[0], c[0], b[1], c[1], a[1]])
        #expect(payloads == [Self.payload, [7, 7, 7], Self.payload])
        #expect(counts.completed == 3)
        #expect(packets == [1, 6])
    }

    @Test("a datagram of the largest size is put together, one byte more is refused")
    func largest() throws {
        let payload = [UInt8](repeating: 1, count: 65535 - 20)
        let packet = PacketBuilder.tcp(from: PacketBuilder.clientV6, to: PacketBuilder.serverV6, payload: payload, link: .raw)
        let fragments = PacketBuilder.fragments(of: packet, every: 1448)
        let (decoded, _, _, packets) = run(fragments, seconds: fragments.map { _ in 0 })
        #expect(decoded.last?.segment?.payloadLength == 65515)
        #expect(packets.count == 46)
        let beyond = PacketBuilder.fragment(of: Self.v6, at: 65528, [UInt8](repeating: 0, count: 8), isLast: true)
        let (refused, _, counts, _) = run([beyond])
        #expect(refused[0].undecoded == Undecoded(.fragment, .fragmentRefused(.tooLong)))
        #expect(counts.refused == 1)
        #expect(counts.held == 0)
    }

    @Test("headers between IPv6's fragment header and TCP may be anywhere in the first fragment")
    func extensionInside() {
        let segment = PacketBuilder.segment(payload: Self.payload)
        let inner = hex("06 01 010c 00000000 00000000 00000000") + segment
        let packet = PacketBuilder.ip(
            from: PacketBuilder.clientV6.address, to: PacketBuilder.serverV6.address, carrying: 60, inner)
        let (_, payloads, _, _) = run(PacketBuilder.fragments(of: packet, every: 8))
        #expect(payloads == [Self.payload])
    }

    @Test("what turns out to be no TCP, or a fragment again, is said when it is whole")
    func notTCP() {
        let (from, to) = (PacketBuilder.clientV6.address, PacketBuilder.serverV6.address)
        let datagram = PacketBuilder.ip(from: from, to: to, carrying: 60, hex("11 00 0104 00000000") + [UInt8](repeating: 0, count: 16))
        let udp = run(PacketBuilder.fragments(of: datagram, every: 16)).decoded
        #expect(udp.last?.undecoded == Undecoded(.ipv6, .notTCP(17)))
        let nested = PacketBuilder.ip(from: from, to: to, carrying: 60, hex("2c 00 0104 00000000 06 00 0001 00000001") + tcpHi)
        let again = run(PacketBuilder.fragments(of: nested, every: 16)).decoded
        #expect(again.last?.undecoded == Undecoded(.fragment, .fragmentRefused(.nested)))
    }

    @Test("fragments of other protocols are not held")
    func otherProtocols() {
        for (from, to, layer) in [
            (PacketBuilder.client, PacketBuilder.server, Undecoded.Layer.ipv4), (PacketBuilder.clientV6, PacketBuilder.serverV6, .ipv6),
        ] {
            let datagram = PacketBuilder.ip(from: from.address, to: to.address, carrying: 17, [UInt8](repeating: 0, count: 64))
            let (decoded, _, counts, _) = run(PacketBuilder.fragments(of: datagram, every: 32))
            #expect(decoded == [.other(Undecoded(layer, .notTCP(17))), .other(Undecoded(layer, .notTCP(17)))])
            #expect(counts == FragmentCounts())
        }
    }

    // MARK: Contradictions

    @Test("where fragments overlap, the first copy stays and a differing one is counted", arguments: [v4, v6])
    func overlaps(packet: [UInt8]) {
        let carried = Array(packet[(packet[0] >> 4 == 4 ? 20 : 40)...])
        func piece(_ range: Range<Int>, _ change: UInt8 = 0) -> [UInt8] {
            PacketBuilder.fragment(
                of: packet, at: range.lowerBound, carried[range].map { $0 ^ change }, isLast: range.upperBound == carried.count)
        }
        let agreeing: [Range<Int>] = []
        for (pieces, changed, conflicts) in [
            ([piece(0..<64), piece(32..<96), piece(80..<120)], agreeing, 0),
            ([piece(0..<64), piece(32..<96, 0xff), piece(96..<120)], [64..<96], 1),
            ([piece(64..<120), piece(32..<96, 0xff), piece(0..<32)], [32..<64], 1),
            ([piece(0..<64), piece(16..<48, 0xff), piece(64..<120)], [], 1),
            ([piece(40..<48), piece(32..<56, 0xff), piece(0..<32), piece(56..<120)], [32..<40, 48..<56], 1),
            ([piece(32..<40), piece(48..<56), piece(24..<64, 0xff), piece(0..<24), piece(64..<120)], [24..<32, 40..<48, 56..<64], 1),
            ([piece(64..<96), piece(48..<72, 0xff), piece(88..<104, 0xff), piece(0..<48), piece(104..<120)], [48..<64, 96..<104], 2),
        ] {
            let (_, payloads, counts, _) = run(pieces)
            // The payload begins 20 bytes into what is carried.
            let expected = Self.payload.enumerated().map { index, byte in
                changed.contains { $0.contains(index + 20) } ? byte ^ 0xff : byte
            }
            #expect(payloads == [expected])
            #expect(counts.conflicting == conflicts)
        }
    }

    @Test("a fragment that contradicts where the datagram ends is refused")
    func ends() {
        func piece(_ offset: Int, _ count: Int, isLast: Bool) -> [UInt8] {
            PacketBuilder.fragment(of: Self.v4, at: offset, [UInt8](repeating: 0, count: count), isLast: isLast)
        }
        for second in [piece(40, 8, isLast: true), piece(48, 8, isLast: false), piece(24, 4, isLast: true)] {
            let (decoded, _, counts, _) = run([piece(32, 8, isLast: true), second])
            #expect(decoded[1].undecoded == Undecoded(.fragment, .fragmentRefused(.endContradicted)))
            #expect(counts.refused == 1)
        }
        let beyond = run([piece(32, 8, isLast: false), piece(24, 8, isLast: true)]).decoded
        #expect(beyond[1].undecoded == Undecoded(.fragment, .fragmentRefused(.endContradicted)))
    }

    @Test("a fragment that is not the last has a multiple of eight bytes", arguments: [v4, v6])
    func lengths(packet: [UInt8]) {
        let odd = PacketBuilder.fragment(of: packet, at: 0, [UInt8](repeating: 0, count: 30), isLast: false)
        #expect(run([odd]).decoded[0].undecoded == Undecoded(.fragment, .malformed(.fragmentLength(30))))
    }

    @Test("a fragment without bytes is held and completes nothing", arguments: [v4, v6])
    func empty(packet: [UInt8]) {
        let pieces = PacketBuilder.fragments(of: packet, every: 64)
        let empty = PacketBuilder.fragment(of: packet, at: 64, [], isLast: false)
        let (_, payloads, counts, _) = run([empty, pieces[0], pieces[1]])
        #expect(payloads == [Self.payload])
        #expect(counts.held == 0)
    }

    @Test("a fragment that the capture cut leaves a segment that is cut there")
    func snaplen() throws {
        let fragments = PacketBuilder.fragments(of: Self.v4, every: 64)
        var decoder = PacketDecoder()
        // 64 carried bytes behind 20 of IP; 50 of them captured, so 30 of the payload.
        let first = Array(fragments[0][..<70])
        _ = decoder.decode(PacketBuilder.header(1, of: first, link: .raw, originalLength: fragments[0].count), first.span)
        let second = fragments[1]
        let last = decoder.decode(PacketBuilder.header(2, of: second, link: .raw), second.span)
        let segment = try #require(last.segment)
        let captured = decoder.reassembledBytes.extracting(segment.capturedRange).copied()
        #expect(segment.payloadLength == 100)
        #expect(captured == Array(Self.payload[..<30]))
    }

    // MARK: Bounds

    @Test("a datagram that waits longer than the limit is given up")
    func age() {
        let fragments = PacketBuilder.fragments(of: Self.v4, every: 64)
        let inTime = run(fragments, seconds: [100, 130])
        #expect(inTime.counts.completed == 1)
        let late = run(fragments, seconds: [100, 131])
        #expect((late.counts.completed, late.counts.expired, late.counts.held) == (0, 1, 1))
        let backwards = run(fragments, seconds: [100, 1])
        #expect(backwards.counts.completed == 1)
    }

    @Test("the oldest datagram makes room, by number and by bytes")
    func eviction() {
        let datagrams = (1...4).map { PacketBuilder.fragments(of: Self.v4, every: 64, identification: UInt32($0)) }
        let firsts = datagrams.map { $0[0] }
        var byNumber = PacketDecoder.Limits()
        byNumber.datagramCount = 3
        var byBytes = PacketDecoder.Limits()
        byBytes.byteCount = 3 * 64
        for limits in [byNumber, byBytes] {
            let (_, _, counts, _) = run(firsts, limits: limits)
            #expect((counts.held, counts.heldBytes, counts.evicted) == (3, 192, 1))
            let gone = run(firsts + [datagrams[0][1]], limits: limits)
            #expect(gone.counts.completed == 0)
            let kept = run(firsts + [datagrams[3][1]], limits: limits)
            #expect(kept.counts.completed == 1)
        }
        var nothing = PacketDecoder.Limits()
        nothing.byteCount = 32
        let refused = run([firsts[0]], limits: nothing)
        #expect(refused.decoded[0].undecoded == Undecoded(.fragment, .fragmentRefused(.noRoom)))
        nothing = PacketDecoder.Limits()
        nothing.datagramCount = 0
        #expect(run([firsts[0]], limits: nothing).counts.refused == 1)
    }

    @Test("packet numbers are remembered up to the limit")
    func contributors() {
        var limits = PacketDecoder.Limits()
        limits.contributorCount = 2
        #expect(run(PacketBuilder.fragments(of: Self.v4, every: 8), limits: limits).packets == [1, 2])
    }

    @Test("any pieces in any order, with repeats, make the datagram as a plain copy does", arguments: SeededRandom.oneSeed)
    func random(seed: UInt64) {
        var random = SeededRandom(seed)
        for _ in 0..<300 {
            let isV4 = Bool.random(using: &random)
            let packet = isV4 ? Self.v4 : Self.v6
            let carried = Array(packet[(isV4 ? 20 : 40)...])
            let units = carried.count / 8
            var ranges = (0..<units).map { $0 * 8..<$0 * 8 + 8 }
            for _ in 0..<10 {
                let first = Int.random(in: 0..<units, using: &random)
                let last = Int.random(in: first..<units, using: &random)
                ranges.append(first * 8..<last * 8 + 8)
            }
            ranges.shuffle(using: &random)
            let pieces = ranges.map {
                PacketBuilder.fragment(of: packet, at: $0.lowerBound, Array(carried[$0]), isLast: $0.upperBound == carried.count)
            }
            let (_, payloads, counts, _) = run(pieces)
            let isRight = payloads.first == Self.payload && counts.conflicting == 0 && counts.refused == 0
            #expect(isRight)
        }
    }
}
