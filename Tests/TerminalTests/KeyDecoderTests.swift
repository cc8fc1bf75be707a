import Bytes
import Testing

@testable import Terminal

@Suite("Keys out of what a terminal sends")
struct KeyDecoderTests {
    /// The events of bytes that come in pieces of so many, and whether more is waited for.
    private func events(_ bytes: [UInt8], portion: Int = .max, isLate: Bool = false) -> [InputEvent] {
        var decoder = KeyDecoder()
        var events: [InputEvent] = []
        var at = 0
        while at < bytes.count {
            let end = min(bytes.count, at + min(portion, bytes.count))
            decoder.feed(bytes.span.extracting(at..<end))
            while let event = decoder.next() { events.append(event) }
            at = end
        }
        if isLate { while let event = decoder.next(isLate: true) { events.append(event) } }
        return events
    }

    private func events(_ text: String, isLate: Bool = false) -> [InputEvent] { events(Array(text.utf8), isLate: isLate) }

    @Test(
        "a key for each sequence that xterm, the Linux console, rxvt and tmux send",
        arguments: [
            ("j", Key(.character("j"))), ("\r", Key(.enter)), ("\n", Key(.enter)), ("\t", Key(.tab)), ("\u{7F}", Key(.backspace)),
            ("\u{4}", .control("d")), ("\u{1A}", .control("z")), ("\u{0}", .control(" ")), ("é", Key(.character("é"))),
            ("漢", Key(.character("漢"))), ("😀", Key(.character("😀"))), ("\u{1B}[A", Key(.up)), ("\u{1B}OB", Key(.down)),
            ("\u{1B}[5~", Key(.pageUp)), ("\u{1B}[H", Key(.home)), ("\u{1B}[7~", Key(.home)), ("\u{1B}[1~", Key(.home)),
            ("\u{1B}OF", Key(.end)), ("\u{1B}[8~", Key(.end)), ("\u{1B}[Z", Key(.tab, .shift)), ("\u{1B}OP", Key(.function(1))),
            ("\u{1B}[[E", Key(.function(5))), ("\u{1B}[15~", Key(.function(5))), ("\u{1B}[24~", Key(.function(12))),
            ("\u{1B}[1;5C", Key(.right, .control)), ("\u{1B}[1;2A", Key(.up, .shift)), ("\u{1B}[5;3~", Key(.pageUp, .alt)),
            ("\u{1B}x", Key(.character("x"), .alt)), ("\u{1B}\r", Key(.enter, .alt)),
        ] as [(String, Key)])
    func keys(text: String, key: Key) {
        #expect(events(text) == [.key(key)])
    }

    @Test("a lone ESC is a key only when nothing follows it")
    func escape() {
        #expect(events("\u{1B}").isEmpty)
        #expect(events("\u{1B}", isLate: true) == [.key(Key(.escape))])
        #expect(events("\u{1B}\u{1B}[A") == [.key(Key(.escape)), .key(Key(.up))])
        #expect(events("\u{1B}[", isLate: true) == [.key(Key(.character("["), .alt))])
        #expect(events("\u{1B}O", isLate: true) == [.key(Key(.character("O"), .alt))])
    }

    @Test("what means nothing is swallowed whole")
    func unknown() {
        #expect(events("\u{1B}[?1;2cj") == [.key(.character("j"))])
        #expect(events("\u{1B}[99~j") == [.key(.character("j"))])
        #expect(events("\u{1B}[Ij") == [.key(.character("j"))])
        #expect(events([0xFF, 0x6A]) == [.key(.character("j"))])
        #expect(events([0xE6, 0xBC, 0x6A]) == [.key(.character("j"))])
        #expect(events([0xE6, 0xBC], isLate: true).isEmpty)
        let endless = "\u{1B}[" + String(repeating: "1", count: 80) + "q"
        #expect(events(endless).last == .key(.character("q")))
    }

    @Test("a sequence that breaks off does not eat the one behind it")
    func brokenOff() {
        #expect(events("\u{1B}[1;\u{1B}[B") == [.key(Key(.down))])
    }

    @Test("the mouse, from xterm's SGR form")
    func mouse() {
        #expect(events("\u{1B}[<0;5;3M") == [.mouse(MouseEvent(.press, at: Position(row: 2, column: 4)))])
        #expect(events("\u{1B}[<2;300;3m") == [.mouse(MouseEvent(.release, button: 2, at: Position(row: 2, column: 299)))])
        #expect(events("\u{1B}[<64;1;1M") == [.mouse(MouseEvent(.wheelUp, at: Position(row: 0, column: 0)))])
        #expect(events("\u{1B}[<65;1;1M") == [.mouse(MouseEvent(.wheelDown, at: Position(row: 0, column: 0)))])
        #expect(events("\u{1B}[<32;2;1M") == [.mouse(MouseEvent(.drag, at: Position(row: 0, column: 1)))])
        // Coordinates of 0, missing ones, a button that there is not, and a number beyond 16 bits.
        for wrong in ["\u{1B}[<0;0;1M", "\u{1B}[<0;1M", "\u{1B}[<3;1;1M", "\u{1B}[<0;99999;1M"] { #expect(events(wrong).isEmpty) }
    }

    @Test("pasted text is no keys, and its end ends it")
    func paste() {
        #expect(events("\u{1B}[200~q\r\u{1B}[A\u{1B}[201~j") == [.paste("q\r\u{1B}[A"), .key(.character("j"))])
        let long = String(repeating: "x", count: KeyDecoder.pasteLimit + 10)
        #expect(events("\u{1B}[200~\(long)\u{1B}[201~") == [.paste(String(long.dropLast(10)))])
    }

    @Test("the same events however the bytes are cut")
    func chopped() {
        let bytes = Array("a\u{1B}[Aé\u{1B}[<0;5;3M\u{1B}[200~x\u{1B}y\u{1B}[201~\u{1B}[1;5C漢\u{1B}OPz".utf8)
        let whole = events(bytes)
        #expect(whole.count == 9)
        for portion in 1..<bytes.count { #expect(events(bytes, portion: portion) == whole, "portions of \(portion)") }
    }

    @Test("any bytes at all are survived, and a plain key behind them is heard")
    func hostile() {
        var state: UInt64 = 0x2545_F491_4F6C_DD1D
        for _ in 0..<2_000 {
            var bytes: [UInt8] = []
            for _ in 0..<40 {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                bytes.append([0x1B, 0x5B, 0x3C, 0x3B, 0x4D, UInt8(truncatingIfNeeded: state >> 8)][Int(state % 6)])
            }
            // The end of a paste, should one have begun; and so much that no sequence is open.
            bytes += Array("\u{1B}[201~".utf8) + [0x0D, 0x0D, 0x6A]
            #expect(events(bytes, isLate: true).last == .key(.character("j")), "\(bytes)")
        }
    }

    @Test("keys are called what help calls them")
    func names() {
        #expect("\(Key.control("d"))" == "Ctrl-d")
        #expect("\(Key(.tab, .shift))" == "Shift-Tab")
        #expect("\(Key(.pageDown))" == "PgDn")
        #expect("\(Key.character(" "))" == "Space")
    }
}
