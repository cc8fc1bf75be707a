import Channels

/// Why a connection, or one direction of it, stays encrypted.
package indirect enum OpaqueReason: Equatable {
    case noKeys
    case noLine
    /// Only its handshake can be opened.
    case handshakeOnly
    /// It resumes a session whose full handshake was not captured.
    case resumed
    case notFromBeginning
    /// Part of its handshake is missing.
    case handshakeLost
    /// Nothing of it is missing, and its handshake did not end: the server said nothing, or one of the two did not go on.
    case handshakeUnfinished(isAnswered: Bool)
    /// Nothing of it is missing, and the client sent nothing after the server's answer.
    case clientStopped(isResumed: Bool)
    /// What answers the client's hello is not TLS.
    case answerNotTLS
    case unsupportedSuite
    case unsupportedVersion
    case keysDoNotFit(KeyLogLabel)
    /// Too much is missing to find the next record.
    case recordsLost
    /// Bytes that it takes are missing because packets were cut when they were captured.
    case packetsCut
    /// Too much is missing, because its secrets came so late that not all records before them could be kept.
    case overLimit
    /// The key log has lines for its client random, but not this one.
    case lineMissing(KeyLogLabel)
    /// The server's private key is of no use: the key exchange is not RSA.
    case notRSAKeyExchange
    /// The other direction was opened.
    case oneDirection(OpaqueReason)
    /// A peer ended the handshake.
    case refused(Alert)

    /// The word that JSON has for it.
    var word: String {
        switch self {
        case .noKeys: "no-keys"
        case .noLine: "no-line"
        case .handshakeOnly: "handshake-only"
        case .resumed: "resumed"
        case .notFromBeginning: "no-handshake"
        case .handshakeLost: "handshake-lost"
        case .handshakeUnfinished, .clientStopped: "handshake-unfinished"
        case .answerNotTLS: "not-tls"
        case .unsupportedSuite: "unsupported-suite"
        case .unsupportedVersion: "unsupported-version"
        case .keysDoNotFit: "wrong-keys"
        case .recordsLost, .overLimit: "records-lost"
        case .packetsCut: "packets-cut"
        case .lineMissing: "line-missing"
        case .notRSAKeyExchange: "not-rsa"
        case .oneDirection(let reason): reason.word
        case .refused: "handshake-failed"
        }
    }
}

extension OpaqueReason {
    /// The reason itself, or what is behind it.
    ///
    /// - Parameters:
    ///   - overflow: bytes that waited for secrets could not all be kept.
    ///   - cutPackets: the capture has not all bytes of some packets.
    func of(overflow: Bool, cutPackets: Bool) -> OpaqueReason {
        switch self {
        case .notFromBeginning, .handshakeLost: cutPackets ? .packetsCut : self
        case .recordsLost, .keysDoNotFit: cutPackets ? .packetsCut : overflow ? .overLimit : self
        default: self
        }
    }

    static let silentRejection = "Some clients hang up without an alert when they do not accept the certificate."

    /// The reason in words, with what the key logs show.
    ///
    /// - Parameter suite: what the server chose.
    package func opacity(_ store: KeyStore, suite: CipherSuite?) -> Opacity {
        let text: String
        var advice: String?
        switch self {
        case .noKeys:
            text = "no key log was given"
            advice = "Run the client with SSLKEYLOGFILE=keys.txt and give the file with --keys keys.txt, or let wsray run do both."
        case .noLine:
            let lines = store.randomCount
            let used = store.usedCount
            text =
                lines == 0
                ? "the key log contains no secrets"
                : "the key log has no line for its client random: it has lines for \(lines) "
                    + "\(lines == 1 ? "connection" : "connections"), of which \(used) \(used == 1 ? "is" : "are") in this capture"
            advice = "Record the keys of this client, starting before it connects. wsray keys KEYLOG CAPTURE shows which keys match."
        case .handshakeOnly:
            text = "the key log has its handshake secrets only, and none for its traffic"
            advice = "Keep the log until the connection is established: the lines \(labels(.clientTraffic, .serverTraffic)) are missing."
        case .resumed:
            text = "it resumes an earlier session, whose full handshake is not in the capture"
            advice = "Capture from the client's first connection on, or log the client's keys, which has a line for each connection."
        case .notFromBeginning:
            text = "the capture begins after its handshake"
            advice = "Start capturing before the client connects. Keys can be matched only where the handshake was captured."
        case .handshakeLost:
            text = "part of its handshake is missing from the capture"
            advice = "Capture again without loss: a larger buffer, a narrower filter (-f), no snapshot length."
        case .handshakeUnfinished(let isAnswered):
            text = isAnswered ? "its handshake was not finished" : "the server did not answer its hello"
        case .clientStopped(let isResumed):
            text = "its handshake was not finished: the client sent nothing after the server's answer"
            // A session that is resumed has no certificate.
            advice = isResumed ? nil : Self.silentRejection
        case .answerNotTLS:
            text = "the server answers with something that is not TLS"
            advice = "Nothing was encrypted. If the server speaks plain HTTP on this port, the URL begins with ws://."
        case .unsupportedSuite:
            text = "its cipher suite \(suite?.name ?? "") is not supported"
            advice = "Let the server or the client offer another one. Docs/TLS.md lists those that are supported."
        case .unsupportedVersion:
            text = "its protocol version is not supported"
            advice = "TLS 1.0 to 1.3 are read."
        case .keysDoNotFit(let label):
            text = "the secrets in the key log do not fit: \(label.rawValue) opens none of its records"
            advice = "The line is damaged, or belongs to another connection with the same client random, as on the other side of a proxy."
        case .recordsLost:
            text = "too many bytes are missing to find its next record"
            advice = "Capture again without loss: a larger buffer, a narrower filter (-f), no snapshot length."
        case .packetsCut:
            text = "its packets are cut short in the capture (a snapshot length)"
            advice = "Capture whole packets: tcpdump -s 0."
        case .overLimit:
            text = "its secrets came after more records than may wait for them"
            advice = "Give the key log before the client connects, or raise --limit-memory: a 1024th of it may wait in each direction."
        case .lineMissing(let label):
            text = "the key log lacks its line \(label.rawValue)"
            advice = "Log all keys of the process: this line was cut off, or filtered out."
        case .notRSAKeyExchange:
            text = "the server's private key does not open it: its key exchange is not RSA"
            advice = "Only TLS 1.2 and older with RSA key exchange can be opened so. Use a key log: --keys FILE."
        case .oneDirection(let reason):
            let inner = reason.opacity(store, suite: suite)
            text = "only one direction could be decrypted: \(inner.text)"
            advice = inner.advice
        case .refused(let alert):
            text = "its handshake failed: \(alert.name)"
            advice = alert.advice
        }
        return Opacity(reason: word, text: text, advice: advice)
    }

    private func labels(_ labels: KeyLogLabel...) -> String { labels.map(\.rawValue).joined(separator: " and ") }
}

extension Alert {
    /// What usually helps against it.
    package var advice: String? {
        switch code {
        case 40, 71: "Client and server have no cipher suite or group in common, or a certificate is required."
        case 42, 43, 44, 46: "The certificate was not accepted."
        case 45: "The certificate has expired."
        case 48: "The client does not trust the certificate's issuer: install the CA, or send the whole chain."
        case 70: "Client and server have no protocol version in common."
        case 112: "The server does not know the host name that the client asked for (SNI)."
        case 116: "The server wants a client certificate."
        case 120: "Client and server have no application protocol (ALPN) in common."
        default: nil
        }
    }
}
