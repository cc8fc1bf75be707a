import Bytes
import Channels
import Inspection

// How a connection is secured, and the line `encrypted`.
extension JSONLinesReport {
    mutating func append(_ security: Security) {
        output.append(json: #","tls":{"#)
        let start = output.count
        appendMembers(of: security)
        if let keySource = security.keySource { output.append(#","keys":"#, string: keySource) }
        // The first member has no comma before it.
        if output.count > start { output.replace(at: start, with: UInt8(ascii: " ")) }
        output.append(UInt8(ascii: "}"))
    }

    private mutating func appendMembers(of security: Security) {
        if let version = security.version { output.append(#","version":"#, string: version) }
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
}
