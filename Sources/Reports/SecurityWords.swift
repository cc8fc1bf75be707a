import Channels

extension Security {
    /// `TLS 1.3`, the suite, the host name, and so on, for people.
    package var words: [String] {
        var words = [version, cipher].compactMap { $0 }
        if let serverName { words.append("SNI \(serverName)") }
        if let applicationProtocol { words.append("ALPN \(applicationProtocol)") }
        if isResumed { words.append("resumed") }
        if let keySource { words.append("keys from \(keySource)") }
        return words
    }
}
