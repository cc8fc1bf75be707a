import Channels
import TestSupport
import Testing

@testable import HTTP2

@Suite("Sessions of HTTP/2")
struct SessionTests {
    private static let connect = Wire.block([(":method", "CONNECT"), (":protocol", "websocket")])
    private static let granted: [UInt8] = [0x88]

    private static let client =
        Wire.preface + Wire.settings() + Wire.headers(1, connect) + Wire.data(1, "hello") + Wire.data(1, " padded", padding: 7)
        + Wire.frame(.ping, 0, [UInt8](repeating: 1, count: 8)) + Wire.headers(3, [0x82, 0x84], ends: true)
        + Wire.data(1, "", padding: 3) + Wire.data(1, "!", ends: true)
    private static let server =
        Wire.settings([(.enableConnectProtocol, 1)]) + Wire.frame(.settings, 0, flags: 1) + Wire.headers(1, granted)
        + Wire.data(1, "hi") + Wire.frame(.headers, 3, flags: 0, [0x88]) + Wire.frame(.continuation, 3, flags: 0, Wire.block([("a", "b")]))
        + Wire.frame(.continuation, 3, flags: 4, Wire.block([("c", "d")])) + Wire.data(3, "body", ends: true) + Wire.data(1, "", ends: true)

    private static let conversation = [
        "1 → head :method: CONNECT, :protocol: websocket", "1 → \"hello padded\"", "3 → head :method: GET, :path: /", "3 → end",
        "1 → \"!\"",
        "1 → end", "1 ← head :status: 200", "1 ← \"hi\"", "3 ← head :status: 200, a: b, c: d", "3 ← \"body\"", "3 ← end", "1 ← end",
    ]

    @Test("a conversation says the same whole, byte by byte and cut anywhere")
    func chopped() {
        func said(_ cut: (inout Int) -> Int) -> [String] {
            var listener = Listener()
            for (bytes, direction) in [(Self.client, Direction.fromLow), (Self.server, .fromHigh)] {
                var start = 0
                while start < bytes.count {
                    let end = min(bytes.count, start + cut(&start))
                    listener.take(Array(bytes[start..<end]), from: direction)
                    start = end
                }
            }
            return listener.lines
        }
        #expect(said { _ in .max / 2 } == Self.conversation)
        #expect(said { _ in 1 } == Self.conversation)
        var random = SeededRandom(9_113)
        for _ in 0..<50 { #expect(said { _ in Int.random(in: 1...20, using: &random) } == Self.conversation) }
    }

    @Test("what is located makes up all that was sent, each byte once, and values are where they are said to be")
    func located() {
        var random = SeededRandom(7_541)
        for longest in [1, 3, 40, 1_000] {
            var listener = Listener()
            listener.session.locateParts()
            for (bytes, direction) in [(Self.client, Direction.fromLow), (Self.server, .fromHigh)] {
                var start = 0
                while start < bytes.count {
                    let end = min(bytes.count, start + Int.random(in: 1...longest, using: &random))
                    listener.take(Array(bytes[start..<end]), from: direction)
                    start = end
                }
                let ranges = listener.covered[direction].sorted { $0.lowerBound < $1.lowerBound }
                #expect(ranges.flatMap { Array($0) } == Array(bytes.indices))
                for (side, text) in listener.texts where side == direction {
                    #expect(text.ranges.flatMap { bytes[$0] } == text.value)
                    #expect(bytes[text.prefix] == text.prefixByte && Int(text.prefixByte) == text.value.count)
                }
            }
            #expect(listener.texts.map { String(decoding: $0.text.value, as: UTF8.self) } == ["CONNECT", "websocket", "b", "d"])
        }
    }

    @Test("a server that is heard first is understood, and who the client is")
    func serverFirst() {
        var listener = Listener()
        listener.take(Self.server, from: .fromHigh)
        #expect(listener.session.facts.client == .fromLow)
        #expect(listener.lines.first == "1 ← head :status: 200")
    }

    @Test("an answer of HTTP/1 gives the layer up")
    func answerOfHTTP1() {
        var listener = Listener()
        listener.take(Wire.preface + Wire.settings(), from: .fromLow)
        listener.take(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), from: .fromHigh)
        #expect(listener.lines == ["gave up"])
    }

    // MARK: Ends

    private func opened() -> Listener {
        var listener = Listener()
        listener.take(Wire.preface + Wire.settings() + Wire.headers(1, Self.connect), from: .fromLow)
        listener.take(Wire.settings([(.enableConnectProtocol, 1)]) + Wire.headers(1, Self.granted), from: .fromHigh)
        return listener
    }

    @Test("what was on its way when the other end reset a stream is handed on, and what its own end sends is not")
    func reset() {
        var listener = opened()
        listener.take(Wire.frame(.resetStream, 1, Wire.number(8, bytes: 4)), from: .fromLow)
        listener.take(Wire.data(1, "late"), from: .fromHigh)
        listener.take(Wire.data(1, "never"), from: .fromLow)
        listener.take(Wire.frame(.resetStream, 1, Wire.number(5, bytes: 4)), from: .fromHigh)
        listener.take(Wire.data(1, "never"), from: .fromHigh)
        #expect(
            listener.lines.dropFirst(2) == [
                "1 → end RST_STREAM CANCEL", "1 ← drains", "1 ← \"late\"", "1 → frameAfterEnd", "1 ← end", "1 ← frameAfterEnd",
            ])
    }

    @Test("GOAWAY gives up the streams after its last one, and no others")
    func goAway() {
        var listener = opened()
        listener.take(Wire.headers(3, Self.connect), from: .fromLow)
        listener.take(Wire.frame(.goAway, 0, Wire.number(1, bytes: 4) + Wire.number(11, bytes: 4) + [1, 2, 3]), from: .fromHigh)
        listener.take(Wire.data(1, "goes on"), from: .fromHigh)
        #expect(
            listener.lines.dropFirst(3) == [
                "0 ← GOAWAY ENHANCE_YOUR_CALM", "3 ← end GOAWAY ENHANCE_YOUR_CALM", "3 → drains", "1 ← \"goes on\"",
            ])
    }

    // MARK: Flow control

    @Test("a stream stalls when its window is used up, until WINDOW_UPDATE or SETTINGS give room")
    func stalls() {
        var listener = Listener()
        listener.take(Wire.preface + Wire.settings([(.initialWindowSize, 4)]) + Wire.headers(1, Self.connect), from: .fromLow)
        listener.take(Wire.settings([(.enableConnectProtocol, 1)]) + Wire.headers(1, Self.granted) + Wire.data(1, "four"), from: .fromHigh)
        listener.take(Wire.frame(.windowUpdate, 1, Wire.number(2, bytes: 4)), from: .fromLow)
        listener.take(Wire.data(1, "xxx"), from: .fromHigh)
        listener.take(Wire.settings([(.initialWindowSize, 100)]), from: .fromLow)
        #expect(
            listener.lines.dropFirst(2) == [
                "1 ← stalls", "1 ← \"four\"", "1 ← goes on", "1 ← windowExceeded", "1 ← stalls", "1 ← \"xxx\"", "1 ← goes on",
            ])
    }

    // MARK: Gaps

    @Test("a gap inside DATA is as long as it is, and nothing else suffers")
    func gapInData() {
        var listener = opened()
        let data = Wire.data(1, "one two three")
        listener.take(Array(data[..<13]), from: .fromHigh)
        listener.noteGap(3, from: .fromHigh)
        listener.take(Array(data[16...]) + Wire.data(1, "four"), from: .fromHigh)
        #expect(listener.lines.dropFirst(2) == ["1 ← \"one \"", "1 ← lacks exact(3)", "1 ← \" threefour\""])
    }

    @Test("after a gap the next frame is found, each stream may lack something, and entries of the table are unknown")
    func gapOverFrames() {
        var listener = opened()
        listener.take(Wire.headers(3, Wire.block([("x", "y")], indexed: true)), from: .fromLow)
        listener.take(Wire.data(3, "before"), from: .fromLow)
        listener.noteGap(40, from: .fromLow)
        listener.take(Array("the rest of a frame".utf8) + Wire.data(3, "after") + Wire.data(3, " it"), from: .fromLow)
        listener.take(Wire.headers(5, [0x82, 0xBE]) + Wire.data(1, "too"), from: .fromLow)
        #expect(
            listener.lines.dropFirst(2) == [
                "3 → head x: y", "3 → \"before\"", "3 → lacks bounded(Optional(59))", "3 → \"after it\"", "5 → head :method: GET, ?: ?",
                "1 → lacks bounded(Optional(59))", "1 → \"too\"",
            ])
    }

    @Test("what may be missing at the end of a stream is reported, and not to a stream that began after it")
    func gapAtTheEnd() {
        var listener = opened()
        listener.noteGap(40, from: .fromLow)
        listener.take(Wire.headers(3, Wire.block([("x", "y")])) + Wire.data(3, "after"), from: .fromLow)
        listener.finish()
        #expect(listener.lines.dropFirst(2) == ["3 → head x: y", "3 → \"after\"", "1 → lacks bounded(Optional(40))"])
    }

    @Test("what may be missing of either side is reported before a stream is reset")
    func gapBeforeReset() {
        var listener = opened()
        listener.noteGap(40, from: .fromLow)
        listener.take(Wire.frame(.resetStream, 1, Wire.number(8, bytes: 4)), from: .fromHigh)
        listener.finish()
        #expect(
            listener.lines.dropFirst(2) == ["1 → lacks bounded(Optional(40))", "1 ← end RST_STREAM CANCEL", "1 → drains"])
    }

    @Test("a stream that was reset hears once that what was on its way may be missing")
    func gapWhileDraining() {
        var listener = opened()
        listener.take(Wire.frame(.resetStream, 1, Wire.number(8, bytes: 4)), from: .fromHigh)
        listener.noteGap(40, from: .fromHigh)
        listener.noteGap(40, from: .fromLow)
        listener.noteGap(40, from: .fromLow)
        #expect(listener.lines.dropFirst(2) == ["1 ← end RST_STREAM CANCEL", "1 → drains", "1 → lacks bounded(nil)"])
    }

    @Test("after two gaps it is not known how much a stream lacks")
    func twoGaps() {
        var listener = opened()
        listener.noteGap(40, from: .fromHigh)
        listener.noteGap(50, from: .fromHigh)
        listener.finish()
        #expect(listener.lines.dropFirst(2) == ["1 ← lacks bounded(nil)"])
    }

    @Test("a stream that begins while the answerer's next frame is looked for may lack what is passed over")
    func gapAroundNewStream() {
        var listener = opened()
        listener.noteGap(40, from: .fromHigh)
        listener.take(Wire.headers(3, Wire.block([("x", "y")])), from: .fromLow)
        listener.take(Array("the rest of a frame".utf8) + Wire.data(3, "after") + Wire.data(3, " it"), from: .fromHigh)
        #expect(listener.lines.dropFirst(2) == ["3 → head x: y", "3 ← lacks bounded(Optional(59))", "3 ← \"after it\""])
    }

    @Test("what looks like a header after a gap is none where no other follows it", arguments: [1, 5, 1_000])
    func accidentalHeader(length: Int) {
        var listener = opened()
        listener.noteGap(10, from: .fromHigh)
        // 40 00 00 08 00 00 00 01 is the end of a header of padded DATA on stream 1.
        let settings = Array(Wire.settings([(.maxFrameSize, 0x4000), (.enableConnectProtocol, 1)]).dropFirst(9))
        let bytes = settings + Wire.frame(.settings, 0, flags: 1) + Wire.data(1, "after") + Wire.data(1, " it")
        for start in stride(from: 0, to: bytes.count, by: length) {
            listener.take(Array(bytes[start..<min(start + length, bytes.count)]), from: .fromHigh)
        }
        #expect(listener.lines.dropFirst(2) == ["1 ← lacks bounded(Optional(22))", "1 ← \"after it\""])
    }

    @Test("the last frame after a gap is found at the end, where it ends there")
    func lastFrame() {
        for rest in [0, 1] {
            var listener = opened()
            listener.noteGap(10, from: .fromHigh)
            listener.take(Array("rest".utf8) + Wire.data(1, "last", ends: true).dropLast(rest), from: .fromHigh)
            #expect(listener.lines.count == 2)
            listener.finish()
            #expect(listener.lines.dropFirst(2).contains("1 ← \"last\"") == (rest == 0))
        }
    }

    @Test("an answer after a gap says that something is missing before it, and its content lacks nothing")
    func answerAfterGap() {
        var listener = Listener()
        listener.take(Wire.preface + Wire.settings() + Wire.headers(1, Self.connect), from: .fromLow)
        listener.noteGap(10, from: .fromHigh)
        listener.take(Wire.frame(.settings, 0, flags: 1) + Wire.headers(1, Self.granted) + Wire.data(1, "hello"), from: .fromHigh)
        #expect(listener.lines.dropFirst() == ["1 ← head :status: 200", "1 ← \"hello\""])
    }

    @Test("a connection begun midway is read from the first frames that chain")
    func midway() {
        var listener = Listener(isFromBeginning: false)
        listener.take(Array("of an earlier frame".utf8) + Wire.data(7, "first") + Wire.data(9, "second"), from: .fromLow)
        listener.take(Wire.data(7, "answer"), from: .fromHigh)
        listener.take(Wire.data(9, "another"), from: .fromHigh)
        #expect(listener.lines == ["7 → \"first\"", "9 → \"second\"", "7 ← \"answer\"", "9 ← \"another\""])
    }

    // MARK: Nonsense

    @Test("a block over the limit is passed over, and the stream's content is not")
    func longBlock() {
        var listener = opened()
        var bytes = Wire.frame(.headers, 3, flags: 0, [0x82])
        for _ in 0..<5 { bytes += Wire.frame(.continuation, 3, flags: 0, [UInt8](repeating: 0x82, count: 16_000)) }
        bytes += Wire.frame(.continuation, 3, flags: 4, [0x82]) + Wire.data(3, "content")
        for start in stride(from: 0, to: bytes.count, by: 1_000) {
            listener.take(Array(bytes[start..<min(start + 1_000, bytes.count)]), from: .fromLow)
        }
        #expect(listener.lines.dropFirst(2) == ["3 → headTooLong", "3 → \"content\""])
    }

    @Test("whatever is changed in a conversation, it is read to its end without harm")
    func mutated() {
        var random = SeededRandom(540)
        for round in 0..<3_000 {
            var listener = Listener(isFromBeginning: round % 2 == 0)
            for (bytes, direction) in [(Self.client, Direction.fromLow), (Self.server, .fromHigh)] {
                var changed = bytes
                for _ in 0..<Int.random(in: 0...4, using: &random) {
                    changed[Int.random(in: changed.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                let half = Int.random(in: changed.indices, using: &random)
                listener.take(Array(changed[..<half]), from: direction)
                if round % 3 == 0 { listener.noteGap(UInt64.random(in: 0...100, using: &random), from: direction) }
                listener.take(Array(changed[half...]), from: direction)
            }
            // Nothing is handed on that was not sent.
            #expect(listener.lines.joined().utf8.count < 20_000)
        }
    }
}
