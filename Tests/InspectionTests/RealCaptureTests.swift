import Bytes
import Capture
import Inspection
import Rules
import Testing
import WebSocket

/// Public captures and captures of real clients and servers; what is asserted comes from elsewhere than this program.
@Suite(.enabled(if: RealCaptures.areThere, "no ../shared/captures")) struct RealCaptureTests {
    private static func read(_ name: String) throws -> Recording {
        let (recording, failure) = try Recording.of(ByteSource(path: RealCaptures.path(name)))
        #expect(failure == nil, "\(name)")
        #expect(recording.faults == [], "\(name)")
        return recording
    }

    @Test("each capture has as many frames as an independent decoder finds", arguments: RealCaptures.names(in: "websocket"))
    func frameCounts(name: String) throws {
        let row = try #require(RealCaptures.manifest.first { "websocket/\($0["file"] ?? "")" == name })
        let reference = try #require(Int((row["ref_ws_frames"] ?? "").prefix { $0.isNumber }))
        // That decoder needs a handshake; the test below proves the other two.
        let unheard = name.hasSuffix("pcap2har-ipv4-websocket-segmented.pcap") ? 2 : 0
        let recording = try Self.read(name)
        #expect(recording.frameCount == reference + unheard)
        let missing = recording.connections.flatMap(\.findings).filter { $0.rawValue.hasPrefix("capture.") }
        #expect(missing == [])
    }

    @Test("two Close frames on a connection joined midway are really there")
    func closesWithoutHandshake() throws {
        let name = "websocket/pcap2har-ipv4-websocket-segmented.pcap"
        // The last bytes of the first and third packet: 88 82, a key, e0 bc; and 88 02 03 e9. Their checksums are right.
        let key: [UInt8] = [0xe3, 0x55, 0xbe, 0xf7]
        let masked: [UInt8] = [0x88, 0x82] + key + [0xe0, 0xbc]
        var reader = try CaptureReader(ByteSource(path: RealCaptures.path(name)), name: name)
        var packets: [[UInt8]] = []
        while try reader.next() != nil { packets.append(reader.bytes.copied()) }
        #expect(packets[0].suffix(8) == masked[...])
        #expect(packets[2].suffix(4) == [0x88, 0x02, 0x03, 0xe9])
        #expect([0xe0 ^ key[0], 0xbc ^ key[1]] == [0x03, 0xe9])

        let inferred = try Self.read(name).connections.filter { $0.connection.status == .inferred }
        #expect(inferred.count == 1)
        #expect(inferred.first?.client.frames.map(\.payload) == [[0x03, 0xe9]])
        #expect(inferred.first?.server.frames.map(\.payload) == [[0x03, 0xe9]])
    }

    @Test("no capture without WebSocket has a WebSocket connection", arguments: RealCaptures.names(in: "layers"))
    func layers(name: String) throws {
        let (recording, failure) = try Recording.of(ByteSource(path: RealCaptures.path(name)))
        #expect(failure?.kind == (name == "layers/ndpi-fuzz-2021-10-13.pcap" ? .brokenOff : nil))
        #expect(recording.connections.isEmpty)
        #expect(recording.faults == [])
    }

    @Test("of TLS nothing is shown, and it is counted")
    func hidden() throws {
        let recording = try Self.read("real/wss-tls13.pcap")
        #expect(recording.connections.isEmpty)
        #expect(recording.summary.tlsFlows == recording.summary.flows)
        #expect(recording.summary.tlsFlows == 8)
    }
}
