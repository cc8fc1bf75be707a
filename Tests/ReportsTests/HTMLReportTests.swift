import Bytes
import Digests
import Foundation
import HTTP
import Rules
import Testing
import Verdicts
import WebSocket

@testable import Inspection
@testable import Reports

@Suite("HTML report")
struct HTMLReportTests {
    private static let hostile = #"</script><script>alert(1)</script><img src=x onerror=alert(2)>"><!--&amp;"#

    /// A report on one connection that carried `texts`.
    private func page(
        _ texts: [String], _ options: HTMLReport.Options = .init(), of connection: Connection = .sample(), findings: [Finding] = [],
        verdict: String = "It is open."
    ) -> String {
        var report = HTMLReport(options)
        report.begin(sources: ["folder/capture.pcap"])
        report.note(.opened(connection))
        for (index, text) in texts.enumerated() {
            let payload = Array(text.utf8)
            var frame = Frame.sample(.text, length: payload.count)
            frame.number = UInt64(index + 1)
            frame.findings = index == 0 ? findings : []
            report.frame(frame, payload: payload.span, ending: Message(of: frame, payload), content: payload.span, of: connection)
        }
        report.note(.ended(ConnectionEnd(of: connection, Conclusion(Verdict(.stillOpen, text: verdict, time: .sample())))))
        report.finish(Summary(), tool: "wsray", version: "0")
        return String(decoding: report.output.span.copied(), as: UTF8.self)
    }

    private func data(in page: String) throws -> [String: Any] {
        let json = part(of: page, after: #"<script type="application/json" id="data">"#, before: "</script>")
        let value = try JSONSerialization.jsonObject(with: Data(json.utf8))
        return try #require(value as? [String: Any])
    }

    private func connection(in page: String) throws -> [String: Any] {
        let connections = try data(in: page)["connections"] as? [[String: Any]]
        return try #require(connections?.first)
    }

    private func firstMessage(in page: String) throws -> [String: Any] {
        let messages = try connection(in: page)["messages"] as? [[String: Any]]
        return try #require(messages?.first)
    }

    /// What stands between two texts.
    private func part(of page: String, after start: String, before end: String) -> String {
        page.components(separatedBy: start).last?.components(separatedBy: end).first ?? ""
    }

    @Test("what was sent is in the data to the letter, and is no markup anywhere")
    func hostilePayload() throws {
        let request = RequestHead(method: "GET", target: "/\(Self.hostile)", headers: [Header(name: "Host", value: Self.hostile)])
        let page = page(
            [Self.hostile], of: .sample(request: request), findings: [Finding(.maskMissing, found: Self.hostile)], verdict: Self.hostile)
        let message = try firstMessage(in: page)
        #expect(message["text"] as? String == Self.hostile)
        #expect(message["frame"] as? Int == 1)
        #expect(!page.contains("<img"))
        #expect(!page.contains("<!--"))
        #expect(page.components(separatedBy: "<script").count == 3)
        #expect(page.components(separatedBy: "</script").count == 3)
    }

    @Test("the policy has the digests of the very style and script that stand in the page")
    func policy() throws {
        let page = page(["Hello"])
        let style = SHA256.hash(Array(part(of: page, after: "<style>", before: "</style>").utf8).span)
        let script = SHA256.hash(Array(part(of: page, after: "<script>", before: "</script>").utf8).span)
        let wanted =
            "default-src 'none'; style-src 'sha256-\(Base64.encode(style.span))'; script-src 'sha256-\(Base64.encode(script.span))'"
        #expect(page.contains(#"<meta http-equiv="Content-Security-Policy" content="\#(wanted)"#))
        #expect(!page.contains("unsafe-inline"))
    }

    @Test("neither style nor script ends its element or begins a comment")
    func assets() {
        for asset in [HTMLAssets.report.style, HTMLAssets.report.script] {
            let text = String(decoding: asset, as: UTF8.self).lowercased()
            #expect(!text.contains("</s") && !text.contains("<!--") && !text.contains("\r"))
            #expect(!text.contains("innerhtml") && !text.contains("insertadjacenthtml") && !text.contains("document.write"))
        }
    }

    @Test("the verdict can be read without a script, and leads to its connection")
    func verdict() {
        let page = page(["Hello"], verdict: "The server went away after 60 s.")
        let table = page.components(separatedBy: "<script")[0]
        #expect(table.contains("The server went away after 60 s."))
        #expect(table.contains(##"<a href="#c3">#3</a>"##))
    }

    @Test("a finding leads to its frame and to the section that it is about")
    func findings() {
        let page = page(["Hello"], findings: [Finding(.maskMissing)])
        #expect(page.contains(##"<a href="#c3f1">#3 frame 1</a>"##))
        #expect(page.contains(#"href="https://www.rfc-editor.org/rfc/rfc6455#section-5.1""#))
    }

    @Test("a row says of a frame its number, its time, what it is and how long")
    func rows() throws {
        let rows = try connection(in: page(["Hello", "World!"]))["rows"] as? [[Int]]
        // Server, final, ends its message, a message of text.
        let bits = 1 << 4 | 1 << 5 | 1 << 8 | 1 << 10 | 1
        #expect(rows == [[1, 2_000, bits, 5, 1, 0, bits, 6]])
    }

    @Test("of a payload beyond the limit the beginning is there, cut between characters, with its whole length")
    func payloadLimit() throws {
        var options = HTMLReport.Options()
        options.payloadLimit = 4
        let message = try firstMessage(in: page(["aéé!"], options))
        #expect(message["text"] as? String == "aé")
        #expect(message["cutAt"] as? Int == 3)
        #expect(message["length"] as? Int == 6)
    }

    @Test("a page never grows beyond its limit, says what is missing, and keeps the first frame and the last", arguments: [1, 2, 5])
    func limit(megabytes: Int) throws {
        var options = HTMLReport.Options()
        options.byteCount = megabytes << 20
        let texts = (1...6_000).map { "message \($0) " + String(repeating: "x", count: 1_000) }
        let page = page(texts, options)
        #expect(page.utf8.count <= options.byteCount)
        #expect(page.utf8.count > options.byteCount / 4)
        let connection = try connection(in: page)
        let messages = connection["messages"] as? [[String: Any]] ?? []
        let numbers = messages.compactMap { $0["frame"] as? Int }
        #expect(numbers.first == 1)
        #expect(numbers.last == 6_000)
        let omittedCount = connection["omittedMessages"] as? Int ?? 0
        #expect(numbers.count + omittedCount == 6_000)
        let isShortened = omittedCount > 0 || connection["omittedFrames"] is Int
        #expect(page.contains("Left out to keep the page below") == isShortened)
    }

    @Test("characters that nobody sees, or that turn the direction of text, stand as escapes")
    func invisible() {
        let page = page(["Hello"], verdict: "closed\u{202E}txt\u{0}\u{200B}")
        #expect(page.contains(#"closed\u{202e}txt\u{00}\u{200b}"#))
    }

    @Test("a title may be anything", arguments: ["Incident 4711", "</title><script>alert(1)</script>"])
    func title(text: String) {
        var options = HTMLReport.Options()
        options.title = text
        let escaped = text.replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        #expect(page([], options).contains("<title>\(escaped)</title>"))
        #expect(page([]).contains("<title>capture.pcap</title>"))
    }

    @Test("sections of RFCs have addresses, other things have none")
    func sections() {
        #expect(RFCLink.address(of: "RFC 7692 §7.2.3.1") == "https://www.rfc-editor.org/rfc/rfc7692#section-7.2.3.1")
        #expect(RFCLink.address(of: "RFC 6455 §7.1.2, §7.1.7") == "https://www.rfc-editor.org/rfc/rfc6455#section-7.1.2")
        #expect(RFCLink.address(of: "RFC 8441") == "https://www.rfc-editor.org/rfc/rfc8441")
        for other in ["", "RFC", "RFC x", "RFC 6455 §5 \"onclick", "HTML"] { #expect(RFCLink.address(of: other) == nil) }
    }
}

@Suite("What a page is worth")
struct HTMLSizeTests {
    @Test("of points beyond the limit the slow ones stay")
    func points() {
        var points = PlotPoints()
        for index in 0..<100_000 {
            points.add(
                PlotPoint(
                    time: .sample(Int64(index)), value: index % 10_000 == 777 ? 9_000 + Int64(index) : 1, connection: 1,
                    frame: UInt64(index)))
        }
        #expect(points.points.count <= PlotPoints.limit)
        #expect(points.count == 100_000)
        #expect(points.points.filter { $0.frame < 50_000 }.count * 2 > points.points.count - 64)
        #expect(points.points.filter { $0.value > 1 }.count == 10)
        #expect(zip(points.points, points.points.dropFirst()).allSatisfy { $0.frame < $1.frame })
    }

    @Test("shares are lowered until they are at their least, messages first where they are most", arguments: [0, 1 << 20])
    func shares(messageByteCount: Int) {
        var size = HTMLSize(limit: 1 << 20)
        size.waiting.messages = messageByteCount
        var shares = [(size.rowShare, size.messageShare)]
        while !size.isAtLeast, shares.count < 200 {
            size.lower()
            shares.append((size.rowShare, size.messageShare))
        }
        // ln 256 / ln 8/7 is 41.5.
        #expect(shares.count == 2 * 42 + 1)
        #expect((shares[1].1 < 1 << 20) == (messageByteCount > 0))
        #expect((3 << 10...4 << 10).contains(size.rowShare))
        #expect((3 << 10...4 << 10).contains(size.messageShare))
    }

    /// Connections that ended, every fifth with a reset, and what of them is in the page.
    private func kept(of count: UInt64, in byteCount: Int) -> (failed: [UInt64], clean: [UInt64], omittedCount: UInt64) {
        var options = HTMLReport.Options()
        options.byteCount = byteCount
        var report = HTMLReport(options)
        for number in 1...count {
            let connection = Connection.sample(number: number)
            report.note(.opened(connection))
            let isReset = number % 5 == 0
            var verdict = Verdict(isReset ? .reset : .closed, text: "It ended.", time: .sample())
            if isReset { verdict.browser = Verdict.CloseEvent(code: CloseCode(rawValue: 1_006), wasClean: false) }
            report.note(.ended(ConnectionEnd(of: connection, Conclusion(verdict))))
        }
        let failed = report.ended.filter { $0.standing == .failed }.map(\.connection.number)
        let clean = report.ended.filter { $0.standing == .clean }.map(\.connection.number)
        return (failed, clean, report.omittedConnectionCount)
    }

    @Test("of too many connections those that failed stay, and as many of the others as there is room for, the first of them")
    func connections() {
        let (failed, clean, omittedCount) = kept(of: 2_000, in: HTMLReport.Options.leastByteCount + 300 << 10)
        #expect(failed.count == 400)
        #expect(!clean.isEmpty && omittedCount > 0)
        #expect(UInt64(failed.count + clean.count) + omittedCount == 2_000)
        // Room is made some time before it is needed, so that the latest may have come after others were let go.
        #expect(clean.prefix(clean.count / 2) == clean.sorted().prefix(clean.count / 2))
        #expect(clean.first == 1)
    }

    @Test("where even those that failed are too many, the first of them stay")
    func tooManyFailed() {
        let (failed, clean, _) = kept(of: 3_000, in: HTMLReport.Options.leastByteCount + 100 << 10)
        // Others are there only as long as there is room.
        #expect(clean.allSatisfy { $0 > 2_900 })
        #expect(failed.first == 5)
        #expect(failed.count > 20)
        #expect(failed.count < 600)
    }
}
