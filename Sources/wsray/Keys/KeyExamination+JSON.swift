import Bytes
import Channels
import Packets
import Reports
import TLS

// For programs: lines of `keys`, of `tls`, and a `summary`.
extension KeyExamination {
    func append(jsonTo output: inout ByteBuffer) {
        for source in sources { append(source, to: &output) }
        for connection in connections { append(connection, to: &output) }
        output.append(
            string: #"{"type":"summary","connections":\#(connections.count),"opened":\#(connections.count(where: \.isOpened))"#
                + #","unread":\#(unreadCount),"known":\#(known),"used":\#(used)}"# + "\n")
    }

    private func append(_ source: Source, to output: inout ByteBuffer) {
        let lines = source.lines
        output.append(#"{"type":"keys","source":"#)
        output.append(jsonString: source.name)
        output.append(string: #","kind":"\#(source.isCapture ? "capture" : "log")","lines":{"#)
        let counts = KeyLogLabel.allCases.compactMap { label in lines.lineCounts[label].map { #""\#(label.rawValue)":\#($0)"# } }
        output.append(string: counts.joined(separator: ",") + #"},"connections":{"#)
        let holdings = KeyHolding.allCases.compactMap { holding in source.holdings[holding].map { #""\#(holding.rawValue)":\#($0)"# } }
        output.append(string: holdings.joined(separator: ",") + "}")
        let sufficient = source.holdings.filter(\.key.isSufficient).values.reduce(0, +)
        output.append(string: #","sufficient":\#(sufficient),"unused":\#(lines.unusedLineCount),"unknown":\#(lines.unknownLineCount)"#)
        output.append(string: #","bad":\#(lines.badLineCount)"#)
        if let first = lines.firstBadLine { output.append(string: #","firstBad":\#(first)"#) }
        if !lines.unknownLabels.isEmpty {
            // They are capital letters, digits and underscores.
            output.append(string: #","unknownLabels":[\#(lines.unknownLabels.map { "\"\($0)\"" }.joined(separator: ","))]"#)
        }
        output.append("}\n")
    }

    private func append(_ connection: Connection, to output: inout ByteBuffer) {
        func member(_ key: StaticString, _ value: String?) {
            guard let value else { return }
            output.append(key)
            output.append(jsonString: value)
        }
        let security = connection.security
        member(#"{"type":"tls","source":"#, connection.capture)
        if connection.isQUIC { output.append(#","transport":"quic""#) }
        member(#","client":{"address":"#, "\(connection.client.address)")
        output.append(string: #","port":\#(connection.client.port)}"#)
        member(#","server":{"address":"#, "\(connection.server.address)")
        output.append(string: #","port":\#(connection.server.port)},"opened":\#(connection.isOpened)"#)
        if connection.isHalfOpen { output.append(#","oneDirection":true"#) }
        member(#","version":"#, security.version)
        member(#","cipher":"#, security.cipher)
        member(#","sni":"#, security.serverName)
        member(#","alpn":"#, security.applicationProtocol)
        if security.isResumed { output.append(#","resumed":true"#) }
        member(#","keys":"#, security.keySource)
        member(#","reason":"#, connection.opacity?.reason)
        member(#","text":"#, connection.opacity?.text)
        member(#","advice":"#, connection.opacity?.advice)
        if let guess = connection.guess {
            output.append(string: #","program":"\#(guess.kind.rawValue)","by":"\#(guess.isStated ? "user-agent" : "handshake")""#)
        }
        output.append("}\n")
    }
}
