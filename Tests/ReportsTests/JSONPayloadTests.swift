import Bytes
import Digests
import Foundation
import Inspection
import Rules
import Testing
import WebSocket

@testable import Reports

@Suite("Payload modes and limits of JSON")
struct JSONPayloadTests {
    private static func options(_ mode: JSONLinesReport.PayloadMode = .full, limit: Int? = nil) -> JSONLinesReport.Options {
        var options = JSONLinesReport.Options()
        options.payload = mode
        options.payloadLimit = limit
        return options
    }

    @Test("text is cut at a character, bytes at a byte, and a whole payload is not called cut", arguments: 0...7)
    func limit(limit: Int) throws {
        let payload = Array("aé€".utf8)
        let texts = ["", "a", "a", "aé", "aé", "aé", "aé€", "aé€"]
        var dump = Dump(Self.options(limit: limit))
        dump.whole(.sample(.text, length: 6), payload)
        dump.whole(.sample(.binary, length: 6), payload)
        dump.whole(.sample(.ping, length: 6), payload)
        let objects = try dump.objects()
        #expect(objects[0]["text"] as? String == texts[limit])
        #expect(objects[1]["base64"] as? String == Data(payload.prefix(limit)).base64EncodedString())
        #expect(objects[2]["text"] as? String == texts[limit])
        #expect(objects.map { $0["truncated"] as? Bool } == Array(repeating: limit < 6 ? true : nil, count: 3))
        #expect(objects.allSatisfy { $0["length"] as? Int == 6 && $0["complete"] == nil })
    }

    @Test("a payload that was not kept whole is cut text, not broken text")
    func keptInPart() throws {
        var dump = Dump()
        let frame = Frame.sample(.text, length: 900)
        var message = Message(of: frame, [])
        message.isValidText = true
        dump.frame(frame, [0x61, 0xE2, 0x82], ending: message)
        dump.frame(.sample(.text, length: 900, fin: false), [0x61, 0xE2, 0x82])
        message.isValidText = false
        dump.frame(frame, [0x61, 0xE2, 0x82], ending: message)
        let objects = try dump.objects()
        #expect(objects.map { $0["text"] as? String } == ["a", "a", nil])
        #expect(objects[2]["base64"] as? String == "YeKC")
        #expect(objects.allSatisfy { $0["truncated"] as? Bool == true })
    }

    @Test("a limit of any size is taken", arguments: [Int.min, -1, 0, 124, 125, .max])
    func strangeLimits(limit: Int) throws {
        let options = Self.options(limit: limit)
        #expect(options.keptByteCount >= 125)
        #expect(options.keptByteCount > limit || limit == .max)
        var dump = Dump(options)
        dump.whole(.sample(.text, length: 1), [0x61])
        #expect(try dump.object()["text"] as? String == (limit > 0 ? "a" : ""))
    }

    @Test("no payload is shown when none is wanted, but a close code is")
    func none() throws {
        var dump = Dump(Self.options(.none))
        dump.whole(.sample(.text, length: 1), [0x61])
        dump.whole(.sample(.close, length: 2), [0x03, 0xE8])
        dump.frame(.sample(.continuation, length: 1, of: .text), [0x61], ending: .sample(.text, [0x61, 0x61]))
        let objects = try dump.objects()
        for member in ["text", "base64", "sha256", "truncated"] { #expect(objects.allSatisfy { $0[member] == nil }) }
        #expect((objects[1]["close"] as? [String: Any])?["code"] as? Int == 1000)
        #expect(objects[2]["completes"] as? NSDictionary == ["length": 2, "wireLength": 2, "frames": 2])
    }

    @Test("a digest is of the application bytes, and of all of them")
    func digest() throws {
        // FIPS 180-2, appendix B.1, and the digest of no bytes.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        var dump = Dump(Self.options(.digest, limit: 1))
        dump.whole(.sample(.text, length: 3), Array("abc".utf8))
        dump.whole(.sample(.binary, length: 0), [])
        let compressed = Message.sample(.text, Array("abc".utf8), frames: 1, isCompressed: true)
        dump.frame(.sample(.text, length: 9, rsv: 4, isCompressed: true), [], ending: compressed, content: Array("abc".utf8))
        let objects = try dump.objects()
        #expect(objects.map { $0["sha256"] as? String } == [abc, nothing, nil])
        #expect((objects[2]["completes"] as? [String: Any])?["sha256"] as? String == abc)
        #expect(objects.allSatisfy { $0["text"] == nil && $0["base64"] == nil && $0["truncated"] == nil })
    }

    @Test("there is no digest of a part")
    func noDigest() throws {
        var dump = Dump(Self.options(.digest))
        dump.frame(.sample(.binary, length: 900), [1, 2, 3])
        var incomplete = Frame.sample(.binary, length: 9)
        incomplete.capturedLength = 3
        dump.frame(incomplete, [1, 2, 3])
        var unknown = Message.sample(.text, [0x61, 0xFF], frames: 1, isCompressed: true)
        unknown.unknownByteCount = 1
        dump.frame(.sample(.text, length: 9, rsv: 4, isCompressed: true), [], ending: unknown, content: [0x61, 0xFF])
        let objects = try dump.objects()
        #expect(objects.allSatisfy { $0["sha256"] == nil })
        #expect(objects.map { $0["truncated"] as? Bool } == [true, nil, nil])
        #expect((objects[2]["completes"] as? [String: Any])?["sha256"] == nil)
    }

    @Test("one report digests one message after the other")
    func digestsInTurn() throws {
        var dump = Dump(Self.options(.digest))
        for count in 0..<20 {
            dump.whole(.sample(.binary, length: count), [UInt8](repeating: 7, count: count))
        }
        let sums = try dump.objects().map { $0["sha256"] as? String }
        let expected = (0..<20).map { Hex.encode(SHA256.hash([UInt8](repeating: 7, count: $0).span).span) }
        #expect(sums == expected)
    }
}
