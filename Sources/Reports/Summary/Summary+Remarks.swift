import Bytes
import Inspection
import Packets
import Text

extension Summary {
    /// What the person should know when nothing, or not everything, could be shown.
    public var remarks: [String] {
        var remarks: [String] = []
        // Of a recording without a WebSocket its own remarks say what it has.
        if connections == 0, packets > 0 || recordings == 0 {
            remarks.append(
                "no WebSocket connection in \(Quantity.counted(packets, "packet")) and \(Quantity.counted(flows - datagramFlows, "TCP connection"))"
            )
            remarks += insteadRemarks
        }
        if cutPackets > 0 {
            remarks.append(
                "\(Quantity.counted(cutPackets, "packet")) \(cutPackets == 1 ? "is" : "are") cut short in the capture; tcpdump -s 0 takes them whole"
            )
        }
        if unreadAnswers > 0 {
            remarks.append(
                "\(Quantity.counted(unreadAnswers, "connection")) not read, because the server's answer is longer than --limit-head")
        }
        if oneSidedConnections > 0 {
            let (some, have) = (Quantity.counted(oneSidedConnections, "connection"), oneSidedConnections == 1 ? "has" : "have")
            remarks.append("\(some) \(have) packets of one side only; capture where both directions pass")
        }
        if repeatedPackets > 0 {
            remarks.append(
                "\(Quantity.counted(repeatedPackets, "packet")) came both inside and outside of a tunnel, or twice from several; each counts once"
            )
        }
        for (encrypted, name) in [(encrypted, "TLS connection"), (encryptedDatagrams, "QUIC connection")] where encrypted.connections > 0 {
            let reasons = encrypted.byReason.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { reason, count in
                encrypted.byReason.count == 1 ? Self.words(forReason: reason) : "\(count) \(Self.words(forReason: reason))"
            }
            remarks.append(
                "\(Quantity.counted(encrypted.connections, name)) could not be decrypted: \(reasons.joined(separator: ", "))")
        }
        if http2Flows > 0 {
            remarks.append("\(Quantity.counted(http2Flows, "HTTP/2 connection")) could not be read")
        }
        if readHTTP2Flows > 0, connections == 0 {
            remarks.append(
                "\(Quantity.counted(readHTTP2Flows, "HTTP/2 connection")) \(readHTTP2Flows == 1 ? "has" : "have") no WebSocket stream")
        }
        let otherQUIC = unread.connections[Int(SpokenProtocol.otherQUIC.rawValue)]
        let readHTTP3Flows = datagramFlows - min(datagramFlows, encryptedDatagrams.connections + otherQUIC)
        if readHTTP3Flows > 0, connections == 0 {
            remarks.append(
                "\(Quantity.counted(readHTTP3Flows, "HTTP/3 connection")) \(readHTTP3Flows == 1 ? "has" : "have") no WebSocket stream")
        }
        if omittedStreams > 0 {
            let limit = Quantity.count(UInt64(Limits().streamCount))
            remarks.append("\(Quantity.counted(omittedStreams, "stream")) not read: more than \(limit) were open at once on a connection")
        }
        if let unsupportedLinkType {
            remarks.append(
                "\(Quantity.counted(unsupportedPackets, "packet")) of link type \(linkTypeName ?? "\(unsupportedLinkType)"), which is not decoded"
            )
        }
        return remarks
    }

    private var linkTypeName: String? {
        unsupportedLinkType.flatMap { number in LinkType(rawValue: number).name.map { "\($0) (\(number))" } }
    }

    /// The word for why a connection stayed encrypted, as people say it.
    private static func words(forReason reason: String) -> String {
        switch reason {
        case "no-keys": "no keys given (--keys FILE)"
        case "no-line", "line-missing": "not in the key log"
        case "handshake-only": "handshake secrets only"
        case "resumed": "resumed from a session that was not captured"
        case "no-handshake": "begun before the capture"
        case "handshake-lost": "handshake not captured whole"
        case "handshake-unfinished": "handshake not finished"
        case "not-tls": "answered with something that is not TLS"
        case "unsupported-suite": "cipher suite not supported"
        case "unsupported-version": "version not supported"
        case "wrong-keys": "keys do not fit"
        case "not-rsa": "key exchange is not RSA"
        case "packets-cut": "packets cut short in the capture"
        case "records-lost": "too much is missing"
        case "handshake-failed": "handshake failed"
        default: reason
        }
    }

    /// That there are fewer connections than were asked for; nil where there are as many.
    func lack(ofConnections least: UInt64) -> String? {
        guard connections < least else { return nil }
        return connections == 0 ? "no WebSocket connection" : "fewer than \(Quantity.counted(least, "connection"))"
    }

    /// Attempts at a connection that failed before any WebSocket, where there are WebSockets as well.
    public var attemptRemarks: [String] {
        let parts = attemptParts
        return connections > 0 && !parts.isEmpty ? ["also seen: \(parts.joined(separator: ", "))"] : []
    }

    /// `12 frames`, `40 messages`, or both: of what was recorded, no frames are known.
    public var traffic: String { Self.words(frames: frames, recordedMessages: recordedMessages) }

    static func words(frames: UInt64, recordedMessages: UInt64) -> String {
        if recordedMessages == 0 { return Quantity.counted(frames, "frame") }
        if frames == 0 { return Quantity.counted(recordedMessages, "message") }
        return "\(Quantity.counted(frames, "frame")) and \(Quantity.counted(recordedMessages, "recorded message"))"
    }
}
