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
}
