import Bytes
import Channels
import HTTP
import Inspection
import Packets
import Verdicts
import WebSocket

// An entry (HAR 1.2, "entries"): the handshake as request and response, then what a WebSocket has beyond that.
extension HARReport {
    mutating func append(_ end: ConnectionEnd, _ entry: HAREntry) {
        let connection = end.connection
        output.append(json: "{")
        if connection.client.isKnown {
            output.append(#""connection":"#, string: "\(connection.client.port)")
            output.append(json: ",")
        }
        output.append(json: #""startedDateTime":""#)
        time.append(connection.time, digits: Int(connection.fractionDigits), to: &output)
        output.append(json: "\"")
        appendTimings(end)
        append(connection.request, of: connection)
        append(connection.response, of: connection)
        output.append(json: #","cache":{}"#)
        if connection.server.isKnown { output.append(#","serverIPAddress":"#, string: connection.server.address.description) }
        output.append(json: #","_resourceType":"websocket","_webSocketMessages":["#)
        move(&entry.messages)
        output.append(json: "]")
        appendList(#","_webSocketControls":["#, &entry.controls)
        appendList(#","_findings":["#, &entry.findings)
        output.append(#","_connection":"#, connection.number)
        output.append(#","_status":"#, connection.status.name)
        if let subprotocol = connection.subprotocol { output.append(#","_subprotocol":"#, string: subprotocol) }
        append(end.verdict)
        if let security = connection.carrier.security { append(security) }
        if entry.omittedCount > 0 {
            output.append(#","_omittedMessages":"#, entry.omittedCount)
            output.append(#","comment":"#, string: "\(entry.omittedCount) messages left out: more waited than the limit allows.")
        }
        output.append(json: "}")
    }

    private mutating func appendList(_ key: StaticString, _ list: inout HARList) {
        guard !list.isEmpty else { return }
        output.append(key)
        move(&list)
        output.append(json: "]")
    }

    private mutating func move(_ list: inout HARList) {
        let drain = options.drain
        list.move(to: &output) { drain?(&$0) }
    }

    private mutating func append(_ verdict: Verdict) {
        output.append(#","_verdict":{"how":"#, string: verdict.manner.rawValue)
        if let side = verdict.by { output.append(#","by":"#, side.name) }
        if let code = verdict.code { output.append(#","code":"#, UInt64(code.rawValue)) }
        output.append(#","text":"#, string: verdict.text)
        output.append(json: "}")
    }

    /// As developer tools say it, in the names that Chromium's protocol has for it.
    private mutating func append(_ security: Security) {
        output.append(#","_securityDetails":{"protocol":"#, string: security.version ?? "")
        if let cipher = security.cipher { output.append(#","cipher":"#, string: cipher) }
        if let name = security.serverName { output.append(#","serverName":"#, string: name) }
        if let name = security.applicationProtocol { output.append(#","alpn":"#, string: name) }
        output.append(json: "}")
    }

    // MARK: Time

    /// Milliseconds: until the answer to the handshake `wait`, from there to the end `receive`; `time` is their sum, as the format demands.
    private mutating func appendTimings(_ end: ConnectionEnd) {
        let connection = end.connection
        let wait = max(0, connection.upgradeNanoseconds ?? 0)
        let total = max(wait, end.verdict.time.nanoseconds(since: connection.time))
        output.append(json: #","time":"#)
        appendMilliseconds(total)
        output.append(json: #","timings":{"blocked":-1,"dns":-1,"connect":-1,"ssl":-1,"send":0,"wait":"#)
        appendMilliseconds(wait)
        output.append(json: #","receive":"#)
        appendMilliseconds(total - wait)
        output.append(json: "}")
    }

    private mutating func appendMilliseconds(_ nanoseconds: Int64) {
        output.append(decimal: UInt64(nanoseconds / 1_000_000))
        output.append(json: ".")
        output.append(decimal: UInt64(nanoseconds % 1_000_000), width: 6)
    }

    // MARK: Request and response

    private mutating func append(_ request: RequestHead?, of connection: Connection) {
        let host = connection.server.isKnown ? connection.server.description : "unknown.invalid"
        output.append(#","request":{"method":"#, string: request?.method ?? "GET")
        output.append(#","url":"#, string: connection.url ?? "\(connection.carrier.security == nil ? "ws" : "wss")://\(host)/")
        output.append(#","httpVersion":"#, string: request?.version ?? "HTTP/1.1")
        output.append(json: #","cookies":"#)
        let cookies = request?.headers.values(of: "Cookie") ?? []
        output.append(jsonArray: cookies.flatMap(HARCookie.inRequest)) { $1.append(to: &$0) }
        append(request?.headers ?? [])
        output.append(json: #","queryString":"#)
        output.append(jsonArray: HARQuery.parameters(in: request?.target ?? "")) { output, parameter in
            output.append(#"{"name":"#, string: parameter.name)
            output.append(#","value":"#, string: parameter.value)
            output.append(json: "}")
        }
        appendSizes(head: request?.byteCount, body: 0)
        if request == nil { output.append(json: #","comment":"The request was not captured.""#) }
        output.append(json: "}")
    }

    private mutating func append(_ response: ResponseHead?, of connection: Connection) {
        output.append(json: #","response":{"status":"#)
        output.append(decimal: response?.status ?? (connection.status == .inferred ? 101 : 0))
        output.append(#","statusText":"#, string: response?.reason ?? "")
        output.append(#","httpVersion":"#, string: response?.version ?? "HTTP/1.1")
        output.append(json: #","cookies":"#)
        let cookies = response?.headers.values(of: "Set-Cookie") ?? []
        output.append(jsonArray: cookies.compactMap(HARCookie.inResponse)) { $1.append(to: &$0) }
        append(response?.headers ?? [])
        appendContent(connection.refusalBody, response?.headers.value(of: "Content-Type") ?? "x-unknown")
        output.append(#","redirectURL":"#, string: response?.headers.value(of: "Location") ?? "")
        appendSizes(head: response?.byteCount, body: response?.isGrant == true ? 0 : connection.refusalBody?.wireLength)
        if response == nil { output.append(json: #","comment":"The response was not captured.""#) }
        output.append(json: "}")
    }

    /// What came with a refusal, without its coding where that can be taken off: `size` is then more than `bodySize`, by `compression`.
    private mutating func appendContent(_ body: RefusalBody?, _ mimeType: String) {
        let isWhole = body.map { $0.isComplete && !$0.isContentCut } ?? true
        let inflated = body.flatMap { $0.codings.isEmpty ? nil : $0.inflated }
        output.append(#","content":{"size":"#, inflated.map { UInt64($0.count) } ?? body.map { $0.length ?? UInt64($0.bytes.count) } ?? 0)
        if let body, let inflated, isWhole {
            output.append(json: #","compression":"#)
            output.append(decimal: inflated.count - body.bytes.count)
        }
        output.append(#","mimeType":"#, string: mimeType)
        if let body, !body.bytes.isEmpty, !options.leavesOutPayloads {
            let bytes = body.content ?? body.bytes
            output.append(json: body.isText ? #","text":""# : #","encoding":"base64","text":""#)
            if body.isText { output.append(escaping: bytes.span) } else { output.append(base64: bytes.span) }
            output.append(json: "\"")
        }
        if let body, let comment = comment(on: body) { output.append(#","comment":"#, string: comment) }
        output.append(json: "}")
    }

    private func comment(on body: RefusalBody) -> String? {
        var remarks: [String] = []
        if body.isContentCut { remarks.append("Only the beginning was kept.") }
        if !body.isComplete { remarks.append("The body broke off, or bytes of it were not captured.") }
        if body.content == nil { remarks.append("Coded: \(body.codings.joined(separator: ", ")).") }
        return remarks.isEmpty ? nil : remarks.joined(separator: " ")
    }

    private mutating func append(_ headers: Headers) {
        output.append(json: #","headers":"#)
        output.append(jsonArray: headers) { output, header in
            output.append(#"{"name":"#, string: header.name)
            output.append(#","value":"#, string: header.value)
            output.append(json: "}")
        }
    }

    private mutating func appendSizes(head: Int?, body: UInt64?) {
        output.append(json: #","headersSize":"#)
        output.append(decimal: head.map { $0 > 0 ? $0 : -1 } ?? -1)
        output.append(json: #","bodySize":"#)
        if let body { output.append(decimal: body) } else { output.append(decimal: -1) }
    }
}

extension RefusalBody {
    /// Bytes of all of it; nil when it did not come whole.
    fileprivate var wireLength: UInt64? { isComplete ? length : nil }
}
