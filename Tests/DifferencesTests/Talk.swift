import Bytes
import HTTP
import Packets
import Verdicts
import WebSocket

@testable import Differences
@testable import Inspection

/// A capture made up of messages, for tests.
struct Talk {
    struct Line {
        var side: Side
        var text: String
        var opcode = Opcode.text
        /// Milliseconds since the connection began.
        var time: Int
        var frames: UInt64 = 1
        var wireLength: UInt64?
        var isComplete = true
    }

    var path = "/chat"
    var key: String? = "dGhlIHNhbXBsZSBub25jZQ=="
    var requestHeaders: [Header] = []
    var responseHeaders: [Header] = []
    var isHTTP2 = false
    /// Milliseconds of all its times, since that of other captures.
    var clock = 0
    var responseTime = 5
    var status = 101
    var lines: [Line] = []
    var end = "client closed 1000"

    /// Messages of the server, ten milliseconds apart.
    static func server(_ texts: [String]) -> [Line] {
        texts.enumerated().map { Line(side: .server, text: $1, time: 10 + $0 * 10) }
    }

    func connection(_ number: UInt64) -> Connection {
        var headers = [Header(name: "Host", value: "example.com")] + requestHeaders
        var answers = responseHeaders
        if let key, !isHTTP2 {
            headers.append(Header(name: "Sec-WebSocket-Key", value: key))
            answers.append(Header(name: "Sec-WebSocket-Accept", value: "of \(key)"))
        }
        let version = isHTTP2 ? HTTPVersion.http2 : "HTTP/1.1"
        let handshake = Handshake(
            time: time(0), fractionDigits: 6,
            request: RequestHead(method: isHTTP2 ? "CONNECT" : "GET", target: path, version: version, headers: Headers(headers)),
            response: ResponseHead(version: version, status: isHTTP2 ? 200 : status, reason: "", headers: Headers(answers)))
        handshake.responseTime = time(responseTime)
        let address = IPAddress(192, 0, 2, 10)
        return Connection(
            number: number, client: Endpoint(address: address, port: 49_152), server: Endpoint(address: address, port: 80),
            status: status == 101 ? .open : .refused, handshake: handshake, inferred: [], row: Int(number))
    }

    private func time(_ milliseconds: Int) -> Timestamp {
        Timestamp(nanoseconds: 1_768_471_200_000_000_000 + Int64(clock + milliseconds) * 1_000_000)
    }

    func play(into sink: inout CollectingSink, number: UInt64) {
        let connection = connection(number)
        sink.note(.opened(connection))
        for (index, line) in lines.enumerated() {
            let content = Array(line.text.utf8)
            let wireLength = line.wireLength ?? UInt64(content.count)
            let header = FrameHeader(first: 0x80 | line.opcode.rawValue, second: 0, maskingKey: 0, length: wireLength)
            var frame = Frame(
                header, number: UInt64(index + 1), from: line.side, time: time(line.time), endTime: time(line.time), packets: PacketList(1),
                message: UInt64(index + 1), messageOpcode: line.opcode, isCompressed: line.wireLength != nil)
            frame.capturedLength = wireLength
            var message = Message(of: frame, length: UInt64(content.count))
            message.frameCount = line.frames
            message.isComplete = line.isComplete
            message.isValidText = true
            sink.frame(frame, payload: content.span, ending: message, content: content.span, of: connection)
        }
        var verdict = Verdict(.closed, text: end, time: time((lines.last?.time ?? 0) + 20))
        verdict.by = end.hasPrefix("server") ? .server : .client
        verdict.code = CloseCode(rawValue: end.hasSuffix("1011") ? 1_011 : 1_000)
        sink.note(.ended(ConnectionEnd(of: connection, Conclusion(verdict))))
    }

    static func capture(_ talks: [Talk], _ limits: ComparedCapture.Limits = .init()) -> ComparedCapture {
        var sink = CollectingSink(limits)
        for (index, talk) in talks.enumerated() { talk.play(into: &sink, number: UInt64(index + 1)) }
        return sink.capture
    }

    static func difference(_ a: [Talk], _ b: [Talk], _ options: DifferenceOptions = .init()) -> CaptureDifference {
        CaptureDifference(capture(a), capture(b), options)
    }
}

extension FoundDifference {
    /// `missing server hello`.
    var shown: String {
        let content = before ?? after ?? parts.map { "\($0.path) \($0.before ?? "-") \($0.after ?? "-")" }.joined(separator: ", ")
        return [kind.rawValue, side?.name.description ?? "", subject == "text" ? "" : subject, content].filter { !$0.isEmpty }.joined(
            separator: " ")
    }
}
