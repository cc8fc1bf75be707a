/// What a line of a key log holds (RFC 9850 §2, and what NSS wrote before it).
public enum KeyLogLabel: String, CaseIterable, Sendable {
    /// The master secret of TLS 1.2 and older.
    case clientRandom = "CLIENT_RANDOM"
    /// The premaster secret, by client random.
    case premaster = "PMS_CLIENT_RANDOM"
    case clientEarly = "CLIENT_EARLY_TRAFFIC_SECRET"
    case clientHandshake = "CLIENT_HANDSHAKE_TRAFFIC_SECRET"
    case serverHandshake = "SERVER_HANDSHAKE_TRAFFIC_SECRET"
    case clientTraffic = "CLIENT_TRAFFIC_SECRET_0"
    case serverTraffic = "SERVER_TRAFFIC_SECRET_0"
    /// The premaster secret by the first bytes of its encrypted form, or the master secret by session ID.
    case rsa = "RSA"

    /// Lines that a decoder has no use for: further traffic secrets are derived, the others do not protect records.
    static func isOfNoUse(_ label: String) -> Bool {
        ["EXPORTER_SECRET", "EARLY_EXPORTER_MASTER_SECRET", "EARLY_EXPORTER_SECRET", "ECH_SECRET", "ECH_CONFIG"].contains(label)
            || label.hasPrefix("CLIENT_TRAFFIC_SECRET_") || label.hasPrefix("SERVER_TRAFFIC_SECRET_")
    }

    /// The labels of secrets that protect a direction after this one's, in TLS 1.3.
    var later: [KeyLogLabel] {
        switch self {
        case .clientEarly: [.clientHandshake, .clientTraffic]
        case .clientHandshake: [.clientTraffic]
        case .serverHandshake: [.serverTraffic]
        default: []
        }
    }
}
