import Testing
import WebSocket

/// The examples of RFC 7692 §7.2.3.
@Suite struct CompressionExampleTests {
    private static let hello = Array("Hello".utf8)

    /// One example message, and whether it inflates to Hello.
    struct Example: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var bytes: [UInt8]
        var text = "Hello"
    }

    static let examples = [
        Example(testDescription: "§7.2.3.1, one block", bytes: [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]),
        Example(
            testDescription: "§7.2.3.3, not compressed", bytes: [0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00]),
        Example(testDescription: "§7.2.3.4, a final block", bytes: [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00]),
        Example(
            testDescription: "§7.2.3.5, two blocks",
            bytes: [0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00]),
        Example(testDescription: "§7.2.3.6, empty", bytes: [0x00], text: ""),
        Example(testDescription: "a final block alone", bytes: [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]),
        Example(testDescription: "nothing at all", bytes: [], text: ""),
    ]

    @Test("each example is read wherever it is cut", arguments: examples, [false, true])
    func example(_ example: Example, hasKnownWindow: Bool) {
        let expected = MessageReader.Message.whole(Array(example.text.utf8), wireLength: example.bytes.count)
        for first in 0...example.bytes.count {
            for second in first...example.bytes.count {
                var reader = MessageReader(resetsContext: false, hasKnownWindow: hasKnownWindow)
                let message = reader.read(example.bytes.cut(at: [first, second]))
                #expect(message == expected, "cut at \(first) and \(second)")
            }
        }
    }

    @Test("after each example the next message is read with the window that it left", arguments: examples)
    func afterExample(_ example: Example) {
        var reader = MessageReader(resetsContext: false)
        // §7.2.3.2: the first Hello of a connection, then one that copies from it.
        let first = reader.read([Self.examples[0].bytes])
        let between = reader.read([example.bytes])
        // With the window holding Hello twice, or once and nothing behind, five back is the same text.
        let last = reader.read([[0xF2, 0x00, 0x11, 0x00, 0x00]])
        #expect(first.content == Self.hello)
        #expect(between.content == Array(example.text.utf8))
        #expect(last == .whole(Self.hello, wireLength: 5))
    }

    @Test("§7.2.3.2 without the first message: the literal is known, what is copied is not")
    func copiedFromTheUnknown() {
        var reader = MessageReader(resetsContext: false, hasKnownWindow: false)
        let message = reader.read([[0xF2, 0x00, 0x11, 0x00, 0x00]])
        #expect(message.content == [0x48, 0xFF, 0xFF, 0xFF, 0xFF])
        #expect(message.unknownByteCount == 4)
        #expect(message.length == 5)
        #expect(message.fault == nil)
    }

    @Test("without context takeover a copy from before the message is read and told, and the next message is read")
    func resetContext() {
        var reader = MessageReader(resetsContext: true)
        let first = reader.read([Self.examples[0].bytes])
        let second = reader.read([[0xF2, 0x00, 0x11, 0x00, 0x00]])
        let isTold = reader.assembler.usesForgottenContext
        let third = reader.read([Self.examples[0].bytes])
        #expect(first.fault == nil)
        #expect(second == .whole(Self.hello, wireLength: 5))
        #expect(isTold)
        #expect(third == .whole(Self.hello, wireLength: 7))
    }

    @Test("data that end inside a block are a fault, and what later messages copy from there is not made up")
    func endsInsideBlock() {
        var reader = MessageReader(resetsContext: false)
        let cut = reader.read([[0xF2, 0x48, 0xCD]])
        let next = reader.read([[0xF2, 0x00, 0x11, 0x00, 0x00]])
        let literal = reader.read([Self.examples[0].bytes])
        #expect(cut.fault != nil)
        #expect(next.content == [0x48, 0xFF, 0xFF, 0xFF, 0xFF])
        #expect(literal == .whole(Self.hello, wireLength: 7))
    }
}
