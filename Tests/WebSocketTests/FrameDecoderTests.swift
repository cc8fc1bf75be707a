import Bytes
import TestSupport
import Testing
import WebSocket

@Suite struct FrameDecoderTests {
    /// A frame as the decoder gave it: its header, its payload, whether it ended.
    struct Frame: Equatable {
        var header: FrameHeader
        var payload: [UInt8] = []
        var isEnded = false
    }

    /// Feeds a decoder the way a connection does: unread bytes stay until the decoder has moved past them.
    struct Feeding: ~Copyable {
        var decoder = FrameDecoder()
        var unread = ByteBuffer()
        var frames: [Frame] = []
        /// The decoder handed out an empty piece that was not a frame's last, or counted `remaining` wrong.
        var isOdd = false

        mutating func feed(_ bytes: ArraySlice<UInt8>) {
            unread.append(bytes.span)
            var decoder = self.decoder
            var position = 0
            loop: while true {
                switch decoder.next(unread.span, at: &position) {
                case .header(let header):
                    frames.append(Frame(header: header))
                    if decoder.remaining != header.length || !decoder.isInsideFrame { isOdd = true }
                case .payload(let range, let isLast):
                    let piece = unread.span.extracting(range).copied()
                    if piece.isEmpty && !isLast { isOdd = true }
                    frames[frames.count - 1].payload += piece
                    frames[frames.count - 1].isEnded = isLast
                    let left = frames[frames.count - 1].header.length - UInt64(frames[frames.count - 1].payload.count)
                    if decoder.remaining != left || decoder.isInsideFrame == isLast { isOdd = true }
                case .needsMore: break loop
                }
            }
            unread.removeFirst(position)
            self.decoder = decoder
        }
    }

    /// Frames with payloads of honest length, and their bytes on the wire.
    private static func stream(_ random: inout SeededRandom) -> (frames: [Frame], bytes: [UInt8]) {
        var frames: [Frame] = []
        var output = ByteBuffer()
        for _ in 0..<40 {
            var header = FrameHeader.random(&random)
            let form = header.second & 0x7F
            if form == 126 { header.length = UInt64.random(in: 0...300, using: &random) }
            if form == 127 {
                header.length = UInt64.random(in: 0...(Int.random(in: 0..<16, using: &random) > 0 ? 300 : 70_000), using: &random)
            }
            let payload = random.bytes(Int(header.length))
            header.encode(into: &output)
            output.append(payload.span)
            frames.append(Frame(header: header, payload: payload, isEnded: true))
        }
        return (frames, output.span.copied())
    }

    private static func decode(_ bytes: [UInt8], cuts: [Int]) -> (frames: [Frame], isOdd: Bool) {
        var feeding = Feeding()
        var start = 0
        for end in cuts + [bytes.count] {
            feeding.feed(bytes[start..<end])
            start = end
        }
        return (feeding.frames, feeding.isOdd)
    }

    @Test("however a stream is cut, the same headers and payload bytes come out", arguments: SeededRandom.seeds)
    func chopped(seed: UInt64) {
        var random = SeededRandom(seed)
        let (frames, bytes) = Self.stream(&random)
        var variants: [[Int]] = [[], Array(1..<min(bytes.count, 4_000))]
        for share in [2, 7, 50, 3_000] {
            variants.append(Array(0..<bytes.count).filter { _ in Int.random(in: 0..<share, using: &random) == 0 })
        }
        for (index, cuts) in variants.enumerated() {
            let result = Self.decode(bytes, cuts: cuts)
            #expect(result.frames == frames, "variant \(index)")
            #expect(!result.isOdd, "variant \(index)")
        }
    }

    @Test("a tail of half a header waits, and half a frame is told as far as it goes", arguments: 0..<20)
    func tail(count: Int) {
        let payload = Array("0123456789".utf8)
        let start: [UInt8] = [0x82, 0x7E, 0x00, 0x0A]
        let frame = start + payload
        let result = Self.decode(Array((frame + frame).prefix(14 + min(count, 13))), cuts: [])
        #expect(
            result.frames.first
                == Frame(header: FrameHeader(first: 0x82, second: 0x7E, maskingKey: 0, length: 10), payload: payload, isEnded: true))
        #expect(result.frames.count == (count < 4 ? 1 : 2))
        if count >= 4 {
            #expect(result.frames[1].payload == Array(payload.prefix(min(count, 13) - 4)))
            #expect(!result.frames[1].isEnded)
        }
    }

    @Test("a length that no computer holds is a header like any other", arguments: [1 << 63, UInt64.max, 1 << 62])
    func enormous(length: UInt64) {
        var output = ByteBuffer()
        FrameHeader(first: 0x82, second: 0x7F, maskingKey: 0, length: length).encode(into: &output)
        output.append("abc")
        var feeding = Feeding()
        feeding.feed(output.span.copied()[...])
        feeding.feed([0x64])
        let (remaining, frames, isOdd) = (feeding.decoder.remaining, feeding.frames, feeding.isOdd)
        #expect(frames.map(\.header.length) == [length])
        #expect(frames.map(\.payload) == [Array("abcd".utf8)])
        #expect(remaining == length - 4)
        #expect(!isOdd)
        let inside = feeding.decoder.skip(length - 5)
        #expect(inside)
        feeding.feed([0x65, 0x89, 0x00])
        let after = feeding.frames
        #expect(after.count == 2)
        #expect(after[0].isEnded && after[1].isEnded)
    }

    @Test("missing bytes inside a frame are passed over, up to its very end")
    func skipInside() {
        var feeding = Feeding()
        feeding.feed([0x82, 0x05, 0x61])
        let first = feeding.decoder.skip(2)
        feeding.feed([0x64])
        let rest = feeding.decoder.skip(1)
        let nothing = feeding.decoder.skip(0)
        feeding.feed([0x81, 0x01, 0x7A])
        let frames = feeding.frames
        #expect(first && rest && nothing)
        #expect(frames.map(\.payload) == [[0x61, 0x64], [0x7A]])
        #expect(frames.map(\.isEnded) == [true, true])
    }

    @Test("missing bytes beyond a frame, or where a header should be, lose the place")
    func skipBeyond() {
        var feeding = Feeding()
        feeding.feed([0x82, 0x05, 0x61])
        let beyond = feeding.decoder.skip(5)
        let isInside = feeding.decoder.isInsideFrame
        #expect(!beyond)
        #expect(!isInside)
        let atHeader = feeding.decoder.skip(1)
        let nothing = feeding.decoder.skip(0)
        #expect(!atHeader)
        #expect(nothing)
        feeding.feed([0x81, 0x00])
        let frames = feeding.frames
        #expect(frames.count == 2)
        #expect(frames[1].isEnded)
    }
}
