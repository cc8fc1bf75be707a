/// What can be read of a connection with the secrets that there are for its client random.
public enum KeyHolding: String, Hashable, Sendable, CaseIterable {
    /// TLS 1.2 and older: the master secret.
    case master
    /// TLS 1.3: the secrets of the handshake and of the traffic, of both directions.
    case complete
    /// TLS 1.3: no secrets of the handshake, which are not needed for the content.
    case trafficOnly = "traffic-only"
    /// TLS 1.3: the secrets of one direction.
    case oneDirection = "one-direction"
    /// TLS 1.3: no secrets of the traffic.
    case handshakeOnly = "handshake-only"
    /// TLS 1.3: early data, and nothing else.
    case earlyOnly = "early-only"
    /// What a master secret is derived from, with the handshake.
    case premaster

    /// - Parameter labels: of the lines with its client random.
    init(_ labels: Set<KeyLogLabel>) {
        let traffic = labels.intersection([.clientTraffic, .serverTraffic]).count
        let handshake = labels.intersection([.clientHandshake, .serverHandshake]).count
        self =
            if traffic == 2 {
                handshake == 2 ? .complete : .trafficOnly
            } else if traffic == 1 {
                .oneDirection
            } else if labels.contains(.clientRandom) {
                .master
            } else if labels.contains(.premaster) {
                .premaster
            } else {
                handshake > 0 ? .handshakeOnly : .earlyOnly
            }
    }

    /// Its content can be read, of both directions.
    public var isSufficient: Bool {
        switch self {
        case .master, .complete, .trafficOnly, .premaster: true
        case .oneDirection, .handshakeOnly, .earlyOnly: false
        }
    }

    /// What that means, a clause.
    public var meaning: String {
        switch self {
        case .master: "TLS 1.2 or older, complete"
        case .complete: "TLS 1.3, complete"
        case .trafficOnly: "TLS 1.3 without the handshake's secrets: the content can be read all the same"
        case .oneDirection: "TLS 1.3 with the traffic secret of one direction: only that direction can be read"
        case .handshakeOnly: "TLS 1.3 without traffic secrets: the handshake was not completed, or the log was cut; nothing can be read"
        case .earlyOnly: "TLS 1.3 with the secret of early data only: nothing else can be read"
        case .premaster: "premaster secret: can be read where the whole handshake was captured"
        }
    }
}
