import WebSocket
import Verdicts
import Bytes
import Chains
import Channels
import Inspection

// How a connection is secured, and the line `encrypted`.
extension JSONLinesReport {
    mutating func append(_ security: Security) {
        output.append(#","tls":{"version":"#, string: security.version ?? "unknown")
        appendMembers(of: security)
        if let keySource = security.keySource { output.append(#","keys":"#, string: keySource) }
        output.append(UInt8(ascii: "}"))
    }

    private mutating func appendMembers(of security: Security) {
        if let cipher = security.cipher { output.append(#","cipher":"#, string: cipher) }
        if let serverName = security.serverName { output.append(#","sni":"#, string: serverName) }
        if let name = security.applicationProtocol { output.append(#","alpn":"#, string: name) }
        if security.isResumed { output.append(json: #","resumed":true"#) }
    }

    mutating func append(_ connection: EncryptedConnection) {
        let digits = Int(connection.fractionDigits)
        beginLine()
        output.append(json: #"{"type":"encrypted","time":""#)
        time.append(connection.first.time, digits: digits, to: &output)
        output.append(json: #"","duration":"#)
        TimeText.appendSeconds(connection.last.time.nanoseconds(since: connection.first.time), to: &output)
        append(#","client":{"address":"#, connection.client)
        append(#","server":{"address":"#, connection.server)
        output.append(#","tcp":"#, connection.flow)
        if connection.transport != "tls" { output.append(#","transport":"#, string: connection.transport) }
        if let version = connection.security.version { output.append(#","version":"#, string: version) }
        appendMembers(of: connection.security)
        if connection.security.applicationProtocol == nil, !connection.security.offeredProtocols.isEmpty {
            output.append(json: #","offeredAlpn":"#)
            output.append(jsonArray: connection.security.offeredProtocols) { $0.append(jsonString: $1) }
        }
        output.append(#","bytes":"#, connection.security.wireByteCount)
        output.append(#","reason":"#, string: connection.opacity.reason)
        output.append(#","text":"#, string: connection.opacity.text)
        if let advice = connection.opacity.advice { output.append(#","advice":"#, string: advice) }
        output.append(json: "}\n")
    }

    mutating func append(_ attempt: TransportAttempt, _ reconnect: Reconnect?) {
        let digits = Int(attempt.fractionDigits)
        beginLine()
        output.append(json: #"{"type":"attempt","time":""#)
        time.append(attempt.first.time, digits: digits, to: &output)
        output.append(json: #"","duration":"#)
        TimeText.appendSeconds(attempt.nanoseconds, to: &output)
        append(#","client":{"address":"#, attempt.client)
        append(#","server":{"address":"#, attempt.server)
        output.append(#","tcp":"#, attempt.flow)
        if let serverName = attempt.serverName { output.append(#","sni":"#, string: serverName) }
        output.append(#","outcome":"#, string: attempt.outcome.rawValue)
        if let alert = attempt.alert { output.append(#","alert":"#, string: alert) }
        output.append(#","text":"#, string: attempt.text)
        if let event = attempt.browser {
            output.append(#","browser":{"code":"#, UInt64(event.code.rawValue))
            output.append(#","wasClean":"#, event.wasClean)
            output.append(UInt8(ascii: "}"))
        }
        output.append(#","packets":["#, attempt.first.number)
        if attempt.last.number != attempt.first.number { output.append(",", attempt.last.number) }
        output.append(json: "]")
        if let reconnect { append(reconnect) }
        output.append(json: "}\n")
    }
}
