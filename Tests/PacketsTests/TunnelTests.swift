import Bytes
import Foundation
import Packets
import TestSupport
import Testing

/// The captures of `fixtures/tunnels`, a conversation in each tunnel.
private enum Tunnels {
    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: Captures.fixtures.appending(path: "tunnels").path)) ?? []
        return files.filter { $0.hasSuffix(".pcap") && $0 != "not-tunnels.pcap" }.sorted()
    }()

    static func packets(_ name: String) throws -> [(header: PacketHeader, bytes: [UInt8])] {
        var packets: [(PacketHeader, [UInt8])] = []
        _ = try Captures.read(Captures.fixtures.appending(path: "tunnels/\(name)")) { packets.append(($0, $1.copied())) }
        return packets
    }
}

@Suite struct TunnelTests {
    @Test("every tunnel has a capture")
    func present() { #expect(Tunnels.names.count > 45) }

    @Test("every packet in a tunnel has its segment", arguments: Tunnels.names)
    func segments(name: String) throws {
        var decoder = PacketDecoder()
        for (header, bytes) in try Tunnels.packets(name) {
            let decoded = decoder.decode(header, bytes.span)
            if case .other(let undecoded) = decoded {
                #expect(undecoded == Undecoded(.fragment, .fragmentHeld), "packet \(header.number)")
            } else {
                let segment = try #require(decoded.segment)
                #expect(segment.source.port == 80 || segment.destination.port == 80)
            }
        }
    }

    @Test("a packet that is cut anywhere has a sound answer, and no segment unless TCP's header is there", arguments: Tunnels.names)
    func cut(name: String) throws {
        for (header, bytes) in try Tunnels.packets(name) {
            var whole = PacketDecoder()
            guard let segment = whole.decode(header, bytes.span).segment, whole.reassembledPackets.isEmpty else { continue }
            for count in bytes.indices {
                var decoder = PacketDecoder()
                let decoded = decoder.decode(header, bytes.span.extracting(0..<count))
                #expect(isSound(decoded, captured: count, reassembled: 0), "packet \(header.number), \(count) bytes: \(decoded)")
                guard let part = decoded.segment else { continue }
                #expect(count >= segment.headerOffset + 20)
                #expect(part.payloadLength == segment.payloadLength && part.scope == segment.scope)
            }
        }
    }

    @Test("a packet with any byte changed has a sound answer", arguments: Tunnels.names, SeededRandom.oneSeed)
    func changed(name: String, seed: UInt64) throws {
        var random = SeededRandom(seed)
        for (header, bytes) in try Tunnels.packets(name).prefix(4) {
            for index in bytes.indices {
                for _ in 0..<4 {
                    var changed = bytes
                    changed[index] = random.next(upperBound: 256)
                    changed[Int(random.next(upperBound: UInt(bytes.count)))] ^= 1 << random.next(upperBound: 8)
                    var decoder = PacketDecoder()
                    var next: Decoded? = decoder.decode(header, changed.span)
                    var count = 0
                    while let decoded = next {
                        let reassembled = decoder.reassembledBytes.count
                        #expect(
                            isSound(decoded, captured: changed.count, reassembled: reassembled),
                            "seed \(seed), packet \(header.number), byte \(index): \(decoded)")
                        _ = decoder.path(header, changed.span)
                        next = decoder.decodeNext(header, changed.span)
                        count += 1
                    }
                    #expect(count <= changed.count)
                }
            }
        }
    }

    @Test("tunnels without end are given up")
    func bounded() {
        var packet = ipv4Hi
        for _ in 0..<100 { packet = PacketBuilder.ip(from: IPAddress(10, 0, 0, 1), to: IPAddress(10, 0, 0, 2), carrying: 4, packet) }
        #expect(decode(packet, as: .raw).undecoded == Undecoded(.extensionHeader, .tooManyHeaders))
    }

    @Test("networks are told apart, and the same network is the same")
    func scopes() throws {
        var decoder = PacketDecoder()
        var scopes: [String: Set<TunnelScope>] = [:]
        for name in ["vxlan.pcap", "geneve.pcap", "same-addresses-vni.pcap", "gtp-u.pcap"] {
            for (header, bytes) in try Tunnels.packets(name) {
                scopes[name, default: []].insert(try #require(decoder.decode(header, bytes.span).segment).scope)
            }
        }
        #expect(scopes["vxlan.pcap"]?.count == 1)
        #expect(scopes["geneve.pcap"]?.count == 1)
        #expect(scopes["same-addresses-vni.pcap"]?.count == 2)
        #expect(scopes["gtp-u.pcap"]?.count == 2)
        #expect(Set(scopes.values.flatMap { $0 }).count == 6)
        #expect(!scopes.values.contains { $0.contains(.none) })
    }
}

extension SeededRandom {
    fileprivate mutating func next(upperBound: Int) -> UInt8 { UInt8(truncatingIfNeeded: next() % UInt64(upperBound)) }
}
