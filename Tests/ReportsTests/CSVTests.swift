import Bytes
import HTTP
import Testing
import WebSocket

@testable import Inspection
@testable import Reports

@Suite("CSV")
struct CSVTests {
    private func row(_ payload: [UInt8], _ options: JSONLinesReport.Options = .init(), ending isWhole: Bool = true) -> [String] {
        var report = CSVReport(options)
        report.begin()
        let frame = Frame.sample(.text, length: payload.count)
        report.frame(
            frame, payload: payload.span, ending: isWhole ? Message(of: frame, payload) : nil, content: payload.span, of: .sample())
        return String(decoding: report.output.span.copied(), as: UTF8.self).split(separator: "\r\n").map(String.init)
    }

    @Test("quotation marks are doubled, and commas and line ends stay inside them")
    func quotes() throws {
        let rows = row(Array("say \"a, b\"\nend".utf8))
        try #require(rows.count == 2)
        #expect(rows[1].contains(#","say ""a, b""\#nend",,,false,"#))
    }

    @Test("text with a NUL is written in base 64, since tables have no place for it")
    func nul() throws {
        let rows = row([0x61, 0x00])
        try #require(rows.count == 2)
        #expect(rows[1].contains(",,YQA=,,false,"))
    }

    @Test("every row has as many columns as the header")
    func columns() {
        var messages = JSONLinesReport.Options()
        messages.messages = true
        var digests = JSONLinesReport.Options()
        digests.payload = .digest
        var none = JSONLinesReport.Options()
        none.payload = .none
        for options in [.init(), messages, digests, none] {
            let rows = row(Array("plain".utf8), options)
            let widths = Set(rows.map { $0.split(separator: ",", omittingEmptySubsequences: false).count })
            #expect(rows.count == 2 && widths.count == 1)
        }
    }
}
