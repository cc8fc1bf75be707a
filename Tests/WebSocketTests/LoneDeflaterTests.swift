import Bytes
import Testing
import WebSocket

@Suite("Messages compressed by themselves")
struct LoneDeflaterTests {
    @Test("the example of RFC 7692 takes the seven bytes that it shows, each time")
    func hello() {
        var deflater = LoneDeflater(windowBits: 15)
        let hello = Array("Hello".utf8)
        for _ in 0..<3 {
            let count = deflater.byteCount(of: hello.span)
            #expect(count == 7)
        }
    }

    @Test("an empty message takes one byte")
    func empty() {
        var deflater = LoneDeflater(windowBits: 15)
        let nothing: [UInt8] = []
        let count = deflater.byteCount(of: nothing.span)
        #expect(count == 1)
    }

    @Test("the count is what a peer without context sends, for each window", arguments: 9...15)
    func likeAPeer(windowBits: Int) {
        var deflater = LoneDeflater(windowBits: windowBits)
        let peer = Deflater(windowBits: windowBits, resetsContext: true)
        for length in [1, 300, 5_000, 100_000] {
            let message = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* $0 / 7) }
            let count = deflater.byteCount(of: message.span)
            #expect(count == UInt64(peer.message(message).count))
        }
    }
}
