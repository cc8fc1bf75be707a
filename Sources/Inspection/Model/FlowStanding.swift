import Channels

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
    var standing: FlowStanding {
        let index = tracking.flow
        guard index >= 0 else { return tracking.isFragment ? .fragment : .none }
        let serial = flows[index].serial
        if channels(of: index).contains(where: { $0.connection != nil }) { return .webSocket(serial) }
        let isOpaque = flows[index, .fromLow].reader == .nobody && flows[index, .fromHigh].reader == .nobody
        return flows[index].isOver || isOpaque ? .other(serial) : .undecided(serial)
    }
}
