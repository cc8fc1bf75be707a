import Bytes
import Foundation
import HTTP
import Rules
import Testing
import Verdicts
import WebSocket

@testable import Inspection
@testable import Reports

@Suite("Connections, findings and totals in JSON")
struct JSONConnectionTests {
    private static let request = RequestHead(
        method: "GET", target: "/a\"b", headers: [Header(name: "Host", value: "example.com"), Header(name: "X-Odd", value: "\u{0}\tü\\")])

    private static let response = ResponseHead(
        status: 101, reason: "Switching Protocols",
        headers: [
            Header(name: "Upgrade", value: "websocket"), Header(name: "Sec-WebSocket-Protocol", value: "chat.v2"),
            Header(name: "Sec-WebSocket-Extensions", value: "permessage-deflate; client_no_context_takeover; server_max_window_bits=12"),
        ])

    @Test("processes at the ends are said, and for a reader who may not see secrets without their command lines")
    func processes() throws {
        let client = SocketOwner(process: 4_711, name: "no\"de", command: "node --key s3cr3t")
        let server = SocketOwner(process: 1, name: "init", command: nil)
        func process(_ owners: SocketOwners?, isConcealed: Bool = false) throws -> NSDictionary? {
            var dump = Dump()
            let connection = Connection.sample(request: Self.request, owners: owners)
            let concealed = Connection(
                connection, request: Self.request, response: nil, refusalBody: nil, handshakeFindings: HandshakeFindings())
            dump.report.note(.opened(isConcealed ? concealed : connection))
            return try dump.object()["process"] as? NSDictionary
        }
        let both: NSDictionary = [
            "client": ["pid": 4_711, "name": "no\"de", "command": "node --key s3cr3t"], "server": ["pid": 1, "name": "init"],
        ]
        #expect(try process(SocketOwners(client: client, server: server)) == both)
        #expect(try process(SocketOwners(client: nil, server: server)) == ["server": ["pid": 1, "name": "init"]])
        #expect(try process(SocketOwners(client: client, server: nil), isConcealed: true) == ["client": ["pid": 4_711, "name": "no\"de"]])
        #expect(try process(SocketOwners(client: nil, server: nil)) == nil)
    }

    @Test("an upgrade is told with both heads, in the order of the contract")
    func upgrade() throws {
        var dump = Dump()
        dump.report.note(.opened(.sample(request: Self.request, response: Self.response)))
        let object = try dump.object()
        let expected: NSDictionary = [
            "type": "connection", "connection": 3, "time": "2026-01-15T10:00:00.000000Z", "responseTime": "2026-01-15T10:00:00.001500Z",
            "client": ["address": "192.0.2.10", "port": 49152], "server": ["address": "2001:db8::1", "port": 80], "transport": "tcp",
            "status": "open", "url": "ws://example.com/a\"b",
            "request": [
                "method": "GET", "target": "/a\"b", "version": "HTTP/1.1", "headers": [["Host", "example.com"], ["X-Odd", "\u{0}\tü\\"]],
            ],
            "response": [
                "status": 101, "reason": "Switching Protocols",
                "headers": [
                    ["Upgrade", "websocket"], ["Sec-WebSocket-Protocol", "chat.v2"],
                    ["Sec-WebSocket-Extensions", "permessage-deflate; client_no_context_takeover; server_max_window_bits=12"],
                ],
            ],
            "subprotocol": "chat.v2",
            "extensions": [
                ["name": "permessage-deflate", "parameters": [["client_no_context_takeover"], ["server_max_window_bits", "12"]]]
            ],
            "packets": [4, 6],
        ]
        #expect(object as NSDictionary == expected)
        let order = [
            "type", "connection", "time", "responseTime", "client", "server", "transport", "status", "url", "request", "response",
            "subprotocol", "extensions", "packets",
        ]
        #expect(keys(ofLine: dump.text) == order)
    }

    @Test("of an inferred connection only what was seen is told")
    func inferred() throws {
        var dump = Dump()
        dump.report.note(.opened(.sample(.inferred, inferred: ["The handshake was not captured."])))
        let object = try dump.object()
        #expect(object["status"] as? String == "inferred")
        #expect(object["inferred"] as? [String] == ["The handshake was not captured."])
        for member in ["responseTime", "url", "request", "response", "subprotocol", "extensions"] { #expect(object[member] == nil) }
    }

    @Test("an end has its verdict and what each side sent")
    func ended() throws {
        let connection = Connection.sample()
        var verdict = Verdict(.closed, text: "closed", time: .sample(2_000_500_000))
        verdict.by = .client
        verdict.code = .goingAway
        verdict.cause = .idleTimeout
        verdict.idle = 60_012_000_000
        verdict.silent = .server
        verdict.timeout = 60
        verdict.echo = Verdict.Echo(code: .normal, after: 1_200_000)
        verdict.browser = Verdict.CloseEvent(code: .goingAway, wasClean: true)
        verdict.facts = [
            Verdict.Fact("one", time: .sample(2_000_000_000), packet: 30),
            Verdict.Fact("\"two\"", time: .sample(2_000_500_000), packet: 32),
            Verdict.Fact("three", time: .sample(2_000_500_000), packet: 32),
        ]
        var end = ConnectionEnd(of: connection, Conclusion(verdict))
        end.client.frames = 5
        end.client.headerBytes = 30
        end.server.wireBytes = .max
        var dump = Dump()
        dump.report.note(.ended(end))
        let expected = """
            {"type":"end","connection":3,"time":"2026-01-15T10:00:02.000500Z","duration":2.0005,"verdict":{"how":"closed",\
            "by":"client","code":1001,"cause":"idle-timeout","text":"closed","idle":60.012,"silent":"server","timeout":60,\
            "echo":{"code":1000,"after":0.0012},"browser":{"code":1001,"wasClean":true},"facts":[\
            {"text":"one","time":"2026-01-15T10:00:02.000000Z","packets":[30]},\
            {"text":"\\"two\\"","time":"2026-01-15T10:00:02.000500Z","packets":[32]},\
            {"text":"three","time":"2026-01-15T10:00:02.000500Z","packets":[32]}],"evidence":[30,32]},"totals":{"client":{"frames":5,"messages":0,"bytes":0,\
            "wireBytes":0,"headerBytes":30},"server":{"frames":0,"messages":0,"bytes":0,"wireBytes":18446744073709551615,"headerBytes":0}}}

            """
        let text = dump.text
        #expect(text == expected)
    }

    @Test("of an end without a side, a code or a packet, nothing is told of them")
    func bareEnd() throws {
        var dump = Dump()
        dump.report.note(.ended(ConnectionEnd(of: .sample(), Conclusion(Verdict(.stillOpen, text: "open", time: .sample())))))
        let object = try dump.object()
        #expect(object["verdict"] as? NSDictionary == ["how": "open", "text": "open"])
        #expect(object["duration"] as? Int == 0)
    }

    @Test("a finding has a connection and a side where they are known")
    func finding() throws {
        var dump = Dump()
        let finding = Finding(.acceptWrong, expected: "a", found: "b")
        dump.report.note(.found(finding, from: .server, in: .sample(digits: 9), at: .sample(5)))
        dump.report.note(.found(Finding(.memoryLimit), from: nil, in: nil, at: .sample(5)))
        dump.report.note(.found(Finding(.memoryLimit), from: nil, in: nil, at: .sample(5_000)))
        let objects = try dump.objects()
        #expect(objects[0]["connection"] as? Int == 3)
        #expect(objects[0]["from"] as? String == "server")
        #expect(objects[0]["expected"] as? String == "a")
        #expect(objects[1]["connection"] == nil)
        #expect(objects[1]["from"] == nil)
        #expect(objects[1]["section"] == nil)
        #expect(
            objects.map { $0["time"] as? String } == [
                "2026-01-15T10:00:00.000000005Z", "2026-01-15T10:00:00.000000005Z", "2026-01-15T10:00:00.000005Z",
            ])
    }

    @Test("the first line names the inputs and the tool")
    func begin() throws {
        var dump = Dump()
        dump.report.begin(sources: ["a\"b.pcap"], tool: "wsray", version: "0.1.0")
        dump.report.begin(sources: ["a", "b"], tool: "wsray", version: "0.1.0")
        let objects = try dump.objects()
        let tool = ["name": "wsray", "version": "0.1.0"]
        #expect(objects[0] as NSDictionary == ["type": "capture", "schema": "wsray/1", "source": "a\"b.pcap", "tool": tool])
        #expect(objects[1]["source"] as? [String] == ["a", "b"])
    }

    @Test("the last line has the totals, and says whether the input broke off")
    func finish() throws {
        var summary = Summary()
        summary.packets = 412
        summary.connections = 3
        summary.frames = 31
        summary.messages = 27
        summary.bytes = 2_207
        summary.findings[Severity.note.rawValue] = 1
        summary.findings[Severity.warning.rawValue] = 2
        summary.findings[Severity.violation.rawValue] = 3
        var dump = Dump()
        dump.report.finish(summary)
        summary.dropped = 0
        dump.report.finish(summary, brokenOff: "cut \"short\"")
        let objects = try dump.objects()
        var expected: [String: Any] = [
            "type": "summary", "packets": 412, "connections": 3, "frames": 31, "messages": 27, "bytes": 2_207,
            "findings": ["note": 1, "warning": 2, "violation": 3], "complete": true,
        ]
        #expect(objects[0] as NSDictionary == expected as NSDictionary)
        expected.merge(["complete": false, "reason": "cut \"short\"", "dropped": 0]) { $1 }
        #expect(objects[1] as NSDictionary == expected as NSDictionary)
    }
}
