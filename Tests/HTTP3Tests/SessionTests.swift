import Bytes
import Channels
import TestSupport
import Testing

@testable import HTTP3

@Suite("A connection of HTTP/3")
struct SessionTests {
    @Test("a WebSocket on a stream: heads, content and ends")
    func webSocket() {
        var listener = Listener()
        listener.take(Wire.settings(tableCapacity: 0), of: 2, from: .fromLow)
        listener.take(Wire.settings(tableCapacity: 0, enablesConnect: true), of: 3, from: .fromHigh)
        listener.take(Wire.headers(Wire.request), of: 0, from: .fromLow)
        listener.take(Wire.headers(Wire.answer), of: 0, from: .fromHigh)
        listener.take(Wire.data("hello") + Wire.data(""), of: 0, from: .fromLow)
        listener.take(Wire.data("hel") + Wire.frame(0x21, [1, 2, 3]) + Wire.data("lo"), of: 0, from: .fromHigh)
        listener.end(0, from: .fromLow)
        listener.end(0, from: .fromHigh)
        #expect(
            listener.lines == [
                "0 ← head :status: 200", "0 ← \"hello\"", "0 ← end",
                "0 → head :method: CONNECT, :protocol: websocket, :scheme: https, :path: /chat, :authority: example.com", "0 → \"hello\"",
                "0 → end",
            ])
    }

    private static let head = "0 → head :method: CONNECT, :protocol: websocket, :scheme: https, :path: /chat, :authority: example.com"

    // MARK: Streams and frames

    @Test("nothing but requests is handed on: no push, no stream of the server's, none of an unknown type")
    func otherStreams() {
        var listener = Listener.begun()
        listener.take([1] + Wire.number(3) + Wire.headers(Wire.answer) + Wire.data("pushed"), of: 15, from: .fromHigh)
        listener.take(Wire.headers(Wire.request) + Wire.data("no"), of: 1, from: .fromHigh)
        listener.take(Wire.number(0x21 + 0x1F * 1_000_000) + Wire.data("no"), of: 14, from: .fromLow)
        listener.take([0x54, 1, 2, 3], of: 18, from: .fromLow)
        // A second control stream, and an end that sends on a stream of the other's.
        listener.take([0] + Wire.frame(FrameType.goAway, [0]), of: 19, from: .fromHigh)
        listener.take(Wire.headers(Wire.request), of: 6, from: .fromHigh)
        for stream in [15, 19] { listener.end(UInt64(stream), from: .fromHigh) }
        #expect(listener.lines.isEmpty)
    }

    @Test("frames with other purposes and of unknown types are passed over, whatever the length of their numbers")
    func otherFrames() {
        var listener = Listener.begun()
        let priority = Wire.frame(0xF0700, [0, 0x75])
        listener.take(Wire.frame(0x0D, [8]) + priority + Wire.frame(0x03, [1]) + Wire.frame(0x40_21, [9]), of: 2, from: .fromLow)
        for count in [1, 2, 4, 8] {
            let length = Wire.number(5, bytes: count)
            listener.take(Wire.number(0x21) + length + Array("grey!".utf8) + Wire.number(0, bytes: count) + length, of: 0, from: .fromLow)
            listener.take(Array("hello".utf8), of: 0, from: .fromLow)
        }
        #expect(listener.lines == ["0 → \"hellohellohellohello\""])
    }

    @Test("a frame of nearly 2^62 bytes is only a header: nothing is waited for")
    func endlessFrame() {
        var listener = Listener.begun()
        listener.take([0] + Wire.number(1 << 62 - 1) + Array("all of it".utf8), of: 0, from: .fromLow)
        listener.take(Wire.headers(Wire.answer), of: 4, from: .fromHigh)
        listener.take([1] + Wire.number(1 << 62 - 1) + [0, 0], of: 4, from: .fromHigh)
        listener.take([4] + Wire.number(1 << 62 - 1) + [0, 0], of: 3, from: .fromHigh)
        listener.take([0x21] + Wire.number(1 << 62 - 1) + [0, 0], of: 8, from: .fromHigh)
        #expect(listener.lines == ["0 → \"all of it\"", "4 ← head :status: 200", "4 ← headTooLong"])
        #expect(listener.session.heldByteCount == 0)
    }

    @Test("trailers and promised requests: the ones are a head, the others are read and not handed on")
    func trailersAndPromises() {
        var listener = Listener.begun()
        listener.take(Wire.insert(":path", "/pushed"), of: 6, from: .fromLow)
        listener.take(Wire.frame(FrameType.pushPromise, [3] + Wire.request), of: 0, from: .fromHigh)
        listener.take(
            Wire.headers(Wire.answer) + Wire.data("body") + Wire.headers(Wire.section([("sum", "1")])), of: 0, from: .fromHigh)
        #expect(listener.lines == ["0 ← head :status: 200", "0 ← \"body\"", "0 ← head sum: 1"])
    }

    @Test("an extended CONNECT knows whether the server had announced that it takes them")
    func announcement() {
        func announced(_ settings: [UInt8]?) -> Bool?? {
            let session = HTTP3Session(client: .fromLow)
            var output = LayerOutput()
            let mark = PacketMark(number: 1, time: Timestamp(nanoseconds: 1))
            if let settings { session.take(settings.span, of: 3, from: .fromHigh, at: 0, mark, into: &output) }
            session.take(Wire.headers(Wire.request).span, of: 0, from: .fromLow, at: 0, mark, into: &output)
            for action in output.actions { if case .head(let section, _, _, _) = action { return section.isAnnounced } }
            return nil
        }
        #expect(announced(Wire.settings(tableCapacity: 0, enablesConnect: true)) == .some(true))
        #expect(announced(Wire.settings(tableCapacity: 0)) == .some(false))
        #expect(announced(Wire.settings([(8, 0)])) == .some(false))
        #expect(announced(nil) == .some(nil))
    }

    @Test("all bytes that an end sends are counted, each once")
    func framing() {
        var listener = Listener.begun()
        let sent =
            Wire.headers(Wire.request) + Wire.data("hello") + Wire.frame(0x21, [1, 2, 3]) + Wire.headers(Wire.section([("a", "b")]))
        listener.take(sent, of: 0, from: .fromLow)
        let framing = listener.session.framing(of: .fromLow)
        #expect(framing?.contentByteCount == 5)
        #expect(framing?.frameCount == 5)
        #expect(framing?.contentFrameCount == 1)
        #expect(framing?.streamCount == 3)
        #expect(framing?.byteCount == UInt64(sent.count + Wire.settings(tableCapacity: 4_096).count + 4))
    }

    // MARK: Ends

    @Test("a stream that both ends give up: the reset names its error, and what was on its way drains")
    func resetAndStop() {
        var listener = Listener.begun()
        listener.take(Wire.headers(Wire.request), of: 0, from: .fromLow)
        listener.take(Wire.headers(Wire.answer), of: 0, from: .fromHigh)
        listener.reset(0, from: .fromHigh, code: 0x10C)
        listener.stop(0, from: .fromLow, code: 0x10C)
        listener.take(Wire.data("late"), of: 0, from: .fromLow)
        listener.reset(0, from: .fromLow, code: 0x104)
        #expect(
            listener.lines == [
                "0 ← head :status: 200", "0 ← end RESET_STREAM H3_REQUEST_CANCELLED", Self.head,
                "0 → drains", "0 → \"late\"", "0 → end RESET_STREAM H3_CLOSED_CRITICAL_STREAM",
            ])
    }

    @Test("a server that has answered and wants no more of the request says so, and both directions end by themselves")
    func stopOnly() {
        var listener = Listener.begun()
        listener.take(Wire.headers(Wire.request), of: 0, from: .fromLow)
        listener.stop(0, from: .fromLow, code: 0x100)
        listener.take(Wire.headers(Wire.answer), of: 0, from: .fromHigh)
        listener.end(0, from: .fromHigh)
        listener.reset(0, from: .fromLow, code: 0x10C)
        #expect(
            listener.lines == [
                "0 ← STOP_SENDING H3_NO_ERROR", "0 ← head :status: 200", "0 ← end", Self.head,
                "0 → end RESET_STREAM H3_REQUEST_CANCELLED",
            ])
    }

    @Test("GOAWAY of a server gives up the requests from the one that it names on, and no others")
    func goAway() {
        var listener = Listener.begun()
        for stream: UInt64 in [0, 4, 8] { listener.take(Wire.headers(Wire.request), of: stream, from: .fromLow) }
        listener.take(Wire.frame(FrameType.goAway, Wire.number(1 << 62 - 4)), of: 3, from: .fromHigh)
        listener.take(Wire.frame(FrameType.goAway, [4]), of: 3, from: .fromHigh)
        listener.take(Wire.data("rest"), of: 4, from: .fromLow)
        let short = listener.lines.filter { !$0.contains("head") }
        #expect(
            short == [
                "4 ← end GOAWAY ", "4 → drains", "4 → \"rest\"", "8 ← end GOAWAY ", "8 → drains", "all ← GOAWAY ", "all ← GOAWAY ",
            ])
    }

    @Test("a stream of which nothing came is none, and one that is over is forgotten")
    func forgotten() {
        var listener = Listener.begun()
        listener.take([], of: 0, from: .fromLow)
        listener.end(0, from: .fromLow)
        listener.reset(4, from: .fromHigh, code: 0x100)
        listener.stop(8, from: .fromHigh, code: 0x100)
        #expect(listener.lines.isEmpty)
        let known = listener.session.readerCount
        for stream in stride(from: UInt64(0), to: 40_000, by: 4) {
            listener.take(Wire.headers(Wire.answer), of: stream, from: .fromHigh)
            listener.end(stream, from: .fromHigh)
            listener.end(stream, from: .fromLow)
            #expect(listener.session.readerCount == known)
        }
    }

    @Test("errors have the names of RFC 9114 and RFC 9204, or their numbers")
    func errorNames() {
        let session = HTTP3Session()
        let codes: [UInt64] = [0x100, 0x10B, 0x110, 0x111, 0x200, 0x202, 0x203, 0x33, 0, .max]
        #expect(
            codes.map { session.name(ofError: $0) } == [
                "H3_NO_ERROR", "H3_REQUEST_REJECTED", "H3_VERSION_FALLBACK", "0x111", "QPACK_DECOMPRESSION_FAILED",
                "QPACK_DECODER_STREAM_ERROR", "0x203", "H3_DATAGRAM_ERROR", "0x0", "0xffffffffffffffff",
            ])
    }
}
