import Bytes
import Digests
import Foundation
import Inspection
import Rules
import Testing
import WebSocket

@testable import Reports

@Suite("Frame lines of JSON")
struct JSONFrameTests {
    @Test("a masked text frame has every member, in the order of the contract")
    func masked() throws {
        var frame = Frame.sample(.text, length: 5)
        frame.from = .client
        frame.header.second |= 0x80
        frame.header.maskingKey = 0x0A_FA_21_3D
        frame.endTime = .sample(2_000_001)
        var dump = Dump()
        dump.whole(frame, Array("Hello".utf8))
        let expected = """
            {"type":"frame","connection":3,"frame":9,"time":"2026-01-15T10:00:00.002000Z","endTime":"2026-01-15T10:00:00.002000Z",\
            "from":"client","fin":true,"rsv":0,"opcode":1,"kind":"text","masked":true,"mask":"0afa213d","length":5,"headerLength":6,\
            "offset":242,"packets":[8],"message":7,"text":"Hello"}

            """
        let text = dump.text
        #expect(text == expected)
    }

    @Test("times have the digits of the capture, and endTime is only there when it differs", arguments: [6, 9] as [UInt8])
    func times(digits: UInt8) throws {
        var frame = Frame.sample(.binary, length: 0)
        var dump = Dump(connection: .sample(digits: digits))
        dump.whole(frame, [])
        frame.time = .sample(999_999_999)
        frame.endTime = .sample(1_000_000_001)
        dump.whole(frame, [])
        let objects = try dump.objects()
        #expect(objects[0]["time"] as? String == "2026-01-15T10:00:00.002000\(digits == 9 ? "000" : "")Z")
        #expect(objects[0]["endTime"] == nil)
        #expect(objects[1]["time"] as? String == "2026-01-15T10:00:00.999999\(digits == 9 ? "999" : "")Z")
        #expect(objects[1]["endTime"] as? String == "2026-01-15T10:00:01.000000\(digits == 9 ? "001" : "")Z")
    }

    @Test("every opcode has its number and its name, and an empty payload its member", arguments: 0...15 as ClosedRange<UInt8>)
    func opcodes(value: UInt8) throws {
        let names = [
            "continuation", "text", "binary", "reserved-3", "reserved-4", "reserved-5", "reserved-6", "reserved-7", "close", "ping", "pong",
            "reserved-11", "reserved-12", "reserved-13", "reserved-14", "reserved-15",
        ]
        let opcode = Opcode(rawValue: value)
        var dump = Dump()
        dump.whole(.sample(opcode, length: 0, fin: false, rsv: 5), [])
        let object = try dump.object()
        #expect(object["opcode"] as? Int == Int(value))
        #expect(object["kind"] as? String == names[Int(value)])
        #expect(object["rsv"] as? Int == 5)
        #expect(object["fin"] as? Bool == false)
        let isText = value == 1 || value >= 8
        #expect(object["text"] as? String == (isText ? "" : nil))
        #expect(object["base64"] as? String == (isText ? nil : ""))
        #expect((object["close"] as? [String: Any])?.isEmpty == (value == 8 ? true : nil))
    }

    @Test("the largest numbers are exact")
    func largest() {
        var frame = Frame.sample(.binary, length: 0)
        frame.header.second = 127
        frame.header.length = .max
        frame.offset = .max
        var dump = Dump()
        dump.frame(frame, [])
        let text = dump.text
        #expect(text.contains(#""length":18446744073709551615,"headerLength":10,"captured":0,"offset":18446744073709551615,"#))
        #expect(text.hasSuffix("\"base64\":\"\",\"complete\":false}\n"))
    }

    @Test("binary, and text that is no UTF-8, are base 64")
    func base64() throws {
        var dump = Dump()
        dump.whole(.sample(.binary, length: 2), [0x61, 0x62])
        dump.whole(.sample(.text, length: 2), [0xC3, 0x28])
        let objects = try dump.objects()
        #expect(objects.map { $0["base64"] as? String } == ["YWI=", "wyg="])
        #expect(objects.allSatisfy { $0["text"] == nil })
    }

    @Test("a line stays one line whatever the text holds")
    func oneLine() throws {
        let payload = "line\r\n\u{2028}\"\\\u{0}\u{1B}[2J\u{7F}"
        var dump = Dump()
        dump.whole(.sample(.text, length: payload.utf8.count), Array(payload.utf8))
        let object = try dump.object()
        #expect(object["text"] as? String == payload)
        let controls = dump.text.utf8.dropLast().filter { $0 < 0x20 || $0 == 0x7F }
        #expect(controls.isEmpty)
    }

    @Test("of a fragment its own bytes are judged")
    func fragments() throws {
        var dump = Dump()
        dump.frame(.sample(.text, length: 2, fin: false), [0x61, 0xC3])
        dump.frame(.sample(.continuation, length: 2, fin: false, of: .text), [0x62, 0x63])
        dump.frame(.sample(.continuation, length: 1, of: .binary), [0x62])
        let objects = try dump.objects()
        #expect(objects[0]["base64"] as? String == "YcM=")
        #expect(objects[1]["text"] as? String == "bc")
        #expect(objects[1]["kind"] as? String == "continuation")
        #expect(objects[2]["base64"] as? String == "Yg==")
    }

    @Test("a close frame says its code, the registered name and the reason")
    func close() throws {
        var dump = Dump()
        dump.whole(.sample(.close, length: 5), [0x03, 0xE8] + Array("bye".utf8))
        dump.whole(.sample(.close, length: 2), [0x0B, 0xB9])
        dump.whole(.sample(.close, length: 1), [0x03])
        dump.whole(.sample(.close, length: 4), [0x03, 0xE9, 0x22, 0xFF])
        var cutOff = Frame.sample(.close, length: 9)
        cutOff.capturedLength = 3
        dump.frame(cutOff, [0x03, 0xE8, 0x61])
        let objects = try dump.objects()
        let closes = objects.map { $0["close"] as? NSDictionary }
        #expect(closes[0] == ["code": 1000, "name": "normal closure", "reason": "bye"])
        #expect(closes[1] == ["code": 3001, "name": "registered use"])
        #expect(closes[2] == [:])
        #expect(closes[3] == ["code": 1001, "name": "going away", "reason": "\"\u{FFFD}"])
        #expect(closes[4] == nil)
        #expect(objects[0]["base64"] as? String == "A+hieWU=")
    }

    @Test("a ping is text when it is printable")
    func controls() throws {
        var dump = Dump()
        dump.whole(.sample(.ping, length: 2), [0x61, 0x0A])
        dump.whole(.sample(.ping, length: 2), [0x61, 0x00])
        var pong = Frame.sample(.pong, length: 0)
        pong.roundTrip = 12_345_600
        dump.whole(pong, [])
        let objects = try dump.objects()
        #expect(objects[0]["text"] as? String == "a\n")
        #expect(objects[1]["base64"] as? String == "YQA=")
        #expect(objects[2]["roundTrip"] as? Double == 0.0123456)
    }

    @Test("missing bytes are said to be missing, and inferred frames to be inferred")
    func incomplete() throws {
        var frame = Frame.sample(.text, length: 9)
        frame.capturedLength = 3
        var dump = Dump(connection: .sample(.inferred))
        dump.frame(frame, Array("abc".utf8))
        let object = try dump.object()
        #expect(object["captured"] as? Int == 3)
        #expect(object["text"] as? String == "abc")
        #expect(object["complete"] as? Bool == false)
        #expect(object["certain"] as? Bool == false)
        #expect(object["truncated"] == nil)
    }

    @Test("packets beyond the list are counted")
    func packets() throws {
        var frame = Frame.sample(.binary, length: 0)
        frame.packets = PacketList.sample([8, 9, 11, 12, 13], limit: 3)
        var dump = Dump()
        dump.whole(frame, [])
        let object = try dump.object()
        #expect(object["packets"] as? [Int] == [8, 9, 11])
        #expect(object["packetsOmitted"] as? Int == 2)
    }

    @Test("findings stand in their frame, with what the catalogue says")
    func findings() throws {
        var frame = Frame.sample(.binary, length: 0)
        frame.findings = [Finding(.maskMissing, expected: "MASK = 1", found: "MASK = 0"), Finding(.frameCutOff, found: "a \"b\"")]
        var dump = Dump()
        dump.whole(frame, [])
        let findings = try #require(try dump.object()["findings"] as? [NSDictionary])
        #expect(
            findings == [
                [
                    "rule": "frame.mask.missing", "severity": "violation", "section": "RFC 6455 §5.1",
                    "text": "A client must mask every frame that it sends.", "expected": "MASK = 1", "found": "MASK = 0",
                ],
                ["rule": "frame.cut-off", "severity": "note", "text": "The stream ended inside a frame.", "found": "a \"b\""],
            ])
    }

    @Test("what the catalogue says of each rule needs no escapes")
    func catalogue() throws {
        var dump = Dump()
        for rule in Rule.allCases { dump.report.note(.found(Finding(rule), from: nil, in: nil, at: .sample())) }
        let objects = try dump.objects()
        #expect(objects.map { $0["rule"] as? String } == Rule.allCases.map(\.rawValue))
        #expect(objects.map { $0["text"] as? String } == Rule.allCases.map { "\($0.entry.sentence)" })
    }
}
