import Bytes
import Rules
import Testing
import WebSocket

@testable import Inspection
@testable import Reports

@Suite("A row of the timeline")
struct TimelineRowTests {
    /// What a report of these options shows of one frame.
    private func row(
        _ frame: Frame, _ payload: String, message: Message? = nil, content: String? = nil, width: Int? = nil,
        options: TimelineReport.Options = .init()
    ) -> String {
        var options = options
        options.width = width
        var report = TimelineReport(options)
        let bytes = Array(payload.utf8)
        let shown = content.map { Array($0.utf8) } ?? bytes
        report.frame(frame, payload: bytes.span, ending: message ?? Message(of: frame, bytes), content: shown.span, of: .sample())
        return String(decoding: report.output.span.copied(), as: UTF8.self)
    }

    @Test("begins with connection, time, direction, kind and size, in their columns")
    func columns() {
        #expect(row(.sample(.text, length: 5), "hello") == "#3    0.000 000  ← text          5 B  hello\n")
        #expect(row(.sample(.binary, length: 3), "abc") == "#3    0.000 000  ← binary        3 B  61 62 63  abc\n")
        #expect(row(.sample(Opcode(rawValue: 11), length: 0), "") == "#3    0.000 000  ← reserved-11   0 B\n")
    }

    @Test("shows a size to the byte below 100,000, in the same column")
    func sizes() {
        for (length, text) in [
            (999, "   999 B"), (1_000, " 1,000 B"), (99_999, "99,999 B"), (100_000, "  100 kB"), (1_234_567, "  1.2 MB"),
        ] {
            let shown = row(.sample(.text, length: length), "x")
            #expect(shown.hasPrefix("#3    0.000 000  ← text     \(text)  x"), "\(shown)")
        }
    }

    @Test("ends behind the size when there is no payload")
    func empty() {
        #expect(row(.sample(.ping, length: 0), "") == "#3    0.000 000  ← ping          0 B\n")
    }

    @Test("marks the fragments of a message, and says how many there were", arguments: [nil, 100])
    func fragments(width: Int?) {
        let first = row(.sample(.text, length: 3, fin: false), "one", width: width)
        #expect(first == "#3    0.000 000  ← text ┌        3 B  one\n")
        var message = Message.sample(.text, Array("one two".utf8), frames: 3)
        message.length = 7
        let last = row(.sample(.continuation, length: 3, of: .text), "two", message: message, content: "one two", width: width)
        #expect(last.hasPrefix("#3    0.000 000  ← text └        3 B  two   "))
        #expect(last.hasSuffix("message 7 B in 3 frames\n"))
    }

    @Test("of a compressed message shows the inflated text and both lengths")
    func compressed() {
        var message = Message.sample(.text, Array("hello hello hello".utf8), frames: 1, isCompressed: true)
        message.wireLength = 9
        let frame = Frame.sample(.text, length: 9, rsv: 4, isCompressed: true)
        let shown = row(frame, "wire", message: message, content: "hello hello hello", width: 80)
        #expect(shown == "#3    0.000 000  ← text         17 B  hello hello hello           deflated 9 B\n")
    }

    @Test(
        "cuts the payload, not the remarks, and is never wider than the terminal",
        arguments: [60, 72, 80, 99, 100, 120, 144, 145, 200, 300])
    func fits(width: Int) {
        let long = String(repeating: "payload ", count: 60)
        for opcode in [Opcode.text, .binary, .close, .ping] {
            var frame = Frame.sample(opcode, length: long.utf8.count)
            frame.roundTrip = 1_234_567
            frame.findings = [
                Finding(.controlTooLong, expected: "at most 125 bytes", found: "480 bytes"), Finding(.reservedBits, found: "RSV = 7"),
            ]
            for count in 0...2 {
                frame.findings = Array(frame.findings.prefix(count))
                let shown = row(frame, (opcode == .close ? "\u{3}\u{e8}" : "") + long, width: width)
                for line in shown.split(separator: "\n") { #expect(line.unicodeScalars.count <= width, "\(line)") }
                let words = shown.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                #expect(words.contains("round trip 1.2 ms"))
                for finding in frame.findings { #expect(words.contains("\(finding.rule.entry.label)")) }
            }
        }
    }

    @Test("puts remarks beneath itself when they have no room")
    func beneath() {
        var frame = Frame.sample(.text, length: 30)
        frame.findings = [Finding(.reservedBits, found: "RSV = 7"), Finding(.maskUnexpected)]
        let lines = row(frame, "a payload of about thirty byte", width: 84).split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.first == "#3    0.000 000  ← text         30 B  a payload of about thirty byte")
        #expect(lines.last?.drop { $0 == " " }.hasPrefix("✗ masked by the server") == true)
    }

    @Test("counts wide characters as two columns")
    func wide() {
        let shown = row(.sample(.text, length: 60), String(repeating: "漢", count: 20), width: 60)
        // 60 columns less 38 in front leave 22: ten characters and the ellipsis.
        #expect(shown == "#3    0.000 000  ← text         60 B  \(String(repeating: "漢", count: 10))…\n")
    }

    @Test("shows a lost byte of a compression window as such, and FF of other text as an escape")
    func unknown() {
        var message = Message.sample(.text, Array("abcd".utf8), frames: 1, isCompressed: true, isValidText: false)
        message.unknownByteCount = 2
        var report = TimelineReport(TimelineReport.Options())
        let bytes: [UInt8] = [0x61, 0xFF, 0xFF, 0x64]
        let nothing: [UInt8] = []
        var frame = Frame.sample(.text, length: 4, isCompressed: true)
        report.frame(frame, payload: nothing.span, ending: message, content: bytes.span, of: .sample())
        frame.isCompressed = false
        report.frame(frame, payload: bytes.span, ending: Message(of: frame, bytes), content: bytes.span, of: .sample())
        let rows = String(decoding: report.output.span.copied(), as: UTF8.self).split(separator: "\n")
        #expect(rows.first?.contains("a\u{FFFD}\u{FFFD}d ") == true)
        #expect(rows.last?.hasSuffix("  a\\xff\\xffd") == true)
    }

    @Test("shows whole payloads beneath in full mode, unless they fit")
    func full() {
        var options = TimelineReport.Options()
        options.payload = .full
        #expect(row(.sample(.text, length: 5), "short", width: 80, options: options).hasSuffix("5 B  short\n"))
        let text = "first line\n" + String(repeating: "x", count: 100)
        let shown = row(.sample(.text, length: 111), text, width: 80, options: options).split(separator: "\n")
        #expect(
            shown == [
                "#3    0.000 000  ← text        111 B", "                 │ first line",
                "                 │ \(String(repeating: "x", count: 100))",
            ])
        let bytes = row(.sample(.binary, length: 18), "0123456789abcdef\u{1b}[", width: 80, options: options).split(separator: "\n")
        #expect(bytes.dropFirst().first == "                 │ 0000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  0123456789abcdef")
        #expect(bytes.last == "                 │ 0010  1b 5b                                             .[")
    }
}
