import Bytes
import Capture
import Inspection
import TestSupport
import Testing
import WebSocket

/// Captures that break off and packets that are garbled: nothing crashes, and nothing is invented.
@Suite(.enabled(if: RealCaptures.areThere, "no ../shared/captures")) struct DamageTests {
    // MARK: Breaking off

    /// Small ones, cut at every length.
    private static let small = [
        "websocket/arkime-websocket.pcap", "websocket/ndpi-websocket.pcap", "websocket/scapy-websocket_compressed_session.pcap",
        "websocket/suricata-websocket-control-frag.pcap", "websocket/zeek-two-binary-fragments.pcap",
        "websocket/zeek-oversized-close-frame.pcapng", "websocket/zeek-jupyter-websocket.pcap",
    ]
    /// Larger ones, cut at random.
    private static let larger = [
        "websocket/evsetool-ocpp-cap.pcapng", "websocket/suricata-websocket-compressed.pcap", "websocket/zeek-wstunnel-ssh.pcap",
        "websocket/arkime-arkime_synthetic.pcap", "real/socketio-polling-upgrade.pcap",
    ]

    @Test("of a capture that breaks off at any byte a prefix of the frames is shown", arguments: small)
    func cutEverywhere(name: String) {
        let bytes = RealCaptures.bytes(name)
        Self.expectPrefixes(of: bytes, cutAt: Array(0..<min(bytes.count, 6_000)))
    }

    @Test("of a capture that breaks off somewhere a prefix of the frames is shown", arguments: larger)
    func cutSomewhere(name: String) {
        let bytes = RealCaptures.bytes(name)
        var random = SeededRandom(7)
        Self.expectPrefixes(of: bytes, cutAt: (0..<100).map { _ in .random(in: 0..<bytes.count, using: &random) })
    }

    private static func expectPrefixes(of bytes: [UInt8], cutAt lengths: [Int]) {
        let whole = Recording.of(ByteSource(bytes)).recording
        var known: [String: [SeenFrame]] = [:]
        for seen in whole.connections { known[key(seen, .client), default: []] += seen.client.frames }
        for seen in whole.connections { known[key(seen, .server), default: []] += seen.server.frames }
        for length in lengths {
            let recording = Recording.of(ByteSource(Array(bytes[..<length]))).recording
            #expect(recording.faults == [], "cut at \(length)")
            for seen in recording.connections {
                for side in [Side.client, .server] {
                    let shown = seen[side].frames
                    let truth = known[key(seen, side), default: []]
                    let count = shown.last?.isComplete == false ? shown.count - 1 : shown.count
                    #expect(Array(shown.prefix(count)) == Array(truth.prefix(count)), "cut at \(length)")
                    if count < shown.count, count < truth.count {
                        #expect(truth[count].payload.starts(with: shown[count].payload), "cut at \(length)")
                        #expect(truth[count].first == shown[count].first, "cut at \(length)")
                    }
                }
            }
        }
    }

    private static func key(_ seen: SeenConnection, _ side: Side) -> String {
        "\(seen.connection.client) \(seen.connection.server) \(side)"
    }

    // MARK: Garbled packets

    private static let garbled =
        small + larger + [
            "layers/zeek-ipv6-hbh-routing0.pcap", "real/ws-deflate-params.pcap", "autobahn/fuzzclient-autobahn-proto.pcap",
            "websocket/zeek-http-basic-auth-with-extra-space.pcap", "real/v6-ipfrag.client-side.pcap",
        ]

    @Test("whatever bytes of packets are changed, nothing crashes and nothing is left behind", arguments: SeededRandom.seeds)
    func garble(seed: UInt64) throws {
        var random = SeededRandom(seed)
        for name in Self.garbled {
            var limits = Inspector.Options()
            if seed % 2 == 0 {
                limits.limits.totalByteCount = 20_000
                limits.limits.connectionCount = 5
                limits.limits.messageByteCount = 3_000
                limits.limits.undecidedByteCount = 2_000
                limits.limits.heldByteCount = 4_000
                limits.limits.headByteCount = 500
            }
            let rate = [3, 20, 200].randomElement(using: &random) ?? 3
            guard let source = try? ByteSource(path: RealCaptures.path(name)) else { continue }
            let (recording, _) = Recording.of(source, limits) { number, bytes in
                guard number < 2_000, !bytes.isEmpty, Int.random(in: 0..<rate, using: &random) == 0 else { return bytes }
                return Self.garble(bytes, using: &random)
            }
            #expect(recording.faults == [], "\(name)")
        }
    }

    private static func garble(_ bytes: [UInt8], using random: inout SeededRandom) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            // Headers decide the most, so they are hit the most.
            let reach = Bool.random(using: &random) ? min(bytes.count, 80) : bytes.count
            let place = Int.random(in: 0..<reach, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[place] = 0
            case 1: bytes[place] = 0xFF
            case 2: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 3: bytes.removeLast(min(bytes.count - 1, place))
            case 4: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
            default: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            }
        }
        return bytes
    }
}
