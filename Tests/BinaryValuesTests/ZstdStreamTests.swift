import Bytes
import Testing

@testable import BinaryValues

@Suite("Streams of zstd", .enabled(if: ZstdStream() != nil, "libzstd is not installed"))
struct ZstdStreamTests {
    /// A frame with a window of 8 MiB (RFC 8878 §3.1.1.1.2), and a block of one byte after which another comes.
    private static let opening: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x68, 0x08, 0x00, 0x00, UInt8(ascii: "a")]

    @Test("all streams together take no more memory than they may, and what one took is given back with it")
    func memory() throws {
        let memory = ZstdStream.Memory(limit: 64 << 20)
        var streams: [ZstdStream] = []
        var outcome = ZlibStream.Outcome.needsInput
        while outcome == .needsInput, streams.count < 100 {
            let stream = try #require(ZstdStream(memory: memory))
            var output = ByteBuffer()
            outcome = stream.decompress(Self.opening.span, into: &output, limit: 1_024)
            streams.append(stream)
        }
        #expect(outcome == .isFull)
        #expect((4...8).contains(streams.count))
        streams = []
        let stream = try #require(ZstdStream(memory: memory))
        var output = ByteBuffer()
        #expect(stream.decompress(Self.opening.span, into: &output, limit: 1_024) == .needsInput)
        #expect(output.count == 1)
    }
}
