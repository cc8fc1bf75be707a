/// What a packet's TCP connection is known to be, for whoever writes packets down.
public enum FlowStanding: Equatable, Sendable {
    /// The packet belongs to no connection that is followed.
    case none
    /// A fragment of something that is not whole yet.
    case fragment
    /// It may turn out to be WebSocket. The number tells it from all other connections, also those of the same ports.
    case undecided(UInt64)
    /// It carries a WebSocket connection, or did, or an attempt at one.
    case webSocket(UInt64)
    /// It is something else.
    case other(UInt64)
}

extension Engine {
    func forgetLastFlow() {
        lastFlow = nil
        lastIsFragment = false
    }

    var standing: FlowStanding {
        guard let flow = lastFlow else { return lastIsFragment ? .fragment : .none }
        if flow.connection != nil || flow.ended != nil { return .webSocket(flow.serial) }
        if flow.isOver { return .other(flow.serial) }
        if case .opaque = flow.low.stage, case .opaque = flow.high.stage { return .other(flow.serial) }
        return .undecided(flow.serial)
    }
}
