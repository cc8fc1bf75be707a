import Bytes
import Capture
import Digests
import Inspection
import Rules
import TestSupport
import Testing
import Verdicts
import WebSocket

/// What an endpoint logged, against what the packets between say.
@Suite(.enabled(if: RealCaptures.areThere, "no ../shared/captures")) struct TruthTests {
    private struct Logged: Hashable, CustomStringConvertible {
        var kind: String
        var length: Int
        var digest: String

        var description: String { "\(kind) of \(length): \(digest.prefix(8))" }
    }

    /// Logs of both endpoints together, by connection and direction.
    private struct Log {
        var entries: [String: [Logged]] = [:]
        /// Directions in which the logger began a message that it could not finish: the peer was killed or had gone.
        var brokenOff: Set<String> = []
        var isEmpty: Bool { entries.isEmpty }
    }

    private static func log(_ name: String) throws -> Log {
        var log = Log()
        for object in try RealCaptures.objects(name) {
            let key = "\(object["conn"] ?? "") \(object["dir"] ?? "")"
            // The sender logged what it meant to send; TCP was gone, or what it sent lies inside a frame that it left unfinished.
            // Of that frame the log has no digest.
            let isUnfinished = object["partial_octets_sent"] != nil
            if (object["sha256"] == nil && !isUnfinished) || object["interrupted"] != nil || object["inside_unfinished_frame"] != nil {
                log.brokenOff.insert(key)
                continue
            }
            var kind = object["opcode"] as? String ?? Opcode(rawValue: UInt8(object["opcode"] as? Int ?? 0)).name.description
            if kind == "cont" { kind = "continuation" }
            // Of frames the flags are logged too.
            if let isFinal = object["fin"] as? Bool, let reserved = object["rsv"] as? Int { kind += " \(isFinal) \(reserved)" }
            let length = object["length"] as? Int ?? -1
            log.entries[key, default: []].append(Logged(kind: kind, length: length, digest: object["sha256"] as? String ?? ""))
        }
        return log
    }

    private static func key(_ seen: SeenConnection, _ side: Side) -> String {
        "\(seen.connection.client)-\(seen.connection.server) \(side == .client ? "c2s" : "s2c")"
    }

    private static func digest(_ bytes: [UInt8]) -> String { Hex.encode(SHA256.hash(bytes.span).span) }

    @Test(
        "every message that an endpoint logged is shown, in order, and no other",
        arguments: [
            "real/socketio-polling-upgrade", "real/v4-mtu1500.client-side", "real/v6-ipfrag.client-side", "real/ws-abnormal",
            "real/ws-deflate-params", "real/ws-deflate", "autobahn/fuzzclient-autobahn-proto", "autobahn/fuzzserver-websockets-proto",
        ])
    func messages(name: String) throws {
        let log = try Self.log("\(name).truth.jsonl")
        let (recording, failure) = try Recording.of(ByteSource(path: RealCaptures.path("\(name).pcap")))
        #expect(failure == nil)
        #expect(recording.faults == [])
        #expect(!log.isEmpty)
        var shown: [String: [Logged]] = [:]
        for seen in recording.connections {
            for side in [Side.client, .server] {
                let key = Self.key(seen, side)
                for (index, message) in seen[side].messages.enumerated() {
                    if message.isCertain {
                        let kind = Opcode(rawValue: message.opcode).name.description
                        shown[key, default: []].append(
                            Logged(kind: kind, length: Int(clamping: message.length), digest: Self.digest(message.content)))
                        continue
                    }
                    // A message without an end is the direction's last, or another one began inside it (Autobahn 5.18 on purpose).
                    let isInterrupted = seen.findings.contains(.messageInterrupted)
                    #expect(isInterrupted || index == seen[side].messages.count - 1, "\(key), message \(index + 1)")
                }
            }
        }
        for key in Set(log.entries.keys).union(shown.keys) { #expect(shown[key, default: []] == log.entries[key, default: []], "\(key)") }
        for key in log.brokenOff {
            let seen = recording.connections.first { Self.key($0, .client) == key || Self.key($0, .server) == key }
            let manner = seen?.verdict?.manner
            #expect(manner == .reset || manner == .finWithoutClose || manner == .closeUnanswered || manner == .closed, "\(key)")
        }
    }

    @Test(
        "every frame that an endpoint logged is shown, in order, and no other",
        arguments: ["fuzzclient-autobahn-proto", "fuzzserver-websockets-proto"])
    func frames(name: String) throws {
        let log = try Self.log("autobahn/\(name).frames.jsonl")
        let (recording, _) = try Recording.of(ByteSource(path: RealCaptures.path("autobahn/\(name).pcap")))
        #expect(!log.isEmpty)
        var shown: [String: [Logged]] = [:]
        for seen in recording.connections {
            for side in [Side.client, .server] {
                // The log has no digest of a frame that was not sent whole.
                for frame in seen[side].frames where frame.isComplete {
                    let header = FrameHeader(first: frame.first, second: 0, maskingKey: 0, length: frame.length)
                    shown[Self.key(seen, side), default: []].append(
                        Logged(
                            kind: "\(header.opcode.name) \(header.isFinal) \(header.reserved)", length: Int(clamping: frame.length),
                            digest: Self.digest(frame.payload)))
                }
            }
        }
        for key in Set(log.entries.keys).union(shown.keys) {
            let logged = log.entries[key, default: []]
            for index in logged.indices where logged[index].digest.isEmpty && index < shown[key, default: []].count {
                shown[key]?[index].digest = ""
            }
            #expect(shown[key, default: []] == logged, "\(key)")
        }
    }

    @Test(
        "whatever packets of real compressed connections are lost, what is called known is true", arguments: SeededRandom.seeds.dropLast(2))
    func loss(seed: UInt64) throws {
        var random = SeededRandom(seed)
        for name in ["real/ws-deflate.pcap", "real/ws-deflate-params.pcap", "real/v6-ipfrag.client-side.pcap"] {
            let whole = try Recording.of(ByteSource(path: RealCaptures.path(name))).recording
            for rate in [300, 30] {
                // An empty packet is none.
                let lossy = try Recording.of(ByteSource(path: RealCaptures.path(name))) { _, bytes in
                    bytes.count > 120 && Int.random(in: 0..<rate, using: &random) == 0 ? [] : bytes
                }.recording
                #expect(lossy.faults == [])
                for seen in lossy.spoken {
                    let truths = whole.connections.filter {
                        $0.connection.client == seen.connection.client && $0.connection.server == seen.connection.server
                    }
                    for side in [Side.client, .server] {
                        let truth = Set(truths.flatMap { $0[side].messages }.map(\.content))
                        for message in seen[side].messages {
                            if message.isCertain { #expect(truth.contains(message.content), "\(name) \(rate) \(message.testDescription)") }
                            guard message.isPartlyUnknown else { continue }
                            let isTrue = truth.contains { Self.agrees(message.content, with: $0) }
                            #expect(isTrue, "\(name) \(rate) \(message.testDescription) partly")
                        }
                    }
                    let blamed = seen.findings.filter { $0.severity == .violation }
                    let innocent = truths.flatMap(\.findings).filter { $0.severity == .violation }
                    #expect(blamed.allSatisfy { innocent.contains($0) }, "\(name) \(rate) \(blamed.map(\.rawValue))")
                }
            }
        }
    }

    /// Whether known bytes are the same; unknown ones are told as FF.
    private static func agrees(_ content: [UInt8], with truth: [UInt8]) -> Bool {
        content.count == truth.count && zip(content, truth).allSatisfy { $0 == $1 || $0 == MessageInflater.unknownByte }
    }
}
