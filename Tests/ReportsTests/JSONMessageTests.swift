import Bytes
import Foundation
import Rules
import Testing
import WebSocket

@testable import Inspection
@testable import Reports

@Suite("Messages in JSON")
struct JSONMessageTests {
    private static let messages: JSONLinesReport.Options = {
        var options = JSONLinesReport.Options()
        options.messages = true
        return options
    }()

    // MARK: completes

    @Test("the last fragment completes the message")
    func fragmented() throws {
        var dump = Dump()
        let content = Array("añb".utf8)
        dump.frame(.sample(.text, length: 2, fin: false), Array(content[..<2]))
        dump.frame(.sample(.continuation, length: 2, of: .text), Array(content[2...]), ending: .sample(.text, content), content: content)
        let objects = try dump.objects()
        #expect(objects[0]["completes"] == nil)
        #expect(objects[1]["base64"] as? String == "sWI=")
        #expect(objects[1]["completes"] as? NSDictionary == ["length": 4, "wireLength": 4, "frames": 2, "text": "añb"])
    }

    @Test("a compressed frame shows its wire bytes, and completes what they inflate to")
    func compressed() throws {
        // RFC 7692 §7.2.3.1: "Hello" compressed.
        let wire: [UInt8] = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]
        var message = Message.sample(.text, Array("Hello".utf8), frames: 1, isCompressed: true)
        message.wireLength = 7
        var dump = Dump()
        dump.frame(.sample(.text, length: 7, rsv: 4, isCompressed: true), wire, ending: message, content: Array("Hello".utf8))
        let object = try dump.object()
        #expect(object["base64"] as? String == Data(wire).base64EncodedString())
        #expect(object["text"] == nil)
        #expect(object["completes"] as? NSDictionary == ["length": 5, "wireLength": 7, "frames": 1, "text": "Hello"])
    }

    @Test("wire bytes that were not kept are cut, not absent")
    func compressedNotKept() throws {
        var dump = Dump()
        dump.frame(.sample(.text, length: 7, fin: false, rsv: 4, isCompressed: true), [])
        let object = try dump.object()
        #expect(object["base64"] as? String == "")
        #expect(object["truncated"] as? Bool == true)
    }

    @Test("each unknown byte is a replacement character, and the message is not certain")
    func unknown() throws {
        let content: [UInt8] = [0x61, 0xFF, 0xFF, 0x62, 0xFF]
        var message = Message.sample(.text, content, frames: 1, isCompressed: true)
        message.unknownByteCount = 3
        var dump = Dump()
        dump.frame(.sample(.text, length: 7, rsv: 4, isCompressed: true), [], ending: message, content: content)
        message.unknownByteCount = 2
        dump.frame(.sample(.text, length: 7, rsv: 4, isCompressed: true), [], ending: message, content: content)
        let objects = try dump.objects()
        let first = try #require(objects[0]["completes"] as? [String: Any])
        #expect(first["text"] as? String == "a\u{FFFD}\u{FFFD}b\u{FFFD}")
        #expect(first["unknown"] as? Int == 3)
        #expect(first["certain"] as? Bool == false)
        #expect(objects[0]["certain"] == nil)
        // One FF more than there are unknown bytes was sent like that.
        let second = try #require(objects[1]["completes"] as? [String: Any])
        #expect(second["base64"] as? String == Data(content).base64EncodedString())
    }

    // MARK: message lines

    @Test("with messages there is a line a message, in the order of the contract, and none a frame")
    func messageLine() throws {
        var dump = Dump(Self.messages)
        dump.frame(.sample(.text, length: 1, fin: false), [0x61])
        #expect(try dump.objects().isEmpty)
        var message = Message.sample(.text, [0x61, 0x62])
        message.endTime = .sample(3_000_000)
        dump.frame(.sample(.continuation, length: 1, of: .text), [0x62], ending: message, content: [0x61, 0x62])
        let text = dump.text
        #expect(
            text == """
                {"type":"message","connection":3,"message":7,"time":"2026-01-15T10:00:00.002000Z","endTime":"2026-01-15T10:00:00.003000Z",\
                "from":"server","opcode":1,"kind":"text","length":2,"wireLength":2,"compressed":false,"frames":2,"packets":[8],"text":"ab"}

                """)
    }

    @Test("control frames are messages of their own")
    func controls() throws {
        var dump = Dump(Self.messages)
        var pong = Frame.sample(.pong, length: 1)
        pong.roundTrip = 1_000_000_000
        dump.whole(pong, [0x61])
        dump.whole(.sample(.close, length: 2), [0x03, 0xE8])
        let objects = try dump.objects()
        #expect(objects.map { $0["kind"] as? String } == ["pong", "close"])
        #expect(objects[0]["text"] as? String == "a")
        #expect(objects[0]["roundTrip"] as? Int == 1)
        #expect(objects[1]["close"] as? NSDictionary == ["code": 1000, "name": "normal closure"])
    }

    @Test("findings of a frame that ends no message have lines of their own")
    func findings() throws {
        var dump = Dump(Self.messages)
        var frame = Frame.sample(.text, length: 1, fin: false)
        frame.findings = [Finding(.maskUnexpected)]
        dump.frame(frame, [0x61])
        frame.findings = [Finding(.textNotUTF8)]
        dump.frame(frame, [0x61], ending: .sample(.text, [0x61, 0xFF]), content: [0x61, 0xFF])
        let objects = try dump.objects()
        #expect(objects.map { $0["type"] as? String } == ["finding", "message"])
        #expect(objects[0]["rule"] as? String == "frame.mask.unexpected")
        #expect(objects[0]["from"] as? String == "server")
        #expect(objects[0]["connection"] as? Int == 3)
        #expect((objects[1]["findings"] as? [[String: Any]])?.map { $0["rule"] as? String } == ["message.text.not-utf8"])
    }

    @Test("an abandoned message has a line only where there are lines of messages")
    func abandoned() throws {
        var message = Message.sample(.text, [0x61], frames: 1)
        message.isComplete = false
        for (options, count) in [(JSONLinesReport.Options(), 0), (Self.messages, 1)] {
            var dump = Dump(options, connection: .sample(.inferred))
            let content: [UInt8] = [0x61]
            dump.report.note(.abandoned(message, content: content, of: dump.connection))
            let objects = try dump.objects()
            #expect(objects.count == count)
            guard let object = objects.first else { continue }
            #expect(object["text"] as? String == "a")
            #expect(object["complete"] as? Bool == false)
            #expect(object["certain"] as? Bool == false)
        }
    }

    @Test("missing bytes do not make the rest no text")
    func missing() throws {
        var frame = Frame.sample(.text, length: 9)
        frame.capturedLength = 2
        var message = Message(of: frame, [])
        message.isComplete = false
        var dump = Dump(Self.messages)
        dump.frame(frame, Array("é".utf8), ending: message)
        dump.frame(frame, [0xC3], ending: message)
        let objects = try dump.objects()
        #expect(objects[0]["text"] as? String == "é")
        #expect(objects[0]["truncated"] == nil)
        // One byte was captured that is not shown.
        #expect(objects[1]["text"] as? String == "")
        #expect(objects[1]["truncated"] as? Bool == true)
        #expect(objects.allSatisfy { $0["complete"] as? Bool == false && $0["length"] as? Int == 9 })
    }
}

extension PacketList {
    static func sample(_ numbers: [UInt64], limit: Int) -> PacketList {
        var list = PacketList()
        for number in numbers { list.add(number, limit: limit) }
        return list
    }
}
