import Verdicts
import Bytes
import Chains
import Channels
import Inspection
import Text

// A connection that could not be read.
extension TimelineReport {
    mutating func write(_ connection: EncryptedConnection) {
        if hasRows { output.append(UInt8(ascii: "\n")) }
        hasRows = true
        writeTitle(connection)
        let security = connection.security
        var parts = [Part(security.version ?? "TLS"), Part("not decrypted: \(connection.opacity.text)", .warning)]
        let duration = connection.last.time.nanoseconds(since: connection.first.time)
        parts.append(Part("\(Quantity.size(security.wireByteCount)) in \(Quantity.duration(duration))"))
        write("   ")
        writeParts(parts, indent: 3)
        endRow()
        if let advice = connection.opacity.advice {
            write("   ")
            writeParts([Part(advice, .dim)], indent: 3)
            endRow()
        }
    }

    /// A TCP connection that came to nothing.
    mutating func write(_ attempt: TransportAttempt, _ reconnect: Reconnect?) {
        if hasRows { output.append(UInt8(ascii: "\n")) }
        hasRows = true
        writeParts(
            [Part("\(attempt.outcome.isTLS ? "TLS" : "TCP")  \(attempt.client) \(palette.toServer) \(attempt.server)", .strong)], indent: 0)
        endRow()
        write("   ")
        var parts = [
            Part(attempt.text.last == "." ? String(attempt.text.dropLast()) : attempt.text, attempt.standing == .failed ? .warning : .plain)
        ]
        if let event = attempt.browser { parts.append(Part(Self.words(event))) }
        parts += self.parts(of: reconnect)
        parts.append(Part("packet \(attempt.first.number)", .dim))
        writeParts(parts, indent: 3)
        endRow()
    }

    /// `🔒 127.0.0.1:5000 → 127.0.0.1:443   example.com   h2`.
    private mutating func writeTitle(_ connection: EncryptedConnection) {
        var parts = [Part("TLS  \(connection.client) \(palette.toServer) \(connection.server)", .strong)]
        if let name = connection.security.serverName { parts.append(Part(name)) }
        if let name = connection.security.applicationProtocol ?? connection.security.offeredProtocols.first { parts.append(Part(name)) }
        writeParts(parts, indent: 0)
        endRow()
    }
}
