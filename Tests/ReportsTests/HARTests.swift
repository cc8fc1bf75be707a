import Bytes
import Foundation
import HTTP
import Testing
import Verdicts
import WebSocket

@testable import Inspection
@testable import Reports

@Suite("HAR")
struct HARTests {
    /// The entries of a report on one connection that carried `texts`.
    private func entries(_ texts: [String], _ options: HARReport.Options = .init(), of connection: Connection = .sample()) throws
        -> [[String: Any]]
    {
        var report = HARReport(options)
        report.begin(tool: "wsray", version: "0")
        report.note(.opened(connection))
        for text in texts {
            let payload = Array(text.utf8)
            let frame = Frame.sample(.text, length: payload.count)
            report.frame(frame, payload: payload.span, ending: Message(of: frame, payload), content: payload.span, of: connection)
        }
        report.note(.ended(ConnectionEnd(of: connection, Conclusion(Verdict(.stillOpen, text: "open", time: .sample())))))
        report.finish()
        let value = try JSONSerialization.jsonObject(with: Data(report.output.span.copied()))
        let log = try #require((value as? [String: Any])?["log"] as? [String: Any])
        return try #require(log["entries"] as? [[String: Any]])
    }

    @Test("beyond the limit messages are left out, and the entry says how many")
    func limit() throws {
        var options = HARReport.Options()
        options.waitingByteCount = 1_000
        let entry = try #require(try entries(Array(repeating: String(repeating: "x", count: 300), count: 5), options).first)
        #expect((entry["_webSocketMessages"] as? [Any])?.count == 1)
        #expect(entry["_omittedMessages"] as? Int == 4)
    }

    @Test("what a server sent is received, at the second of its first byte")
    func message() throws {
        let entry = try #require(try entries(["Hello"]).first)
        let message = try #require((entry["_webSocketMessages"] as? [[String: Any]])?.first)
        #expect(message["type"] as? String == "receive")
        #expect(message["opcode"] as? Int == 1)
        #expect(message["data"] as? String == "Hello")
        #expect(message["time"] as? Double == 1_768_471_200.002)
    }

    private func response(_ body: RefusalBody, _ options: HARReport.Options = .init()) throws -> [String: Any] {
        let head = ResponseHead(status: 403, reason: "Forbidden", headers: [Header(name: "Content-Type", value: "text/plain")])
        let connection = Connection.sample(.refused, response: head, body: body)
        return try #require(try entries([], options, of: connection).first?["response"] as? [String: Any])
    }

    @Test("the body of a refusal is the response's content, as text where it is text")
    func content() throws {
        let shown = try response(RefusalBody(bytes: Array("no entry".utf8), length: 8))
        let content = try #require(shown["content"] as? [String: Any])
        #expect(content["text"] as? String == "no entry")
        #expect(content["size"] as? Int == 8)
        #expect(content["mimeType"] as? String == "text/plain")
        #expect(content["encoding"] == nil && content["compression"] == nil && content["comment"] == nil)
        #expect(shown["bodySize"] as? Int == 8)

        let binary = try response(RefusalBody(bytes: [0xFF, 0x00], length: 2))["content"] as? [String: Any]
        #expect(binary?["text"] as? String == "/wA=")
        #expect(binary?["encoding"] as? String == "base64")
    }

    @Test("of a compressed body the content is shown, and how many bytes compression saved")
    func compressedContent() throws {
        var body = RefusalBody(bytes: [1, 2, 3], length: 3, codings: ["gzip"], inflated: Array("no entry".utf8))
        let shown = try response(body)
        let content = try #require(shown["content"] as? [String: Any])
        #expect(content["text"] as? String == "no entry")
        #expect(content["size"] as? Int == 8)
        #expect(content["compression"] as? Int == 5)
        #expect(shown["bodySize"] as? Int == 3)

        body.isInflatedCut = true
        let cut = try response(body)["content"] as? [String: Any]
        #expect(cut?["compression"] == nil)
        #expect((cut?["comment"] as? String)?.contains("beginning") == true)

        let unknown = try response(RefusalBody(bytes: [1, 2, 3], length: 3, codings: ["br"]))["content"] as? [String: Any]
        #expect(unknown?["text"] as? String == "AQID")
        #expect((unknown?["comment"] as? String)?.contains("br") == true)
    }

    @Test("of a body that broke off the size is not known")
    func brokenContent() throws {
        let shown = try response(RefusalBody(bytes: Array("no en".utf8), length: 8, isComplete: false))
        #expect(shown["bodySize"] as? Int == -1)
        #expect((shown["content"] as? [String: Any])?["comment"] != nil)
        var options = HARReport.Options()
        options.leavesOutPayloads = true
        let hidden = try response(RefusalBody(bytes: Array("no entry".utf8), length: 8), options)["content"] as? [String: Any]
        #expect(hidden?["text"] == nil && hidden?["size"] as? Int == 8)
    }

    @Test("a request's cookies are those of its field, and the query is decoded")
    func cookies() {
        #expect(HARCookie.inRequest("a=1; b=x=y;junk") == [HARCookie(name: "a", value: "1"), HARCookie(name: "b", value: "x=y")])
        let set = HARCookie(name: "id", value: "7", path: "/", domain: nil, isHTTPOnly: true, isSecure: true)
        #expect(HARCookie.inResponse("id=7; Path=/; Secure; HttpOnly") == set)
        let wanted = [
            HARQuery.Parameter(name: "q", value: "a b/ü"), HARQuery.Parameter(name: "flag", value: ""), .init(name: "x", value: "%zz%4"),
        ]
        #expect(HARQuery.parameters(in: "/chat?q=a+b%2F%C3%BC&flag&x=%zz%4#f=1") == wanted)
    }
}
